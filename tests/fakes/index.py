"""A package index of one's own: the simple index, served on loopback from files of a test."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import http.server
import io
import tarfile
import threading
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- its name there
        """Say nothing."""


class PlainIndex:
    """Files below a folder, and the pages that name them; `seen` is what was added."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "simple").mkdir(parents=True)

    def add(self, project: str, filename: str, data: bytes) -> None:
        """Put a file on a project's page, with its hash."""
        page = self._folder / "simple" / project
        page.mkdir(exist_ok=True)
        (page / filename).write_bytes(data)
        links = [
            f'<a href="{path.name}#sha256={hashlib.sha256(path.read_bytes()).hexdigest()}">'
            f"{path.name}</a>"
            for path in sorted(page.iterdir())
            if path.name != "index.html"
        ]
        (page / "index.html").write_text(
            f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>", encoding="utf-8"
        )


def wheel(name: str, version: str, files: Mapping[str, str], requires: str = "") -> bytes:
    """Return a pure wheel's bytes."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}"
    content = {
        **files,
        f"{info}/METADATA": metadata,
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    record = "".join(f"{path},,\n" for path in (*content, f"{info}/RECORD"))
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for path, text in {**content, f"{info}/RECORD": record}.items():
            archive.writestr(path, text)
    return data.getvalue()


def sdist(name: str, version: str, files: Mapping[str, str]) -> bytes:
    """Return an sdist's bytes."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        for path, text in files.items():
            member = tarfile.TarInfo(f"{name}-{version}/{path}")
            member.size = len(text.encode())
            archive.addfile(member, io.BytesIO(text.encode()))
    return data.getvalue()


@contextlib.contextmanager
def plain_index(folder: Path) -> Iterator[tuple[PlainIndex, str]]:
    """Serve an index; give it and the address of its simple pages."""
    index = PlainIndex(folder)
    serve = functools.partial(_Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield index, f"http://127.0.0.1:{server.server_port}/simple"
        finally:
            server.shutdown()
            thread.join()
