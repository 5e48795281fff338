"""Showing: a branch against the index as people see it; from the board and what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from foretaste.core.names import Ref
from foretaste.report.releases import NewerView, ReleasesView
from foretaste.service.watch.asking import CheckedBump
from foretaste.service.watch.kept import Judged
from foretaste.service.watch.offers import Candidate
from foretaste.service.watch.standing import Ask, Board


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What is shown of one branch, and the newest report on it, as Markdown."""

    view: ReleasesView
    report: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Now:
    """What is going on: the check that runs, and when the index was last asked.

    `why` is what the branch rests for, `stuck` what a person has to look at, or "".
    """

    why: str = ""
    stuck: str = ""
    running: Ask | None = None
    looked_at: float = 0.0


def shown(board: Board, now: Now) -> Shown:
    """Return a branch as it is shown."""
    judged = _told(board)
    newest: dict[str, Candidate] = {each.name: each for each in board.offered}
    bump = CheckedBump(verdict="") if judged is None else judged.bump
    newer = tuple(_newer(board, each, bump) for each in newest.values())
    checking = now.running is not None and now.running.question.ref == board.ref
    report = "" if judged is None else judged.bump.report
    view = ReleasesView(
        project=board.ref.project,
        branch=board.ref.branch,
        state=_state(board, newer, stuck=bool(now.stuck), checking=checking),
        why=now.stuck or now.why or board.record.note or _unreadable(board),
        change=_change(board),
        newer=newer,
        files=tuple(sorted(board.locks.files)),
        checked_at=max((each.at for each in board.record.judged), default=0.0),
        looked_at=now.looked_at,
        report=bool(report),
    )
    return Shown(view=view, report=report)


def in_order(found: Mapping[Ref, Shown]) -> tuple[ReleasesView, ...]:
    """Return the views by project and branch."""
    return tuple(found[ref].view for ref in sorted(found))


def _change(board: Board) -> str:
    """Return the change that proposes what moves, while it is open or once it has landed."""
    standing = board.standing
    if standing is None or not (standing.open or standing.landed):
        return ""
    return standing.change


def _told(board: Board) -> Judged | None:
    """Return the answer that says most of what is offered now: to all of it, else to what is due."""
    subjects = (board.subject(board.offered), board.subject(board.due))
    answers = (board.record.of(subject) for subject in subjects)
    newest = board.record.judged[0] if board.record.judged and board.offered else None
    return next((each for each in answers if each is not None), newest)


def _newer(board: Board, candidate: Candidate, bump: CheckedBump) -> NewerView:
    name = candidate.name
    accepted, why = bump.accepted.get(name), bump.held.get(name, "")
    state = "newer"
    if why:
        state = "held"
    elif accepted is not None and accepted != board.locks.pins[name]:
        state = "moves" if candidate.ready <= board.now else "waits"
    return NewerView(
        name=name,
        old=board.locks.pins[name],
        new=accepted if state in {"moves", "waits"} and accepted else candidate.version,
        state=state,
        why=why,
        uploaded=candidate.uploaded,
        ready=candidate.ready,
    )


def _state(board: Board, newer: tuple[NewerView, ...], *, stuck: bool, checking: bool) -> str:
    standing = board.standing
    if checking:
        return "checking"
    if stuck or board.waiting:
        return "stuck"
    if standing is not None and standing.open:
        return "proposed"
    if not newer:
        return "current"
    return "held" if all(each.state == "held" for each in newer) else "waiting"


def _unreadable(board: Board) -> str:
    return "; ".join(f"{path}: {why}" for path, why in sorted(board.locks.unreadable.items()))
