"""Five hundred packages are looked at in far less than a minute, and a second look asks whether."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import json
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from foretaste.adapters.clock import SystemClock
from foretaste.adapters.index.simple import SimpleIndex
from foretaste.service.watch.kept import Kept
from foretaste.service.watch.looks import Looks

NAMES = frozenset(f"name-{number}" for number in range(500))
RELEASES = 30
AIM = 60.0


def page_of(name: str) -> bytes:
    """Return a project's page, with a wheel and an sdist of each release."""
    files = [
        {
            "filename": f"{name.replace('-', '_')}-1.{number}{tail}",
            "url": f"/files/{name}-{number}",
            "hashes": {"sha256": hashlib.sha256(f"{name} {number}".encode()).hexdigest()},
            "upload-time": "2026-01-02T03:04:05.000000Z",
        }
        for number in range(RELEASES)
        for tail in ("-py3-none-any.whl", ".tar.gz")
    ]
    told = {"meta": {"api-version": "1.1"}, "name": name, "versions": [], "files": files}
    return json.dumps(told).encode()


@contextlib.contextmanager
def index_of_many() -> Iterator[tuple[str, Counter[int]]]:
    """Serve the pages with ETags; give the address, and how often it answered with which status."""
    pages = {name: page_of(name) for name in NAMES}
    tags = {name: f'"{hashlib.sha256(page).hexdigest()[:16]}"' for name, page in pages.items()}
    answered: Counter[int] = Counter()

    class Answers(http.server.BaseHTTPRequestHandler):
        """Answers with pages, or that nothing is new."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Answer."""
            name = self.path.strip("/").split("/")[-1]
            same = self.headers.get("If-None-Match") == tags[name]
            status, body = (304, b"") if same else (200, pages[name])
            answered[status] += 1
            self.send_response(status)
            self.send_header("Content-Type", "application/vnd.pypi.simple.v1+json")
            self.send_header("ETag", tags[name])
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/simple", answered
        finally:
            server.shutdown()
            thread.join()


class Later(SystemClock):
    """The machine's clock, some time ahead."""

    ahead = 0.0

    def wall(self) -> float:
        """Return the wall time."""
        return super().wall() + self.ahead


def test_five_hundred_names_are_looked_at_in_time(tmp_path: Path) -> None:
    clock, said = Later(), list[str]()
    with index_of_many() as (address, answered):
        index = SimpleIndex(tmp_path / "index", [address], clock)
        looks = Looks(index=index, kept=Kept(tmp_path / "kept", said.append), complain=said.append)
        for expected in ({200: 500}, {200: 500, 304: 500}):
            began = clock.monotonic()
            looks.ask(NAMES, clock.wall(), threading.Event())
            assert clock.monotonic() - began < AIM
            assert answered == expected
            clock.ahead += 900
        index.close()

    assert (len(looks.pages), looks.version, said) == (500, 500, [])
