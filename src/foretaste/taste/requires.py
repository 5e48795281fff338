"""Requires: what a release's `Requires-Dist` lines ask for, read leniently.

A good part of the index was uploaded before anybody checked metadata, and such a release is still
installed every day. What cannot be read asks for nothing here, and that is said; a search that
stopped at it would help nobody.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from packaging.markers import Marker
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

# Longer lines are taken as unreadable: the longest of a release that is in use has 300 characters.
LINE_LENGTH = 4000
# What old tools wrote and no reader of PEP 508 takes, and what they meant by it.
REPAIRS = (
    # ">=2.7.*": a prefix match is for == and != only
    (re.compile(r"([<>]=?|~=)(\s*[0-9][0-9.]{0,40})\.\*"), r"\1\2"),
    # "(>=1.0,)": a comma too many
    (re.compile(r",(\s{0,40})(?=[);]|$)"), r"\1"),
    # ">=1.0<2": a comma too few
    (re.compile(r"([0-9*])(\s{0,40}[<>!~])"), r"\1,\2"),
    # "foo (1.0)": equality without a sign
    (re.compile(r"\((\s{0,40}[0-9])"), r"(==\1"),
)
NAME = re.compile(r"\s*([A-Za-z0-9](?:[A-Za-z0-9._-]{0,200}[A-Za-z0-9])?)\s*(?:$|[\[\](<>=!~;@ ])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One line: a package, by normalised name, that must be there in a version that it accepts.

    `text` is the line without its marker, for people. `partial` is whether its versions could not
    be read: then it accepts any.
    """

    name: str
    text: str
    extras: tuple[str, ...] = ()
    specifier: SpecifierSet = field(default_factory=SpecifierSet)
    marker: Marker | None = None
    partial: bool = False

    def accepts(self, version: str | None) -> bool:
        """Whether the package may be there in this version (None: not there).

        A pre-release is as good as any other: the state has it, so it was wanted. A version that
        is not one of PEP 440 cannot be compared and is accepted.
        """
        if version is None:
            return False
        try:
            known = Version(version)
        except ValueError:
            return True
        return self.specifier.contains(known, prereleases=True)

    def applies(self, markers: Mapping[str, str], extra: str = "") -> bool:
        """Whether the line holds in the environment, and with the extra where one is given.

        A line for an extra that holds without any belongs to no extra.

        Raises:
            ValueError: the marker compares what cannot be compared.
        """
        if self.marker is None:
            return not extra
        if self.marker.evaluate({**markers, "extra": ""}):
            return not extra
        return bool(extra) and self.marker.evaluate({**markers, "extra": extra})


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """The lines of one release that could be read, at least in part, and those that could not."""

    lines: tuple[Need, ...] = ()
    unread: tuple[str, ...] = ()

    def of(self, markers: Mapping[str, str], extra: str = "") -> tuple[Need, ...]:
        """Return the lines that hold in the environment, of the extra or of none."""
        return tuple(need for need in self.lines if need.applies(markers, extra))


def needs_of(lines: Iterable[str], markers: Mapping[str, str]) -> Needs:
    """Read the lines of one release, for an environment."""
    read: list[Need] = []
    unread: list[str] = []
    for line in lines:
        need = _read(line) if len(line) <= LINE_LENGTH else _without_versions(line)
        if need is not None and _decidable(need, markers):
            read.append(need)
        else:
            unread.append(line)
    return Needs(lines=tuple(read), unread=tuple(unread))


# Two releases of a package have nearly all lines in common, and states are read again and again.
@lru_cache(maxsize=32768)
def _read(line: str) -> Need | None:
    return _whole(line) or _whole(_repaired(line)) or _without_versions(line)


def _whole(line: str) -> Need | None:
    """Return what a line says that is as PEP 508 wants it."""
    try:
        requirement = Requirement(line)
    except (ValueError, RecursionError):  # ValueError: also a number of thousands of digits
        return None
    return Need(
        name=str(canonicalize_name(requirement.name)),
        text=line.partition(";")[0].strip(),
        extras=tuple(sorted(str(canonicalize_name(each)) for each in requirement.extras)),
        specifier=requirement.specifier,
        marker=requirement.marker,
    )


def _repaired(line: str) -> str:
    text, semicolon, marker = line.partition(";")
    for wrong, right in REPAIRS:
        text = wrong.sub(right, text)
    return text + semicolon + marker


def _without_versions(line: str) -> Need | None:
    """Return the package alone, under the line's marker; None where not even they can be read."""
    name = NAME.match(line)
    if name is None:
        return None
    text, semicolon, marker = line.partition(";")
    need = _whole(name[1] + semicolon + marker) if len(marker) <= LINE_LENGTH else None
    return None if need is None else replace(need, text=text.strip(), partial=True)


def _decidable(need: Need, markers: Mapping[str, str]) -> bool:
    try:
        need.applies(markers, "any")
    except ValueError:
        return False
    return True
