"""Digests: the sha256 of files that were built here, each read once as long as it stays the same."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path


class Digests:
    """Remembers what files hash to."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[tuple[int, int], str]] = {}
        self._lock = threading.Lock()

    def of(self, path: Path) -> str:
        """Return a file's hash as pins have it, "sha256:…".

        Raises:
            OSError: it cannot be read.
        """
        facts = path.stat()
        state = (facts.st_mtime_ns, facts.st_size)
        with self._lock:
            known = self._known.get(str(path))
        if known is not None and known[0] == state:
            return known[1]
        with path.open("rb") as file:
            digest = f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
        with self._lock:
            self._known[str(path)] = (state, digest)
        return digest
