"""A package index of one's own that tells when each file was uploaded (PEP 691, PEP 700).

It answers on loopback in JSON. Files can be replaced under their names, withdrawn, or taken away,
as no real index would let a test do.
"""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import unquote

from packaging.utils import canonicalize_name, parse_sdist_filename, parse_wheel_filename

JSON = "application/vnd.pypi.simple.v1+json"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedFile:
    """One file; `day` is when it was uploaded ("2022-02-18", or with a time); UTC.

    `told` are the bytes whose hash the page gives, None for those that it has.
    """

    filename: str
    data: bytes
    day: str
    yanked: str | None = None
    requires_python: str = ""
    told: bytes | None = None

    @property
    def project(self) -> str:
        """The normalised name of its project."""
        wheel = self.filename.endswith(".whl")
        parse = parse_wheel_filename if wheel else parse_sdist_filename
        return canonicalize_name(parse(self.filename)[0])

    @property
    def version(self) -> str:
        """Its version."""
        wheel = self.filename.endswith(".whl")
        parse = parse_wheel_filename if wheel else parse_sdist_filename
        return str(parse(self.filename)[1])

    @property
    def entry(self) -> dict[str, object]:
        """What its project's page says of it."""
        moment = datetime.fromisoformat(self.day)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        told = self.data if self.told is None else self.told
        entry: dict[str, object] = {
            "filename": self.filename,
            "url": f"/files/{self.filename}",
            "hashes": {"sha256": hashlib.sha256(told).hexdigest()},
            "upload-time": moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            "size": len(self.data),
            "yanked": self.yanked or self.yanked is not None,
        }
        return entry | ({"requires-python": self.requires_python} if self.requires_python else {})


@dataclass(slots=True)
class DatedIndex:
    """The files by name, and what was asked for; `address` is that of the simple pages."""

    address: str = ""
    files: dict[str, DatedFile] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def add(self, file: DatedFile) -> None:
        """Put a file there, in place of one of that name."""
        self.files[file.filename] = file

    def page(self, project: str) -> bytes | None:
        """Return a project's page, None where it has no file."""
        files = [each for each in self.files.values() if each.project == project]
        if not files:
            return None
        told = {
            "meta": {"api-version": "1.1", "_last-serial": len(self.asked) + 1},
            "name": project,
            "versions": sorted({each.version for each in files}),
            "files": [each.entry for each in files],
        }
        return json.dumps(told).encode()


@contextlib.contextmanager
def dated_index() -> Iterator[DatedIndex]:
    """Serve an empty index that can be filled."""
    index = DatedIndex()

    class Answers(http.server.BaseHTTPRequestHandler):
        """Answers from the index."""

        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            """Answer with a page or a file."""
            path = unquote(self.path.partition("?")[0])
            index.asked.append(path)
            kind, body = JSON, None
            match path.strip("/").split("/"):
                case ["simple", project]:
                    body = index.page(canonicalize_name(project))
                case ["files", name] if name in index.files:
                    kind, body = "application/octet-stream", index.files[name].data
                case _:
                    body = None
            self.send_response(200 if body is not None else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body or b"")))
            self.send_header("Cache-Control", "no-store")
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body or b"")

        do_HEAD = do_GET  # noqa: N815 - its name there

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        index.address = f"http://127.0.0.1:{server.server_port}/simple"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield index
        finally:
            server.shutdown()
            thread.join()
