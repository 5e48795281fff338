"""Flaws: where a base that works is not what its own releases ask for.

Locks are edited by hand, and old installers looked at no more than one requirement. Such a base
works nevertheless, so what its unmoved releases lack is not brought in as a move, and what they do
not accept is no reason to find nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from packaging.version import Version

from foretaste.taste.implications import orphans
from foretaste.taste.requires import Need, needs_of

Requires = Mapping[str, Sequence[str]]
"""What releases say that they require, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flaws:
    """What a base does without (who asks for what), and what it holds against a release's word."""

    missing: frozenset[tuple[str, str]] = frozenset()
    clashing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A state that was chosen after a base: versions by name, and what is asked for from outside."""

    base: Mapping[str, str]
    versions: Mapping[str, str]
    requirements: Sequence[str]
    markers: Mapping[str, str] = field(default_factory=dict)


def flaws_of(base: Mapping[str, str], requires: Requires, markers: Mapping[str, str]) -> Flaws:
    """Return the flaws of a base; what a release asks for with an extra is none of them."""
    missing, clashing = set(), set()
    for name in requires:
        for need in _needs(requires[name], markers):
            if need.name not in base:
                missing.add((name, need.name))
            elif not need.accepts(base[need.name]):
                clashing.add(need.name)
    return Flaws(missing=frozenset(missing), clashing=frozenset(clashing))


def needless(chosen: Chosen, requires: Requires, flaws: Flaws) -> frozenset[str]:
    """Return what is new in a state only because the base lacks it, and has not moved since."""
    lines = {
        (name, version): _without(name, requires.get(name, ()), chosen, flaws)
        for name, version in chosen.versions.items()
    }
    idle = orphans(chosen.versions, lines, chosen.requirements, chosen.markers)
    return frozenset(name for name in idle if name not in chosen.base)


def _without(name: str, lines: Sequence[str], chosen: Chosen, flaws: Flaws) -> tuple[str, ...]:
    """Return the lines of a release less those that the base does without."""
    before = chosen.base.get(name)
    if before is None or Version(before) != Version(chosen.versions[name]):
        return tuple(lines)
    return tuple(
        line
        for line in lines
        if not any((name, need.name) in flaws.missing for need in _needs([line], chosen.markers))
    )


def _needs(lines: Sequence[str], markers: Mapping[str, str]) -> Iterator[Need]:
    return iter(needs_of(lines, markers).of(markers))
