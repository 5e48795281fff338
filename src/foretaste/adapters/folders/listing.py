"""Listing: which entries of a folder are the project's, links and repositories within included."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from foretaste.config.tree import NOT_OF_THE_PROJECT
from foretaste.ports.errors import UserError

# Names that mean what builds leave only right in the project's folder: below, they may be packages.
_AT_THE_TOP = frozenset({"build", "dist"})
# Says of a folder that it is a cache: https://bford.info/cachedir/
_CACHE = "CACHEDIR.TAG"
_ENVIRONMENT = "pyvenv.cfg"
_REPOSITORY = ".git"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A file or a symbolic link, by its path below the folder; `size` in bytes."""

    path: str
    link: bool
    size: int
    executable: bool = False


def entries(folder: Path, listed: Sequence[str] | None) -> Iterator[Entry]:
    """Yield what is the project's, by path: what git lists, else all but caches and builds.

    Raises:
        UserError: something cannot be looked at.
    """
    paths = sorted(listed) if listed is not None else _all(folder, "")
    for path in paths:
        # A path that ends in "/" is a repository within, that git does not know as its own.
        if not path.endswith("/") and _is_inside(folder, path):
            yield from _looked_at(folder, path)


def _is_inside(folder: Path, path: str) -> bool:
    """Whether a path leads to somewhere in the folder, and through no link."""
    parts = path.split("/")
    if {"", ".", "..", _REPOSITORY} & set(parts):
        return False
    above = ["/".join(parts[:count]) for count in range(1, len(parts))]
    return not any((folder / each).is_symlink() for each in above)


def _looked_at(folder: Path, path: str) -> Iterator[Entry]:
    try:
        facts = (folder / path).lstat()
    except (FileNotFoundError, NotADirectoryError):
        # Deleted, and not committed yet.
        return
    except OSError as error:
        raise unreadable(folder / path, error) from error
    mode = facts.st_mode
    if stat.S_ISLNK(mode) or stat.S_ISREG(mode):
        yield Entry(
            path=path,
            link=stat.S_ISLNK(mode),
            size=facts.st_size,
            executable=bool(mode & stat.S_IXUSR),
        )
    elif stat.S_ISDIR(mode):
        # A submodule is one entry for git.
        for below in _all(folder, f"{path}/"):
            yield from _looked_at(folder, below)


def _all(folder: Path, below: str) -> Iterator[str]:
    """Yield all paths below a folder, in order; folders of caches and environments left out."""

    def refuse(error: OSError) -> None:
        raise unreadable(Path(error.filename or folder), error) from error

    top = folder / below
    for where, folders, names in os.walk(top, onerror=refuse):
        inside = Path(where).relative_to(folder)
        inner = sorted(folders)
        # A link to a folder is among the folders, and is an entry of its own.
        links = [name for name in inner if (Path(where) / name).is_symlink()]
        folders[:] = [
            name for name in inner if name not in links and _is_ours(folder, inside, name)
        ]
        own = {*names, *links} - {_REPOSITORY}
        yield from sorted((inside / name).as_posix() for name in own)


def _is_ours(folder: Path, inside: Path, name: str) -> bool:
    at_the_top = inside == Path()
    if name in NOT_OF_THE_PROJECT and (at_the_top or name not in _AT_THE_TOP):
        return False
    path = folder / inside / name
    return not any((path / mark).is_file() for mark in (_CACHE, _ENVIRONMENT))


def unreadable(path: Path, error: OSError) -> UserError:
    """Return the error for something in the folder that cannot be read."""
    return UserError(
        "FT634",
        f"a file of the project cannot be read: {error.strerror}",
        where=str(path),
        hint="give yourself the right to read it, or name it in .gitignore",
    )
