"""Logs: a build's output on disk as it comes, bounded, with its end kept.

A log that reaches its limit ends the build; what the build wrote last is still worth having, so
the end of it follows after a marker. Readers see the file grow.
"""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Callable
from pathlib import Path

from foretaste.ports.clock import Clock

# The end that is kept, in bytes.
_TAIL = 65536
# Readers are told of growth at most this often, in seconds.
_TELL_EVERY = 0.1


class Log:
    """One build's log; written to from several threads.

    `broken` is why it cannot be written any more: the disk is full, say.
    """

    def __init__(self, path: Path, limit: int, clock: Clock, grown: Callable[[int], None]) -> None:
        self._limit = limit
        self._clock = clock
        self._grown = grown
        self._lock = threading.Lock()
        self._size = 0
        self._told = 0
        self._told_at = -math.inf
        self._tail = b""
        self._beyond = 0
        self.broken = ""
        # A second attempt of the same name would be another build's log: the file is new.
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)

    @property
    def size(self) -> int:
        """How many bytes it holds."""
        return self._size

    def write(self, data: bytes) -> bool:
        """Add what a build wrote; False when it will take no more (`broken` says why, if so)."""
        with self._lock:
            room = max(0, self._limit - self._size)
            self._put(data[:room])
            rest = data[room:]
            if rest:
                self._tail = (self._tail + rest)[-_TAIL:]
                self._beyond += len(rest)
        self._tell()
        return not (self._beyond or self.broken)

    def say(self, line: str) -> None:
        """Add a line of the gate's own."""
        self.write(f"[foretaste] {line}\n".encode(errors="replace"))

    def close(self) -> None:
        """Write the end, where the limit cut it off; whoever follows is told of the last byte."""
        with self._lock:
            if self._beyond:
                left_out = self._beyond - len(self._tail)
                marker = (
                    f"\n[foretaste] the log reached its limit of {self._limit} bytes; "
                    f"{left_out} bytes are left out, and its end follows\n"
                )
                self._put(marker.encode() + self._tail)
            os.close(self._file)
        if self._size > self._told:
            self._grown(self._size)

    def _put(self, data: bytes) -> None:
        try:
            while data:
                written = os.write(self._file, data)
                self._size += written
                data = data[written:]
        except OSError as error:
            self.broken = str(error)

    def _tell(self) -> None:
        now = self._clock.monotonic()
        with self._lock:
            if now - self._told_at < _TELL_EVERY or self._size == self._told:
                return
            self._told_at, self._told = now, self._size
        self._grown(self._size)


def read_log(path: Path, offset: int, size: int) -> tuple[bytes, int]:
    """Return at most `size` bytes of a log from `offset`, and how many there are in all."""
    try:
        with path.open("rb") as file:
            total = os.fstat(file.fileno()).st_size
            file.seek(min(offset, total))
            return file.read(size), total
    except FileNotFoundError:
        return b"", 0
