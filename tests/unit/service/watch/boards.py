"""Boards of one branch against an index in memory, as tests of the watcher need them."""

from __future__ import annotations

from dataclasses import replace

from foretaste.config.watching import Rules
from foretaste.core.names import ChangeId, Oid, ProjectName, Ref
from foretaste.service.watch.asking import CheckedBump
from foretaste.service.watch.kept import Judged, Proposed, Record
from foretaste.service.watch.lockfiles import read_locks
from foretaste.service.watch.offers import Seen, Terms, offers
from foretaste.service.watch.standing import Board, Offer, Standing, step_of
from tests.fakes.watched import DAY, MemoryIndex

NOW = 1_800_000_000.0
REF = Ref(ProjectName("alpha"), "main")
TIP, OTHER = Oid("a" * 40), Oid("b" * 40)


def board_of(index: MemoryIndex, record: Record | None = None) -> Board:
    """Return the board of a branch against an index, three days being old enough."""
    locks = read_locks({"requirements.txt": b"tiny==1.0\nother==1.0\n"}, {})
    terms = Terms(rules=Rules(minimum_age=3 * DAY), seen=Seen(first={}, now=NOW))
    pages = {name: index.page(name) for name in index.files}
    return Board(
        ref=REF,
        tip=TIP,
        locks=locks,
        terms=terms,
        offered=offers(locks.pins, pages, terms),
        pages=pages,
        record=record or Record(),
        now=NOW,
    )


def answered(board: Board, bump: CheckedBump, *, due: bool = True, at: float = NOW) -> Board:
    """Return the board after a check has said something of what is due, or of all."""
    candidates = board.due if due else board.offered
    judged = Judged(
        subject=board.subject(candidates), at=at, commit=TIP, candidates=candidates, bump=bump
    )
    return replace(board, record=board.record.with_answer(judged))


def proposed(board: Board, commit: Oid = OTHER, *, is_open: bool = True) -> Board:
    """Return the board after what it offers was proposed as change 7."""
    offer = step_of(board)
    assert isinstance(offer, Offer)
    kept = Proposed(
        want=offer.want,
        subject=offer.judged.subject,
        commit=OTHER,
        change=ChangeId("7"),
        at=NOW,
        candidates=offer.candidates,
    )
    standing = Standing(change=ChangeId("7"), commit=commit, open=is_open, landed=False)
    return replace(board, record=board.record.with_proposal(kept), standing=standing)
