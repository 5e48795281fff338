"""Requirements: what a job's `install` asks for, read from the tree under test.

Only data is read here: `pyproject.toml` and requirements files, through the trees' port.
"""

from __future__ import annotations

import posixpath
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from foretaste.ports.environments import Say
from foretaste.ports.errors import UserError

Read = Callable[[str], bytes | None]
"""Returns a file of the tree under test, None where there is none."""

_MOST_FILES = 100
_OWN = re.compile(r"\./?(\[[^]]*\])?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be installed.

    `packages` and `constraints` are requirements; `own` is whether the project under test is
    installed, with the extras `extras`.
    """

    packages: tuple[str, ...] = ()
    constraints: tuple[str, ...] = ()
    own: bool = False
    extras: frozenset[str] = frozenset()

    def plus(self, other: Wanted) -> Wanted:
        """Return both together."""
        return Wanted(
            packages=self.packages + other.packages,
            constraints=self.constraints + other.constraints,
            own=self.own or other.own,
            extras=self.extras | other.extras,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSystem:
    """What builds a project (PEP 517, PEP 518)."""

    requires: tuple[str, ...] = ("setuptools>=40.8.0",)
    backend: str = "setuptools.build_meta:__legacy__"
    path: tuple[str, ...] = ()


def reads_the_tree(install: Sequence[str]) -> bool:
    """Whether what is asked for depends on files of the project under test."""
    return any(entry.startswith((".", "-", "group:")) for entry in install)


def checked(text: str, where: str) -> str:
    """Return a requirement as packaging writes it.

    Raises:
        UserError: it is none, or it names a place instead of a package of the index.
    """
    try:
        requirement = Requirement(text)
    except InvalidRequirement as error:
        raise UserError("FT622", f"{text!r} is no requirement: {error}", where=where) from None
    if requirement.url is not None:
        raise UserError(
            "FT622",
            f"{text!r} names a place; a build takes packages from the index only",
            where=where,
            hint="name the other project in the job's `with`, or a release of it",
        )
    return str(requirement)


def extras_of(entry: str, where: str) -> frozenset[str]:
    """Return the extras of "." or ".[a,b]".

    Raises:
        UserError: it is neither.
    """
    wrong = UserError(
        "FT622", f"{entry!r} is not the project under test", where=where, hint='like ".[test]"'
    )
    found = _OWN.fullmatch(entry)
    if found is None:
        raise wrong
    try:
        named = Requirement(f"own{found.group(1) or ''}")
    except InvalidRequirement:
        raise wrong from None
    return frozenset(map(canonicalize_name, named.extras))


def load_pyproject(read: Read) -> Mapping[str, object]:
    """Return the tree's pyproject.toml, empty where there is none.

    Raises:
        UserError: it is not TOML.
    """
    data = read("pyproject.toml")
    if data is None:
        return {}
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError("FT622", f"not TOML: {error}", where="pyproject.toml") from None


def _table(value: object, where: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise UserError("FT622", f"{where} must be a table", where="pyproject.toml")
    return value


def _texts(value: object, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UserError("FT622", f"{where} must be a list of strings", where="pyproject.toml")
    return tuple(value)


def build_system(pyproject: Mapping[str, object]) -> BuildSystem:
    """Return what builds the project; setuptools the old way where it does not say.

    Raises:
        UserError: the table has another shape.
    """
    if "build-system" not in pyproject:
        return BuildSystem()
    table = _table(pyproject["build-system"], "build-system")
    requires = _texts(table.get("requires", []), "build-system.requires")
    backend = table.get("build-backend", BuildSystem().backend)
    if not isinstance(backend, str):
        raise UserError(
            "FT622", "build-system.build-backend must be a string", where="pyproject.toml"
        )
    return BuildSystem(
        requires=tuple(checked(text, "build-system.requires") for text in requires),
        backend=backend,
        path=_texts(table.get("backend-path", []), "build-system.backend-path"),
    )


class _Groups:
    """The dependency groups of a pyproject.toml (PEP 735)."""

    def __init__(self, pyproject: Mapping[str, object]) -> None:
        table = _table(pyproject.get("dependency-groups", {}), "dependency-groups")
        self._groups = {canonicalize_name(name): value for name, value in table.items()}

    def packages(self, name: str, within: tuple[str, ...] = ()) -> Iterator[str]:
        """Yield the requirements of a group and of those that it includes."""
        where = f"dependency-groups.{name}"
        key = canonicalize_name(name)
        if key in within:
            raise UserError("FT622", "the group includes itself", where=where)
        if key not in self._groups:
            known = ", ".join(sorted(self._groups)) or "none"
            raise UserError("FT622", f"no dependency group {name!r}; there are: {known}")
        members = self._groups[key]
        if not isinstance(members, list):
            raise UserError("FT622", "a group must be a list", where=where)
        for member in members:
            if isinstance(member, str):
                yield checked(member, where)
            else:
                yield from self.packages(_included(member, where), (*within, key))


def _included(member: object, where: str) -> str:
    if isinstance(member, dict) and isinstance(included := member.get("include-group"), str):
        return included
    raise UserError("FT622", f"{member!r} is neither a requirement nor a group", where=where)


@dataclass(slots=True, kw_only=True)
class _Files:
    """Requirements files of the tree, which may name one another."""

    read: Read
    say: Say
    seen: set[str] = field(default_factory=set)

    def wanted(self, path: str, *, constraints: bool) -> Wanted:
        """Return what the file asks for."""
        path = posixpath.normpath(path)
        if path.startswith(("/", "..")):
            raise UserError("FT622", f"{path} is outside the tree")
        if path in self.seen or len(self.seen) >= _MOST_FILES:
            return Wanted()
        self.seen.add(path)
        data = self.read(path)
        if data is None:
            raise UserError("FT622", f"no file {path} in the tree")
        found = Wanted()
        for number, line in _logical_lines(data.decode("utf-8", errors="replace")):
            entry = line.partition(" #")[0].strip()
            if entry and not entry.startswith("#"):
                found = found.plus(self._line(entry, f"{path}:{number}", constraints=constraints))
        return found

    def _line(self, entry: str, where: str, *, constraints: bool) -> Wanted:
        option, _, value = entry.replace("=", " ", 1).partition(" ")
        beside = posixpath.join(posixpath.dirname(where), value.strip())
        if option in {"-r", "--requirement"}:
            return self.wanted(beside, constraints=constraints)
        if option in {"-c", "--constraint"}:
            return self.wanted(beside, constraints=True)
        if option in {"-e", "--editable"}:
            return Wanted(own=True, extras=extras_of(value.strip(), where))
        if entry.startswith("-"):
            self.say(f"{where}: {option} is left out; indexes are the gate's to choose")
            return Wanted()
        if entry.startswith("."):
            return Wanted(own=True, extras=extras_of(entry, where))
        text = checked(entry.partition(" --hash")[0].strip(), where)
        return Wanted(constraints=(text,)) if constraints else Wanted(packages=(text,))


def wanted(install: Sequence[str], read: Read, say: Say) -> Wanted:
    """Return what a job's `install` asks for.

    Raises:
        UserError: an entry cannot be used; says which, and where it stands.
    """
    files = _Files(read=read, say=say)
    found = Wanted()
    for entry in install:
        found = found.plus(_entry(entry, files))
    return replace(found, packages=tuple(dict.fromkeys(found.packages)))


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield lines with their numbers, those that a backslash continues as one."""
    begun, held = 0, ""
    for number, line in enumerate(text.splitlines(), start=1):
        begun = begun or number
        held += line.removesuffix("\\")
        if not line.endswith("\\"):
            yield begun, held
            begun, held = 0, ""
    if held:
        yield begun, held


def _entry(entry: str, files: _Files) -> Wanted:
    where = f"install: {entry}"
    if entry.startswith("group:"):
        groups = _Groups(load_pyproject(files.read))
        return Wanted(packages=tuple(groups.packages(entry.removeprefix("group:"))))
    if entry.startswith("-r"):
        return files.wanted(entry.removeprefix("-r").strip(), constraints=False)
    if entry.startswith("-c"):
        return files.wanted(entry.removeprefix("-c").strip(), constraints=True)
    if entry.startswith("."):
        return Wanted(own=True, extras=extras_of(entry, where))
    return Wanted(packages=(checked(entry, where),))
