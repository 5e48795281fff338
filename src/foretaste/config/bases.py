"""Bases: the versions that work today, from what is given or from the project's own lock.

In this order: the file that a person names, `uv.lock`, `pylock.toml`, locks of other tools,
requirements files that pin everything. Where a project has none of them, the base is what its
requirements give as of a date, which is not this module's to find.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Sequence

from foretaste.config.detect.metadata import read_toml, table
from foretaste.config.otherlocks import read_pdm_lock, read_pipfile_lock, read_poetry_lock
from foretaste.config.pylock import read_pylock
from foretaste.config.reqfiles import read_requirements
from foretaste.config.tree import GivenTree, Tree
from foretaste.config.uvlock import DEFAULT_GROUPS, read_uv_lock
from foretaste.config.versions import NO_PIN, Asked, Base, Pins
from foretaste.ports.errors import UserError

Read = Callable[[str, bytes, Asked], Base]

# Bytes; the largest lock that was seen has 6 MB.
_LARGEST = 64 * 2**20
_PYLOCK = re.compile(r"pylock\.([^./]+\.)?toml")
# What people call the file with everything pinned, the surest name first; then what the tests of a
# project need beside it.
_LOCKS = ("requirements.lock", "requirements-lock.txt", "requirements_lock.txt",
          "requirements.lock.txt", "requirements/lock.txt", "requirements.txt",
          "requirements/requirements.txt", "requirements/base.txt", "requirements/main.txt",
          "requirements/all.txt")  # fmt: skip
_FOR_TESTS = re.compile(
    r"(requirements[-_./]?(dev|test|tests|testing|ci|dev\.lock)|(dev|test|tests)[-_]requirements)"
    r"(\.txt|\.lock)",
)


def read_base(path: str, data: bytes, asked: Asked) -> Base:
    """Return the base that a file holds: a lock by its name, else pins, one a line.

    Raises:
        UserError: it is none; says file and line.
    """
    if len(data) > _LARGEST:
        raise UserError(NO_PIN, "the file is too large to be read", where=path)
    name = posixpath.basename(path)
    found = _reader(name)(path, data, asked)
    if not found.versions:
        raise UserError(
            NO_PIN, "the file pins nothing", where=path, hint="one release a line: six==1.16.0"
        )
    return found


def find_base(tree: Tree, asked: Asked) -> Base | None:
    """Return the base that the project itself holds, None where it holds none.

    Raises:
        UserError: its lock cannot be used.
    """
    locks = ("uv.lock", *sorted(filter(_PYLOCK.fullmatch, _at_the_top(tree))), "poetry.lock",
             "pdm.lock", "Pipfile.lock")  # fmt: skip
    for path in locks:
        data = tree.read(path)
        if data is None:
            continue
        groups = _default_groups(tree)
        base = read_uv_lock(path, data, asked, groups) if path == "uv.lock" else None
        return base or read_base(path, data, asked)
    return _from_requirements(tree, asked)


def _at_the_top(tree: Tree) -> Iterable[str]:
    return (path for path in tree.paths() if "/" not in path)


def _reader(name: str) -> Read:
    if name == "uv.lock":
        return lambda path, data, asked: read_uv_lock(path, data, asked, DEFAULT_GROUPS)
    if _PYLOCK.fullmatch(name):
        return read_pylock
    others: dict[str, Read] = {
        "poetry.lock": read_poetry_lock,
        "pdm.lock": read_pdm_lock,
        "Pipfile.lock": read_pipfile_lock,
    }
    return others.get(
        name, lambda path, data, asked: read_requirements(path, data, GivenTree(), asked)
    )


def _default_groups(tree: Tree) -> Sequence[str]:
    """Return the groups that `uv sync` installs."""
    said = table(read_toml(tree, "pyproject.toml"), "tool", "uv").get("default-groups")
    if said == "all":
        return ("all",)
    return tuple(map(str, said)) if isinstance(said, list) else DEFAULT_GROUPS


def _from_requirements(tree: Tree, asked: Asked) -> Base | None:
    """Return the pins of requirements files that pin all that they ask for.

    Those that the tests are installed from come first; of others that pin a package of theirs
    differently, nothing is taken.
    """
    taken: list[Base] = []
    for path in _files_of(tree, asked):
        data = tree.read(path)
        base = _whole(path, data, tree, asked) if data is not None else None
        if base is not None and all(_agree(base, each) for each in taken):
            taken.append(base)
    if not taken:
        return None
    pins = Pins()
    for base in taken:
        for name, version in base.versions.items():
            pins.add(name, version, base.hashes.get(name, ()), base.found)
    return pins.base(", ".join(base.found for base in taken))


def _files_of(tree: Tree, asked: Asked) -> Iterable[str]:
    """Return the files to look at, the surest first."""
    paths = sorted(path for path in tree.paths() if path.count("/") < 2)  # noqa: PLR2004
    named = [posixpath.normpath(each) for each in asked.files]
    tests = [path for path in paths if _FOR_TESTS.fullmatch(path)]
    found = next(([path] for path in _LOCKS if path in paths), [])
    return dict.fromkeys([*named, *found, *tests])


def _whole(path: str, data: bytes, tree: Tree, asked: Asked) -> Base | None:
    """Return a file's pins, None where it leaves a choice: then it is no lock."""
    try:
        base = read_requirements(path, data, tree, asked)
    except UserError:
        return None
    return base if base.versions else None


def _agree(one: Base, other: Base) -> bool:
    return all(
        other.versions.get(name, version) == version for name, version in one.versions.items()
    )
