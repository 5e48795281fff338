"""Moves: what changed between two states of an environment, one package at a time.

A *state* is what is installed: a version for each package. A *move* takes one package from its
version in the base to its version in the candidate; it may appear or vanish on the way. A move is
named by its key everywhere: the package's normalised name (PyPA, "Name normalization"), with
`build:` before it where the package builds the project and is not installed beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

State = Mapping[str, str]
"""The version of each package that is installed, by key."""

BUILD = "build:"
"""What stands before the name of a package that builds the project (PEP 518)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One package's way from base to candidate.

    `old` is None where it appears, `new` where it vanishes; never both.
    """

    key: str
    old: str | None
    new: str | None

    @property
    def name(self) -> str:
        """The package's normalised name."""
        return self.key.removeprefix(BUILD)

    @property
    def builds(self) -> bool:
        """Whether the package builds the project instead of being installed beside it."""
        return self.key.startswith(BUILD)


def moves_between(base: State, candidate: State) -> tuple[Move, ...]:
    """Return what changed, sorted by key."""
    keys = sorted({*base, *candidate})
    return tuple(
        Move(key=key, old=base.get(key), new=candidate.get(key))
        for key in keys
        if base.get(key) != candidate.get(key)
    )
