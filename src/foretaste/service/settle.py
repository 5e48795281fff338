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

MOVED = "a branch was moved by somebody else"
NOT_DUE = "what it was tested on is not what stands there now"


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

    def settle(self, deed: LandWanted, *, due: bool = True) -> tuple[Event, ...]:
        """Land the item, or say why not; asking twice lands once.

        Where it is not `due` any more (what it was tested on did not land, or the gate is held),
        what has begun is finished, and nothing is begun. Where a repository cannot be read the
        queue is frozen: nothing can be proved of it.

        Raises:
            TransientError: a repository could not be reached or written; ask again.
        """
        try:
            return self._settle(deed, due=due)
        except PermanentError as error:
            return self._stopped(deed, error.what)

    def _settle(self, deed: LandWanted, *, due: bool) -> tuple[Event, ...]:
        places = self._places(deed.moves)
        begun = Place.AFTER in places
        if Place.ELSEWHERE in places:
            return self._torn(deed, MOVED) if begun else self._moved(deed)
        pending = [m for m, place in zip(deed.moves, places, strict=True) if place is Place.BEFORE]
        # Once a part has landed the rest has to follow, whatever forge or gate would say by now.
        refusal = None if begun else self._refusal(deed, pending, due=due)
        return (refusal,) if refusal is not None else self._push(deed, pending, begun=begun)

    def _places(self, moves: Iterable[Move]) -> list[Place]:
        return [self._place(move) for move in moves]

    def _place(self, move: Move) -> Place:
        tip = self.repository.tip(move.ref)
        if tip == move.old:
            return Place.BEFORE
        if tip == move.new or self.repository.contains(move.ref, move.new):
            return Place.AFTER
        return Place.ELSEWHERE

    def _refusal(
        self, deed: LandWanted, pending: Sequence[Move], *, due: bool
    ) -> LandingRefused | None:
        """Say why nothing of the item may be begun, by the gate's own lights or its forge's."""
        if not due:
            return LandingRefused(key=deed.key, detail=NOT_DUE, counts=False)
        if not pending:
            return None
        try:
            why = next(filter(None, map(self.forge.may_land, deed.members)), "")
        except PermanentError as error:
            why = error.what
        return LandingRefused(key=deed.key, detail=why) if why else None

    def _push(self, deed: LandWanted, pending: Sequence[Move], *, begun: bool) -> tuple[Event, ...]:
        """Move the branches, a project at a time; what has begun is finished forward."""
        # Git moves the refs of one repository together, and nothing spans two: so one by one.
        for project in dict.fromkeys(move.ref.project for move in pending):
            moves = [move for move in pending if move.ref.project == project]
            why = self._swap(project, moves)
            if why and begun:
                return self._torn(deed, why)
            if why and Place.ELSEWHERE in self._places(moves):
                return self._moved(deed)
            if why:
                return (LandingRefused(key=deed.key, detail=why),)
            begun = True
        return self._read_back(deed)

    def _swap(self, project: str, moves: Sequence[Move]) -> str:
        """Move the branches of one project; "" or why they were not.

        A refusal may come of the gate's own earlier move, whose answer was lost.
        """
        swaps = tuple(Swap(ref=move.ref, old=move.old, new=move.new) for move in moves)
        try:
            moved = self.repository.swap(project, swaps)
        except PermanentError as error:
            return error.what
        return "" if moved or set(self._places(moves)) == {Place.AFTER} else MOVED

    def _read_back(self, deed: LandWanted) -> tuple[Event, ...]:
        """Compare what each branch holds now with the tree that was tested."""
        landed = Landed(key=deed.key, moves=deed.moves)
        try:
            why = next(filter(None, map(self._mismatch, deed.moves)), "")
        except PermanentError as error:
            why = f"what landed cannot be read back: {error.what}"
        return (landed, Frozen(queue=deed.queue, why=why)) if why else (landed,)

    def _mismatch(self, move: Move) -> str:
        if self.repository.tip(move.ref) != move.new:
            return ""  # something else has landed on it since, which is not ours to judge
        tree = self.repository.tree(move.ref)
        if tree == move.tree:
            return ""
        return f"{move.ref.project} {move.ref.branch} holds tree {tree}, not {move.tree}"

    def _moved(self, deed: LandWanted) -> tuple[Event, ...]:
        """Say where the branches really are; the item is tested again there.

        A branch that is gone leaves nothing to test on: that counts as a refusal.
        """
        gone = [move.ref for move in deed.moves if self.repository.tip(move.ref) is None]
        if gone:
            why = f"{gone[0].project} has no branch {gone[0].branch} any more"
            return (LandingRefused(key=deed.key, detail=why),)
        return *self._look(deed), LandingRefused(key=deed.key, detail=MOVED, counts=False)

    def _look(self, deed: LandWanted) -> tuple[TipsSeen, ...]:
        """Read where the item's branches point."""
        tips = ((move.ref, self.repository.tip(move.ref)) for move in deed.moves)
        seen = tuple(sorted((ref, tip) for ref, tip in tips if tip is not None))
        return (TipsSeen(tips=seen),) if seen else ()

    def _torn(self, deed: LandWanted, why: str) -> tuple[Event, ...]:
        """Freeze a queue in which half an item has landed: a person has to look.

        The rest is tested anew on what the branches are now, and lands when the queue goes on.
        """
        names = " ".join(member.change for member in deed.members)
        return *self._look(deed), *self._stopped(deed, f"{names} landed in part: {why}")

    def _stopped(self, deed: LandWanted, why: str) -> tuple[Event, ...]:
        frozen = Frozen(queue=deed.queue, why=why)
        return frozen, LandingRefused(key=deed.key, detail=why, counts=False)
