"""uv's lock as a base: what `uv sync` installs for one interpreter, and what the tests ask for.

The lock is for all interpreters at once: of each package it may have several releases, told apart
by markers, and lists beside each release what it needs. So it is walked from the project, as uv
does.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from packaging.utils import canonicalize_name

from foretaste.config.versions import NO_LOCK, Asked, Base, Pins
from foretaste.ports.errors import UserError

_VERSION = 1
# Where the project itself, or a member of its workspace, is taken from.
_OWN = ("virtual", "editable", "directory")
_ELSEWHERE = ("git", "url", "path")
DEFAULT_GROUPS = ("dev",)

Entry = Mapping[str, Any]


@dataclass(slots=True)
class _Walk:
    """A walk through the lock from what is asked for."""

    where: str
    text: str
    asked: Asked
    packages: Mapping[str, Sequence[Entry]]
    pins: Pins = field(default_factory=Pins)
    seen: set[tuple[str, str, str]] = field(default_factory=set)
    waiting: list[tuple[Entry, str]] = field(default_factory=list)

    def follow(self, needs: Iterable[Entry]) -> None:
        """Note what needs name, as far as it holds here."""
        for need in needs:
            name = str(need.get("name", ""))
            if not self.asked.holds(str(need.get("marker", "")), self.spot(name)):
                continue
            package = self._package(name, need)
            for extra in ("", *(str(each) for each in need.get("extra", ()))):
                self.waiting.append((package, extra))

    def run(self) -> None:
        """Take everything that waits, and what that needs, to the end."""
        while self.waiting:
            package, extra = self.waiting.pop()
            name, version = str(package.get("name", "")), str(package.get("version", ""))
            if (name, version, extra) in self.seen:
                continue
            self.seen.add((name, version, extra))
            self._pin(package, name, version)
            if extra:
                self.follow(package.get("optional-dependencies", {}).get(extra, ()))
            else:
                self.follow(package.get("dependencies", ()))

    def _pin(self, package: Entry, name: str, version: str) -> None:
        source = package.get("source", {})
        if any(key in source for key in _OWN):
            return
        for key in _ELSEWHERE:
            if key in source:
                raise UserError(
                    NO_LOCK,
                    f"{name} is taken from {source[key]}, which is no index",
                    where=self.spot(name),
                    hint="give the versions that work with --base",
                )
        self.pins.add(name, version, _hashes(package), self.spot(name))

    def _package(self, name: str, need: Entry) -> Entry:
        """Return the one entry that a need means here."""
        fitting = [
            each
            for each in self.packages.get(str(canonicalize_name(name)), ())
            if need.get("version") in {None, each.get("version")}
            and need.get("source") in (None, each.get("source"))
        ]
        if len(fitting) > 1:
            fitting = [each for each in fitting if self._is_for_us(each)]
        if len(fitting) != 1:
            found = "no entry" if not fitting else f"{len(fitting)} entries"
            raise UserError(
                NO_LOCK,
                f"the lock has {found} of {name} for this Python",
                where=self.spot(name),
                hint="lock again (uv lock)",
            )
        return fitting[0]

    def _is_for_us(self, package: Entry) -> bool:
        markers = package.get("resolution-markers", ())
        where = self.spot(str(package.get("name", "")))
        return not markers or any(self.asked.holds(str(each), where) for each in markers)

    def spot(self, name: str) -> str:
        """Return where a package stands, as file and line."""
        found = re.search(rf'^name = "{re.escape(name)}"$', self.text, re.MULTILINE)
        return (
            f"{self.where}:{self.text.count(chr(10), 0, found.start()) + 1}"
            if found
            else self.where
        )


def read_uv_lock(path: str, data: bytes, asked: Asked, groups: Sequence[str]) -> Base:
    """Return what the lock holds for the project, these groups of it, and all that is asked for.

    Raises:
        UserError: it is damaged or of another version, has no answer for this interpreter, or
            takes a package from a place that is no index.
    """
    lock = load_lock(path, data)
    if lock.get("version") != _VERSION:
        raise UserError(NO_LOCK, f"version {lock.get('version')} is not known here", where=path)
    asked.check_python(str(lock.get("requires-python", "")), path)
    packages: dict[str, list[Entry]] = {}
    for each in entries_of(lock, "package", path):
        packages.setdefault(str(canonicalize_name(str(each.get("name", "")))), []).append(each)
    walk = _Walk(path, data.decode("utf-8"), asked, packages)
    own = _own(packages)
    if own is not None:
        walk.waiting += [(own, extra) for extra in ("", *sorted(asked.extras))]
        in_groups = own.get("dev-dependencies", {})
        for group in in_groups if "all" in groups else {*groups, *asked.groups}:
            walk.follow(in_groups.get(group, ()))
    for name, extras in asked.roots():
        if name in packages:
            walk.follow([{"name": name, "extra": extras}])
    walk.run()
    return walk.pins.base(path)


def load_lock(path: str, data: bytes) -> Mapping[str, Any]:
    """Return a lock that is TOML.

    Raises:
        UserError: it is not.
    """
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UserError(NO_LOCK, f"not TOML: {error}", where=path) from None


def entries_of(lock: Mapping[str, Any], key: str, path: str) -> list[Entry]:
    """Return the tables of a lock's packages.

    Raises:
        UserError: there are none of that form.
    """
    found = lock.get(key, [])
    if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
        raise UserError(NO_LOCK, f"{key} must be tables, one a package", where=path)
    return found


def _own(packages: Mapping[str, Sequence[Entry]]) -> Entry | None:
    """Return the project that the lock is beside."""
    for entries in packages.values():
        for each in entries:
            source = each.get("source", {})
            if any(source.get(key) == "." for key in _OWN):
                return each
    return None


def _hashes(package: Entry) -> tuple[str, ...]:
    files = [package.get("sdist", {}), *package.get("wheels", ())]
    return tuple(str(each["hash"]) for each in files if isinstance(each, dict) and "hash" in each)
