"""An index that answers as a test tells it to: pages, headers, refusals, in order, on loopback."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

JSON = "application/vnd.pypi.simple.v1+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """One answer; a `body` that is not bytes is sent as JSON."""

    status: int = 200
    body: object = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    kind: str = JSON

    @property
    def data(self) -> bytes:
        """What is sent."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One request: its path, and its headers with their names in small letters."""

    path: str
    headers: Mapping[str, str]


@dataclass(slots=True)
class ToldIndex:
    """Replies by path, the last of which is given again and again; and what was asked.

    Where `meets` is set, so many requests must be under way at once before any is answered.
    """

    address: str = ""
    replies: dict[str, list[Reply]] = field(default_factory=dict)
    asked: list[Question] = field(default_factory=list)
    under_way: int = 0
    most: int = 0
    meets: threading.Barrier | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def tell(self, name: str, *replies: Reply) -> None:
        """Answer questions for a project's page with these, one after the other."""
        self.replies[f"/simple/{name}/"] = list(replies)

    def files(self, name: str, *files: Mapping[str, object], **reply: object) -> Reply:
        """Return a sound page with these files."""
        body = {"meta": {"api-version": "1.1"}, "name": name, "files": list(files)}
        return Reply(body=body, **reply)  # type: ignore[arg-type]

    def next(self, question: Question) -> Reply:
        """Note a question and return its answer."""
        with self.lock:
            self.asked.append(question)
            waiting = self.replies.get(question.path)
            if not waiting:
                return Reply(status=404)
            return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    @contextlib.contextmanager
    def counted(self) -> Iterator[None]:
        """Count how many questions are under way at once."""
        with self.lock:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
        try:
            if self.meets is not None:
                with contextlib.suppress(threading.BrokenBarrierError):
                    self.meets.wait(timeout=5)
            yield
        finally:
            with self.lock:
                self.under_way -= 1


@contextlib.contextmanager
def told_index() -> Iterator[ToldIndex]:
    """Serve an index that has nothing yet."""
    index = ToldIndex()

    class Answers(http.server.BaseHTTPRequestHandler):
        """Answers as the index says."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Answer one question."""
            with index.counted():
                headers = {name.lower(): value for name, value in self.headers.items()}
                reply = index.next(Question(path=self.path, headers=headers))
                self.send_response(reply.status)
                told = {"Content-Type": reply.kind, "Content-Length": str(len(reply.data))}
                for name, value in {**told, **reply.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        index.address = f"http://127.0.0.1:{server.server_port}/simple"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield index
        finally:
            server.shutdown()
            thread.join()
