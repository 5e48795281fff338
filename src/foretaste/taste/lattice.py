"""Lattice: which sets of moves can be installed together.

Each package has two versions here, and both end states are consistent, so every constraint
between packages is an implication between moves: "p new needs q new", "q new needs p new". The
states that can be installed are exactly the sets of moves that are closed under what they need
(`culprits.md`: it agreed with an installer on 108 of 108 subsets). So no resolver is asked inside
a search, and no trial is spent on a state that cannot exist.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from foretaste.taste.moves import Move, State

Moved = frozenset[str]
"""A set of moves, by key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lattice:
    """The moves, and for each the moves that it needs: itself, and theirs, to the end.

    Moves that need each other have the same set and are one *unit*. `dropped` says, a sentence
    each, which constraints were left out because an end state itself breaks them.
    """

    base: State
    moves: Mapping[str, Move]
    needs: Mapping[str, Moved]
    dropped: tuple[str, ...] = ()

    @property
    def every(self) -> Moved:
        """All moves: the candidate."""
        return frozenset(self.moves)

    def below(self, keys: Iterable[str]) -> Moved:
        """Return the moves with everything that they need: the smallest state with them."""
        return frozenset().union(*(self.needs[key] for key in keys))

    def above(self, keys: Iterable[str]) -> Moved:
        """Return the moves with everything that needs them: what goes when they are held back."""
        wanted = frozenset(keys)
        return frozenset(key for key, needed in self.needs.items() if needed & wanted)

    def unit(self, key: str) -> Moved:
        """Return the moves that can only move together with this one, itself included."""
        return frozenset(each for each in self.needs[key] if key in self.needs[each])

    def is_closed(self, moved: Moved) -> bool:
        """Whether the state with just these moves can be installed."""
        return self.below(moved) == moved

    def state(self, moved: Moved) -> dict[str, str]:
        """Return the versions when just these moves are made."""
        versions = dict(self.base)
        for key in moved:
            new = self.moves[key].new
            if new is None:
                del versions[key]
            else:
                versions[key] = new
        return versions
