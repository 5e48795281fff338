"""Settle: the one path by which an item lands, for success, error, time-out and restart alike.

Git is read first. A tested commit that is the branch's tip, or an ancestor of it, has landed: a
refused compare-and-swap may be the gate's own earlier push. A branch that is where it was can be
moved. Anything else was moved by somebody else, and the item is tested again.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from foretaste.core.events import Event, Frozen, Landed, LandingRefused, LandWanted, TipsSeen
from foretaste.core.prospect import Move
from foretaste.ports.errors import PermanentError
from foretaste.ports.forge import Forge
from foretaste.ports.repository import Repository, Swap


class Place(enum.Enum):
    """Where a branch is, seen from one move."""

    BEFORE = "before"
    AFTER = "after"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Settler:
    """Lands items through a repository, if their forge still lets them."""

    repository: Repository
    forge: Forge

    def settle(self, deed: LandWanted) -> tuple[Event, ...]:
        """Land the item, or say why not; asking twice lands once.

        Raises:
            TransientError: a repository could not be reached or written; ask again.
        """
        places = [self._place(move) for move in deed.moves]
        if Place.ELSEWHERE in places:
            return self._moved(deed)
        pending = [m for m, place in zip(deed.moves, places, strict=True) if place is Place.BEFORE]
        begun = len(pending) < len(deed.moves)
        if pending and not begun:
            refusal = next(filter(None, map(self.forge.may_land, deed.members)), "")
            if refusal:
                return (LandingRefused(key=deed.key, detail=refusal),)
        return self._push(deed, pending, begun=begun)

    def _place(self, move: Move) -> Place:
        tip = self.repository.tip(move.ref)
        if tip == move.old:
            return Place.BEFORE
        if tip == move.new or self.repository.contains(move.ref, move.new):
            return Place.AFTER
        return Place.ELSEWHERE

    def _push(self, deed: LandWanted, pending: Sequence[Move], *, begun: bool) -> tuple[Event, ...]:
        """Move the branches, a project at a time; what has begun is finished forward."""
        for project in dict.fromkeys(move.ref.project for move in pending):
            swaps = tuple(
                Swap(ref=move.ref, old=move.old, new=move.new)
                for move in pending
                if move.ref.project == project
            )
            try:
                moved = self.repository.swap(project, swaps)
            except PermanentError as error:
                if begun:
                    return (self._torn(deed, error.what),)
                return (LandingRefused(key=deed.key, detail=error.what),)
            if not moved and begun:
                return (self._torn(deed, f"a branch of {project} was moved by somebody else"),)
            if not moved:
                return self._moved(deed)
            begun = True
        return self._read_back(deed)

    def _read_back(self, deed: LandWanted) -> tuple[Event, ...]:
        """Compare what each branch holds now with the tree that was tested."""
        landed = Landed(key=deed.key, moves=deed.moves)
        for move in deed.moves:
            tree = self.repository.tree(move.ref)
            if self.repository.tip(move.ref) == move.new and tree != move.tree:
                why = f"{move.ref.project} {move.ref.branch} holds tree {tree}, not {move.tree}"
                return landed, Frozen(queue=deed.queue, why=why)
        return (landed,)

    def _moved(self, deed: LandWanted) -> tuple[Event, ...]:
        """Say where the branches really are; the item is tested again there."""
        return (
            *self.look(move.ref for move in deed.moves),
            LandingRefused(key=deed.key, detail="the branch has moved", counts=False),
        )

    def look(self, refs: Iterable[object]) -> tuple[TipsSeen, ...]:
        """Read where these branches point."""
        wanted = set(refs)
        tips = sorted((ref, oid) for ref, oid in self.repository.tips().items() if ref in wanted)
        return (TipsSeen(tips=tuple(tips)),) if tips else ()

    def _torn(self, deed: LandWanted, why: str) -> Frozen:
        """Freeze a queue in which half an item has landed: a person has to look."""
        names = " ".join(member.change for member in deed.members)
        return Frozen(queue=deed.queue, why=f"{names} landed in part: {why}")
