"""Warm bases: the files of a tree, written once, that builds start from as a copy.

Nobody writes to a base: jobs see it read-only and get a copy of their own in memory. A base is
named after its project and tree, so builds of one tree share it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import stat
import tempfile
import threading
from pathlib import Path

from foretaste.ports.clock import Clock
from foretaste.ports.environments import Trees
from foretaste.ports.errors import TransientError
from foretaste.ports.executor import Source

# As many bases are kept; those that a build may still start from are left alone, in seconds.
_KEPT = 200
# So many are written before it is looked again whether there are too many.
_BETWEEN = 50
_IN_USE = 6 * 3600.0
_EXPORT = ".export-"


class WarmBases:
    """Keeps bases below `folder`."""

    def __init__(self, folder: Path, trees: Trees, clock: Clock) -> None:
        self._folder = folder
        self._trees = trees
        self._clock = clock
        self._lock = threading.Lock()
        self._known: set[Path] = set()
        self._written = 0
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        folder.chmod(0o755)
        for path in folder.glob(f"{_EXPORT}*"):
            # Left by a gate that was killed.
            if clock.wall() - path.stat().st_mtime > _IN_USE:
                shutil.rmtree(path, ignore_errors=True)

    def folder(self, source: Source) -> Path:
        """Return a folder with the tree's files, which nobody may write to.

        Raises:
            PermanentError: the commit is not there.
            TransientError: the disk is full.
        """
        content = f"{source.project} {source.tree or source.commit}"
        base = self._folder / hashlib.sha256(content.encode()).hexdigest()[:32]
        with self._lock:
            known = base in self._known
        # Marked each time, for the mark is all that keeps it from being pruned under a build that
        # is about to copy it.
        if not (known and self._mark(base)):
            self._write(source, base)
            with self._lock:
                self._known.add(base)
        return base

    def _write(self, source: Source, base: Path) -> None:
        lock = self._folder / f".{base.name}.lock"
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            if not self._mark(base):
                self._export(source, base)
                self._mark(base)
                self._prune()
        finally:
            os.close(descriptor)

    def _mark(self, base: Path) -> bool:
        """Note that it is used now, and return whether it is there."""
        now = self._clock.wall()
        try:
            os.utime(base, (now, now))
        except FileNotFoundError:
            return False
        return True

    def _export(self, source: Source, base: Path) -> None:
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=_EXPORT) as made:
            files = Path(made, "files")
            try:
                self._trees.export(source, files)
                _open_to_all(files)
                files.rename(base)
            except OSError as error:
                raise TransientError("FT630", f"a tree could not be written: {error}") from error

    def _prune(self) -> None:
        """Remove the bases that were used longest ago, now and then."""
        with self._lock:
            self._written += 1
            due = self._written % _BETWEEN == 1
        if not due:
            return
        bases = [path for path in self._folder.iterdir() if path.name[0] != "."]
        oldest_first = sorted(bases, key=lambda path: path.stat().st_mtime)
        for path in oldest_first[: max(0, len(bases) - _KEPT)]:
            if self._clock.wall() - path.stat().st_mtime > _IN_USE:
                shutil.rmtree(path, ignore_errors=True)


def _open_to_all(folder: Path) -> None:
    """Let the sandbox's user read and copy the files, whatever the umask was."""
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        mode = path.lstat().st_mode
        if stat.S_ISDIR(mode):
            path.chmod(0o755)
        elif stat.S_ISREG(mode):
            path.chmod(0o755 if mode & stat.S_IXUSR else 0o644)
