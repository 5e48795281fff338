"""Locks that a killed git left: told from those in use, and removed.

Git marks what it writes with a file `<name>.lock` and removes it when done; killed in between, it
leaves the file, and every later write is refused (attack B30). A lock is stale when it has stood
for some seconds and no git process is at work in the repository. Ages are told by the file
system's own clock, the one that stamped the lock.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from pathlib import Path
from typing import Final

from foretaste.adapters.git.shelf import SCRATCH

STALE_SECONDS: Final = 3.0
# Those that stay in a conversation; a lock that stands while they wait is not theirs.
HARMLESS: Final = frozenset({b"cat-file", b"hash-object"})
_LOCK = re.compile(r"'([^']*\.lock)'")


def named_in(said: str, repository: Path) -> Path | None:
    """Return the lock that git's words complain of, None where it names none of this place."""
    for found in _LOCK.finditer(said):
        lock = (repository / found.group(1)).resolve()
        if lock.is_relative_to(repository.resolve()):
            return lock
    return None


def remove_stale(lock: Path, repository: Path) -> bool:
    """Remove the lock if it is stale, and return whether it is gone."""
    try:
        before = lock.stat()
    except FileNotFoundError:
        return True
    if _now(repository) - before.st_mtime < STALE_SECONDS or in_use(repository):
        return False
    with contextlib.suppress(FileNotFoundError):
        # Another lock of this name may have come since; its owner has a new file.
        if lock.stat().st_ino == before.st_ino:
            lock.unlink()
    return True


def in_use(repository: Path) -> bool:
    """Return whether a git process that may write refs works in the repository now, of anyone."""
    place = str(repository.resolve())
    return any(
        _folder_of(process) == place and _writes_refs(process)
        for process in Path("/proc").glob("[0-9]*")
    )


def _now(repository: Path) -> float:
    with tempfile.NamedTemporaryFile(dir=repository, prefix=SCRATCH) as probe:
        return os.fstat(probe.fileno()).st_mtime


def _writes_refs(process: Path) -> bool:
    """Whether it is git, and not one of those that stay and write no refs."""
    try:
        words = (process / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return Path(os.fsdecode(words[0])).name.startswith("git") and not HARMLESS & set(words)


def _folder_of(process: Path) -> str:
    try:
        return str((process / "cwd").readlink())
    except OSError:
        return ""
