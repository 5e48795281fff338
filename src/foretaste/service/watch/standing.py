"""Standing: how one branch stands against the index, and what is to be done about it. Pure.

It is worked out anew at each look, from the tip's pins, the index's pages, what was kept and how
the open bump stands; so a look more or less, or one that was cut short, does no harm.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from packaging.version import InvalidVersion, Version

from foretaste.core.names import ChangeId, Oid, Ref
from foretaste.ports.index import IndexPage
from foretaste.service.watch.asking import Question
from foretaste.service.watch.kept import Judged, Proposed, Record
from foretaste.service.watch.lockfiles import Locks
from foretaste.service.watch.offers import Candidate, Terms, candidate_of, subject_of, withdrawn
from foretaste.taste.moves import Move

AGAIN = 86400.0
"""Seconds after which what was held back, or not decided, is asked anew on a branch that moved."""

UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The change that was proposed, as the gate has it now."""

    change: ChangeId
    commit: Oid
    open: bool
    landed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """Everything that is known of one branch at one moment; `now` is in seconds since 1970.

    `offered` are all candidates. `pages` are those of the pins, and of what checks have accepted
    beside them. `names` that could not be asked about are in `unknown`: of these nothing is said.
    """

    ref: Ref
    tip: Oid
    locks: Locks
    terms: Terms
    offered: tuple[Candidate, ...]
    pages: Mapping[str, IndexPage]
    record: Record
    now: float
    standing: Standing | None = None
    unknown: frozenset[str] = frozenset()

    @property
    def waiting(self) -> str:
        """Return why nothing can be said of the branch now, "" where something can."""
        standing = self.standing
        if standing is not None and standing.open and standing.commit not in self.record.ours:
            return f"somebody has pushed to change {standing.change}: it is left to people"
        if self.unknown:
            names = ", ".join(sorted(self.unknown)[:5])
            return f"the index has not told of {names} yet"
        return ""

    @property
    def due(self) -> tuple[Candidate, ...]:
        """Return the candidates that are old enough to land."""
        return tuple(each for each in self.offered if each.ready <= self.now)

    def subject(self, candidates: Sequence[Candidate]) -> str:
        """Return what names the question about these candidates."""
        return subject_of(self.ref, self.locks.pins, candidates)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """Ask what these candidates do."""

    subject: str
    candidates: tuple[Candidate, ...]
    question: Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """Propose what a check has accepted, in place of what was proposed before."""

    want: str
    judged: Judged
    moves: tuple[Move, ...]
    candidates: tuple[Candidate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeBack:
    """Close the open bump, for this reason."""

    change: ChangeId
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """Do nothing, for this reason."""

    why: str = ""


Step = Ask | Offer | TakeBack | Rest


def step_of(board: Board) -> Step:
    """Return what is to be done now, one thing at a time."""
    gone = _withdrawn(board, board.record.proposed)
    if gone:
        return _back(board, gone)
    if board.waiting:
        return Rest(why=board.waiting)
    due = board.due
    if not due:
        return _nothing_due(board)
    judged = board.record.of(board.subject(due))
    if judged is None or _stale(board, judged):
        return _ask(board, due)
    step = _of_answer(board, judged)
    early = board.record.of(board.subject(board.offered))
    if isinstance(step, Rest) and early is None:
        return _ask(board, board.offered)
    return step


def lost(candidates: Sequence[Candidate], pages: Mapping[str, IndexPage]) -> str:
    """Return why one of these is not what it was when it was asked about, "" where all are."""
    told = (withdrawn(each, pages.get(each.name)) for each in candidates if each.name in pages)
    return next((why for why in told if why), "")


def _nothing_due(board: Board) -> Step:
    if board.standing is not None and board.standing.open:
        return _back(board, "nothing is left that may move")
    if board.offered and board.record.of(board.subject(board.offered)) is None:
        return _ask(board, board.offered)
    return Rest(why="" if board.offered else "nothing newer is there")


def _of_answer(board: Board, judged: Judged) -> Step:
    """Return what an answer to what is due asks for."""
    moves = moves_of(board.locks.pins, judged)
    if not moves:
        return _back(board, judged.bump.why or "nothing of what is newer may go on")
    candidates, unfit = _accepted(board, moves)
    if unfit:
        return Rest(why=unfit)
    want = _want(board, moves)
    proposed = board.record.proposed
    if proposed is not None and proposed.want == want and proposed.change:
        return Rest(why=_proposed_already(board.standing))
    return Offer(want=want, judged=judged, moves=moves, candidates=candidates)


def _proposed_already(standing: Standing | None) -> str:
    if standing is None or standing.open:
        return ""
    return "" if standing.landed else f"change {standing.change} was closed: nothing newer is there"


def moves_of(pins: Mapping[str, str], judged: Judged) -> tuple[Move, ...]:
    """Return what a check let go on, of an answer that says something; sorted."""
    bump = judged.bump
    if bump.verdict == UNDECIDED:
        return ()
    going = [
        Move(key=name, old=pins.get(name), new=version)
        for name, version in bump.accepted.items()
        if pins.get(name) != version
    ]
    gone = [Move(key=name, old=pins[name], new=None) for name in bump.removed if name in pins]
    # What only appears is brought along by something that moves; by itself it is no reason.
    if not any(move.old is not None and move.new is not None for move in going):
        return ()
    return tuple(sorted([*going, *gone], key=lambda move: move.key))


def _accepted(board: Board, moves: Sequence[Move]) -> tuple[tuple[Candidate, ...], str]:
    """Return what is moved to, and why it may not land yet: whatever a check says, this is looked at.

    A package that only appears was in no lock, so its age is looked at here for the first time.
    """
    found: list[Candidate] = []
    offered = {(each.name, each.version): each for each in board.offered}
    for move in moves:
        if move.new is None:
            continue
        page = board.pages.get(move.name)
        if page is None:
            return (), f"the index has not told of {move.name} yet"
        candidate = offered.get((move.name, move.new)) or candidate_of(
            move.name, move.new, page, board.terms
        )
        if candidate is None:
            return (), f"{move.name} {move.new} is not on the index any more"
        if _backwards(move):
            return (), f"{move.name} would move back from {move.old} to {move.new}"
        if candidate.ready > board.now:
            when = datetime.fromtimestamp(candidate.ready, UTC)
            return (), f"{move.name} {move.new} may land from {when:%Y-%m-%d %H:%M} UTC on"
        found.append(candidate)
    return tuple(found), ""


def _backwards(move: Move) -> bool:
    try:
        return bool(move.old and move.new and Version(move.new) < Version(move.old))
    except InvalidVersion:
        return False


def _withdrawn(board: Board, proposed: Proposed | None) -> str:
    if proposed is None or board.standing is None or not board.standing.open:
        return ""
    return lost(proposed.candidates, board.pages)


def _back(board: Board, why: str) -> Step:
    standing = board.standing
    if standing is None or not standing.open:
        return Rest(why=why)
    return TakeBack(change=standing.change, why=why)


def _stale(board: Board, judged: Judged) -> bool:
    settled = judged.bump.verdict != UNDECIDED and not judged.bump.held
    if settled or board.now - judged.at < AGAIN:
        return False
    return judged.bump.verdict == UNDECIDED or judged.commit != board.tip


def _ask(board: Board, candidates: tuple[Candidate, ...]) -> Ask:
    """Ask about these candidates and no others.

    By upload time where that says the same; so a package that nobody pins yet is old enough too.
    """
    asked = {(each.name, each.version) for each in candidates}
    excluded: dict[str, list[str]] = {}
    for each in board.offered:
        if (each.name, each.version) not in asked:
            excluded.setdefault(each.name, []).append(f"!={each.version}")
    newest = max(each.uploaded for each in candidates)
    old, now = board.now - board.terms.rules.minimum_age, max(board.now, newest)
    return Ask(
        subject=board.subject(candidates),
        candidates=candidates,
        question=Question(
            ref=board.ref,
            commit=board.tip,
            base=board.locks.pins,
            as_of=datetime.fromtimestamp(old if newest <= old else now, UTC),
            files=tuple(sorted(board.locks.files)),
            excluded={name: ",".join(those) for name, those in excluded.items()},
            trials=board.terms.rules.trials,
            budget=board.terms.rules.budget,
        ),
    )


def _want(board: Board, moves: Sequence[Move]) -> str:
    """Return what names a proposal: the very lock files, and where their pins go."""
    digest = hashlib.sha256()
    for path, raw in sorted(board.locks.files.items()):
        digest.update(f"{path}\0{len(raw)}\0".encode() + raw)
    for move in moves:
        digest.update(f"\n{move.key} {move.old} {move.new}".encode())
    return digest.hexdigest()[:20]
