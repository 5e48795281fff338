"""Union: an environment as links to the files of packages, those that come later on top.

A hard link costs about ten microseconds, so that a state that differs from another by one package
is there in the time that its files take to be named.
"""

from __future__ import annotations

import errno
import filecmp
import os
import posixpath
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from foretaste.adapters.uv.packages import Package
from foretaste.ports.environments import Say
from foretaste.ports.errors import UserError

# A file has 65,000 names at most on ext4; some file systems have one name a file.
_NO_LINK = frozenset({errno.EMLINK, errno.EPERM, errno.EXDEV, errno.EOPNOTSUPP})


@dataclass(slots=True)
class _Plan:
    """Which package each file comes from, by folder and name."""

    folders: dict[str, dict[str, int]] = field(default_factory=dict)
    hidden: list[tuple[str, int, int]] = field(default_factory=list)

    def add(self, files: Mapping[str, Sequence[str]], number: int) -> None:
        """Put a package's files over those that are there."""
        for folder, names in files.items():
            held = self.folders.get(folder)
            if held is None:
                self.folders[folder] = dict.fromkeys(names, number)
                continue
            twice = held.keys() & set(names)
            self.hidden += [(f"{folder}/{name}", held[name], number) for name in sorted(twice)]
            held.update(dict.fromkeys(names, number))


def join(packages: Sequence[Package], made: Path, say: Say) -> None:
    """Link the packages' files into `made`, an empty folder; say which of them hide others.

    Raises:
        UserError: a file of one is a folder of another (FT662).
    """
    plan = _Plan()
    for number, package in enumerate(packages):
        plan.add(package.files, number)
    _tell_hidden(plan, packages, say)
    for folder in sorted(_with_parents(plan.folders)):
        parent, name = posixpath.split(folder)
        if name in plan.folders.get(parent, ()):
            raise UserError("FT662", f"{folder} is a file of one package and a folder of another")
        (made / folder).mkdir(mode=0o755)
    for folder, names in plan.folders.items():
        _link_folder(folder, names, packages, made)


def _with_parents(folders: Mapping[str, object]) -> set[str]:
    found: set[str] = set()
    for folder in folders:
        at = folder
        while at and at not in found:
            found.add(at)
            at = posixpath.dirname(at)
    return found


def _tell_hidden(plan: _Plan, packages: Sequence[Package], say: Say) -> None:
    """Say which files take the place of others that differ, one line for two packages."""
    told: dict[tuple[int, int], list[str]] = {}
    hidden = set(plan.hidden)
    for path, under, over in plan.hidden:
        # Byte code goes with its source; without it, it takes the place of another's code unseen.
        if (_source(path), under, over) in hidden:
            continue
        first, second = packages[under].tree / path, packages[over].tree / path
        if not filecmp.cmp(first, second, shallow=False):
            told.setdefault((under, over), []).append(path)
    for (under, over), paths in told.items():
        more = f" and {len(paths) - 1} more" if len(paths) > 1 else ""
        say(
            f"warning: {packages[over].release.name} overwrites files of "
            f"{packages[under].release.name}: {paths[0]}{more}"
        )


def _source(path: str) -> str:
    """Return the source of byte code, by the names that Python gives it (PEP 3147); "" for none."""
    folder, name = posixpath.split(path)
    if not name.endswith(".pyc"):
        return ""
    above = folder.removesuffix("/__pycache__")
    return f"{above}/{name.partition('.')[0]}.py"


def _link_folder(
    folder: str, names: Mapping[str, int], packages: Sequence[Package], made: Path
) -> None:
    into = os.open(made / folder, os.O_RDONLY | os.O_DIRECTORY)
    sources: dict[int, int] = {}
    try:
        for name, number in names.items():
            source = sources.get(number)
            if source is None:
                place = packages[number].tree / folder
                source = sources[number] = os.open(place, os.O_RDONLY | os.O_DIRECTORY)
            _link(name, source, into)
    finally:
        for descriptor in (into, *sources.values()):
            os.close(descriptor)


def _link(name: str, source: int, into: int) -> None:
    try:
        os.link(name, name, src_dir_fd=source, dst_dir_fd=into, follow_symlinks=False)
    except OSError as error:
        if error.errno not in _NO_LINK:
            raise
        _copy(name, source, into)


def _copy(name: str, source: int, into: int) -> None:
    with (
        os.fdopen(os.open(name, os.O_RDONLY, dir_fd=source), "rb") as one,
        os.fdopen(
            os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644, dir_fd=into), "wb"
        ) as other,
    ):
        shutil.copyfileobj(one, other)
        other.flush()
        facts = os.fstat(one.fileno())
        os.fchmod(other.fileno(), facts.st_mode & 0o7777)
        # Byte code is believed where its source has the same time.
        os.utime(other.fileno(), ns=(facts.st_mtime_ns, facts.st_mtime_ns))


def tell_what_starts(packages: Sequence[Package], say: Say) -> None:
    """Say which files run code whenever an interpreter starts in the environment."""
    for package in packages:
        for name in package.release.starts:
            say(f"warning: {name} runs code at every start of Python in this environment")
