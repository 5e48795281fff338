"""Artefacts: files of a job's working folder, kept as data.

Only regular files are taken, no link is followed, names are ones that a path may have, and
counts and sizes are bounded. A kept file is never executable: whatever bits it had are gone.
"""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from foretaste.config.globs import Glob, compile_glob

MOST_FILES = 1000
MOST_BYTES = 512 * 2**20
# How much of a working folder is looked through.
MOST_SEEN = 200_000
DEEPEST = 40


class TooMuchError(Exception):
    """A job left more than is kept; says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A file to keep: its path in the working folder, and an open descriptor of it."""

    path: str
    descriptor: int
    size: int


def keep(folder: int, globs: Sequence[str], target: Path) -> tuple[str, ...]:
    """Copy what the globs name from a working folder to `target`; return the paths, sorted.

    Raises:
        TooMuchError: there are too many files, or they are too large.
        OSError: the disk is full.
    """
    compiled = [compile_glob(text) for text in globs]
    if not compiled:
        return ()
    kept: list[str] = []
    total = 0
    for found in _files(folder, compiled):
        with os.fdopen(found.descriptor, "rb") as source:
            total += found.size
            if len(kept) >= MOST_FILES or total > MOST_BYTES:
                raise TooMuchError(
                    f"more than {MOST_FILES} files or {MOST_BYTES} bytes of artefacts"
                )
            path = target / found.path
            _make_folders(target, path.parent)
            # "x": of two names that a disk takes for one, the second is an error, not the first.
            with path.open("xb") as copy:
                shutil.copyfileobj(source, copy)
            path.chmod(0o644)
            kept.append(found.path)
    return tuple(sorted(kept))


def _make_folders(top: Path, folder: Path) -> None:
    """Make a folder below `top` and those that it is in, open to later jobs whatever the umask."""
    for path in (*reversed(folder.parents), folder):
        if path.is_relative_to(top) and not path.is_dir():
            path.mkdir(parents=True)
            path.chmod(0o755)


def _files(folder: int, globs: Sequence[Glob]) -> Iterator[_Found]:
    """Yield the files that a glob names, opened; the caller closes them."""
    seen = 0
    waiting = [("", 0)]
    while waiting:
        path, depth = waiting.pop()
        for name, is_folder in _entries(folder, path):
            seen += 1
            if seen > MOST_SEEN:
                raise TooMuchError(f"the working folder holds more than {MOST_SEEN} files")
            inside = f"{path}/{name}" if path else name
            if is_folder and depth < DEEPEST:
                waiting.append((inside, depth + 1))
            elif not is_folder and any(glob.matches(inside) for glob in globs):
                yield from _opened(folder, inside)


def _entries(folder: int, path: str) -> list[tuple[str, bool]]:
    """Return the names in a subfolder, and whether each is a folder itself, sorted."""
    try:
        descriptor = _open_below(folder, path, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:
        return []
    try:
        with os.scandir(descriptor) as entries:
            return sorted(
                (entry.name, entry.is_dir(follow_symlinks=False))
                for entry in entries
                if _sound(entry.name)
            )
    finally:
        os.close(descriptor)


def _sound(name: str) -> bool:
    """Whether a name can be shown and stored: text, and nothing that moves a cursor."""
    return name.isprintable()


def _open_below(folder: int, path: str, flags: int) -> int:
    """Open a path below a folder, no part of it being a link.

    Raises:
        OSError: it is not there, or a part of it is a link.
    """
    # Part by part: O_NOFOLLOW heeds the last part only, and any other may be a link.
    names = PurePosixPath(path).parts
    here = os.dup(folder)
    try:
        for name in names[:-1]:
            further = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=here)
            os.close(here)
            here = further
        last = names[-1] if names else "."
        return os.open(last, flags | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=here)
    finally:
        os.close(here)


def _opened(folder: int, path: str) -> Iterator[_Found]:
    """Yield the file, unless it is no regular one."""
    try:
        descriptor = _open_below(folder, path, os.O_RDONLY | os.O_NONBLOCK)
    except OSError:
        return
    facts = os.fstat(descriptor)
    if stat.S_ISREG(facts.st_mode):
        yield _Found(path=path, descriptor=descriptor, size=facts.st_size)
    else:
        os.close(descriptor)
