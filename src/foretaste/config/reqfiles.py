"""Requirements files as a base: lines that each pin one release, hashes kept.

What pip takes in such a file and does not pin (options, the project itself, constraints) is left
out; a line that asks for something without pinning it makes the file no base.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from packaging.requirements import InvalidRequirement, Requirement

from foretaste.config.tree import Tree
from foretaste.config.versions import NO_PIN, Asked, Base, Pins
from foretaste.ports.errors import UserError

_MOST_FILES = 100
_HASH = re.compile(r"(?:^|\s)--hash[= ]\s*(\S+)")
_OPTIONS = re.compile(r"\s--\S.*$")
_COMMENT = re.compile(r"(^|\s)#.*$")
_INCLUDES = re.compile(r"(?:-r|--requirement)[= ]?\s*(\S+)")
_OWN = re.compile(r"(?:(?:-e|--editable)[= ]?\s*)?\./?(?:\[[^]]*\])?")


@dataclass(slots=True)
class _Reading:
    """One file with all that it includes."""

    tree: Tree
    asked: Asked
    pins: Pins = field(default_factory=Pins)
    seen: set[str] = field(default_factory=set)

    def file(self, path: str, data: bytes) -> None:
        """Read a file's lines."""
        self.seen.add(path)
        text = data.decode("utf-8-sig", errors="replace")
        for number, line in logical_lines(text):
            self._line(line, path, f"{path}:{number}")

    def _line(self, line: str, path: str, where: str) -> None:
        entry = _COMMENT.sub("", line).strip()
        if included := _INCLUDES.fullmatch(entry):
            self._include(posixpath.join(posixpath.dirname(path), included[1]), where)
        elif entry and not _OWN.fullmatch(entry) and not _is_option(entry):
            self._requirement(entry, where)

    def _include(self, path: str, where: str) -> None:
        path = posixpath.normpath(path)
        if path in self.seen or len(self.seen) >= _MOST_FILES:
            return
        data = None if path.startswith(("/", "..")) else self.tree.read(path)
        if data is None:
            raise UserError(NO_PIN, f"no file {path} in the project", where=where)
        self.file(path, data)

    def _requirement(self, entry: str, where: str) -> None:
        try:
            requirement = Requirement(_OPTIONS.sub("", entry))
        except InvalidRequirement as error:
            raise UserError(NO_PIN, f"{entry!r} is no requirement: {error}", where=where) from None
        if not self.asked.holds(str(requirement.marker or ""), where):
            return
        version = _pinned(requirement)
        if version:
            self.pins.add(requirement.name, version, tuple(_HASH.findall(entry)), where)
            return
        what = "names a place" if requirement.url else "names no single release"
        raise UserError(NO_PIN, f"{entry!r} {what}", where=where, hint="like six==1.16.0")


def read_requirements(path: str, data: bytes, tree: Tree, asked: Asked) -> Base:
    """Return the pins of a requirements file.

    Raises:
        UserError: a line pins nothing, or pins a package twice; says file and line.
    """
    reading = _Reading(tree, asked)
    reading.file(path, data)
    return reading.pins.base(path)


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
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


def _is_option(entry: str) -> bool:
    """Whether a line only says how to install; a place to install from is none such."""
    return entry.startswith("-") and not entry.startswith(("-e", "--editable"))


def _pinned(requirement: Requirement) -> str:
    """Return the version that a requirement pins, "" where it leaves a choice."""
    found = list(requirement.specifier)
    if requirement.url or len(found) != 1 or found[0].operator not in {"==", "==="}:
        return ""
    return "" if found[0].version.endswith(".*") else found[0].version
