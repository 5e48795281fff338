"""Units: the moves that can only be made together, and sets of them as the bits of a number.

A search compares thousands of sets of moves. A set that can be installed is a union of whole
units, so it is kept as a number here: bit k stands for unit k. The base is 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from foretaste.taste.lattice import Lattice, Moved

Bits = int
"""A set of units."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """The units of a lattice, in the order of their first keys.

    `below` has for each unit itself and all that it needs, `above` itself and all that need it.
    """

    members: tuple[Moved, ...]
    below: tuple[Bits, ...]
    above: tuple[Bits, ...]

    @property
    def every(self) -> Bits:
        """All of them: the candidate."""
        return (1 << len(self.members)) - 1

    def with_needs(self, bits: Bits) -> Bits:
        """Return the smallest state that has these units."""
        found = 0
        for each in each_of(bits):
            found |= self.below[each]
        return found

    def without(self, state: Bits, bits: Bits) -> Bits:
        """Return the largest part of a state that has none of these units."""
        for each in each_of(state & bits):
            state &= ~self.above[each]
        return state

    def moved(self, bits: Bits) -> Moved:
        """Return the moves of a set."""
        return frozenset().union(*(self.members[each] for each in each_of(bits)))


def units_of(lattice: Lattice) -> Units:
    """Return the units of a lattice."""
    members = sorted({lattice.unit(key) for key in lattice.moves}, key=min)
    number = {key: each for each, keys in enumerate(members) for key in keys}
    below = tuple(
        sum(1 << each for each in {number[key] for key in lattice.needs[min(keys)]})
        for keys in members
    )
    above = tuple(
        sum(1 << other for other, needed in enumerate(below) if needed >> each & 1)
        for each in range(len(members))
    )
    return Units(members=tuple(members), below=below, above=above)


def each_of(bits: Bits) -> Iterator[int]:
    """Yield the units of a set, by their numbers."""
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def is_within(part: Bits, whole: Bits) -> bool:
    """Whether a set has nothing that another has not."""
    return not part & ~whole


def any_within(parts: Iterable[Bits], whole: Bits) -> bool:
    """Whether one of the sets lies within another."""
    return any(not part & ~whole for part in parts)


def any_around(part: Bits, wholes: Iterable[Bits]) -> bool:
    """Whether a set lies within one of the others."""
    return any(not part & ~whole for whole in wholes)
