"""Bumps: the one change of a branch that moves its pins, proposed through the gate's own intake.

It is a change like any other: it is checked, queued, tested in the state that it would create, and
landed only then. A newer proposal is a new revision of it, since both have the same topic; one that
has nothing left to move is closed. Whether it needs a person's approval is for the gate's settings:
it is approved by itself exactly where they give the user `foretaste` the role `approve`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from foretaste.core.change import Change
from foretaste.core.facts import Facts
from foretaste.core.names import ChangeId, Ref
from foretaste.ports.errors import PermanentError, UserError
from foretaste.report.plain import one_line
from foretaste.service.intents import Abandon, Answer, Intent, Proposal, Propose
from foretaste.service.watch.asking import Writer
from foretaste.service.watch.kept import Kept, Proposed
from foretaste.service.watch.lockfiles import Relock, moved, read_locks
from foretaste.service.watch.standing import Board, Offer, Standing
from foretaste.taste.moves import Move, moves_between

BY: Final = "foretaste"
TOPIC: Final = "foretaste/bump"
SUBJECT_LENGTH: Final = 72
WHY_LENGTH: Final = 200
MOST_NOTICED: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Bumps:
    """Proposes and takes back; `approves` tells whether `BY` may approve now."""

    facts: Callable[[], Facts]
    submit: Callable[[Intent], Answer]
    writer: Writer
    relock: Relock
    approves: Callable[[], bool]

    def standings(self) -> dict[Ref, Standing]:
        """Return the newest bump of every branch that has one."""
        facts = self.facts()
        ours = [each for each in facts.changes.values() if is_bump(each)]
        return {
            change.ref: Standing(
                change=change.id,
                commit=change.commit,
                open=change.open and facts.note(change.id).landed is None,
                landed=facts.note(change.id).landed is not None,
            )
            for change in sorted(ours, key=lambda each: each.number)
        }

    def propose(self, board: Board, offer: Offer, kept: Kept) -> None:
        """Propose what a check let go on, and keep that it was.

        What is to be proposed is kept before it is: after a death in between, it is known as ours.

        Raises:
            UserError: a lock cannot be moved so, or another change has the topic.
            TransientError: it may pass.
        """
        self._free(board.ref)
        written = moved(board.locks, offer.moves, board.pages, self.relock)
        going = _as_written(board, offer, written)
        text = message(board, offer, going)
        dated = (int(offer.judged.at), text)
        commit = self.writer.commit(board.ref.project, board.tip, written, dated)
        proposed = Proposed(
            want=offer.want,
            subject=offer.judged.subject,
            commit=commit,
            change=ChangeId(""),
            at=offer.judged.at,
            candidates=offer.candidates,
        )
        kept.keep(board.ref, kept.record(board.ref).with_proposal(proposed))
        answer = self.submit(
            Propose(
                project=board.ref.project,
                branch=board.ref.branch,
                topic=TOPIC,
                proposals=(
                    Proposal(commit=commit, parent=board.tip, subject=text.partition("\n")[0]),
                ),
                approve=self.approves(),
                by=BY,
            )
        )
        _taken(answer)
        named = replace(proposed, change=answer.changes[0])
        kept.keep(board.ref, kept.record(board.ref).with_proposal(named))

    def take_back(self, change: ChangeId, why: str) -> None:
        """Close a bump, for a reason that its story tells; one that has ended stays as it is."""
        answer = self.submit(Abandon(change=change, by=BY, why=one_line(why)[:WHY_LENGTH]))
        if answer.code != "FT411":  # it landed in the meantime
            _taken(answer)

    def _free(self, ref: Ref) -> None:
        """Make sure that nobody else's change has the topic: ours would be a revision of it."""
        other = next(
            (
                change
                for change in self.facts().changes.values()
                if change.ref == ref
                and change.change_key == f"topic:{TOPIC}"
                and change.owner != BY
                and change.open
                and self.facts().note(change.id).landed is None
            ),
            None,
        )
        if other is not None:
            what = f"change {other.id} of {other.owner} has the topic {TOPIC}"
            raise UserError("FT944", what, hint=f"`foretaste abandon {other.id}`")


def is_bump(change: Change) -> bool:
    """Whether a change was proposed by the watcher."""
    return change.owner == BY and change.change_key == f"topic:{TOPIC}"


def _taken(answer: Answer) -> None:
    if not answer.taken:
        raise PermanentError(answer.code, answer.what, hint=answer.hint)


def _as_written(board: Board, offer: Offer, written: dict[str, bytes]) -> tuple[Move, ...]:
    """Return what the written files move, which must be just what was tested.

    Raises:
        UserError: it is not, or nothing (FT945).
    """
    after = read_locks({**board.locks.files, **written}, {}).pins
    going = moves_between(board.locks.pins, after)
    aims = {move.key: move.new for move in offer.moves}
    strange = [move for move in going if aims.get(move.key, move.old) != move.new]
    missing = [
        move for move in offer.moves if move.old is not None and after.get(move.key) != move.new
    ]
    if strange or missing or not going:
        names = ", ".join(move.key for move in (*strange, *missing)) or "nothing"
        raise UserError(
            "FT945",
            f"the lock files cannot be moved to just what was tested: {names}",
            hint="move them by hand, as the report says, and propose that",
        )
    return going


def message(board: Board, offer: Offer, going: Sequence[Move]) -> str:
    """Return the message of a bump: what moves, from where to where, and why it is believed."""
    bump = offer.judged.bump
    uploaded = {(each.name, each.version): each.uploaded for each in offer.candidates}
    when = f"{datetime.fromtimestamp(offer.judged.at, UTC):%Y-%m-%d %H:%M} UTC"
    lines = [
        _subject(going),
        "",
        f"The tests of {board.ref.project} passed with these releases together, at",
        f"{offer.judged.commit} on {when}.",
        "",
        *(_line(move, uploaded) for move in going),
    ]
    if bump.held:
        lines += ["", "Held back, and not moved here:", ""]
        lines += [
            f"- {name}{bump.caps.get(name, '')}: {one_line(why)[:WHY_LENGTH]}"
            for name, why in sorted(bump.held.items())
        ]
    if bump.noticed:
        lines += ["", "Noticed, and believed neither way:", ""]
        lines += [f"- {one_line(each)[:WHY_LENGTH]}" for each in bump.noticed[:MOST_NOTICED]]
    return "\n".join(lines) + "\n"


def _subject(going: Sequence[Move]) -> str:
    moving = [move for move in going if move.new is not None and move.old is not None]
    if len(moving) == 1:
        return f"Move {moving[0].name} from {moving[0].old} to {moving[0].new}"
    head = f"Move {len(moving)} dependencies: "
    return head + _fitting([f"{move.name} {move.new}" for move in moving], SUBJECT_LENGTH, head)


def _fitting(words: Iterable[str], length: int, head: str) -> str:
    """Return as many words as fit, with a sign for those left out."""
    shown = ""
    for word in words:
        longer = f"{shown}, {word}" if shown else word
        if len(head) + len(longer) > length - 2:
            return f"{shown} …" if shown else word
        shown = longer
    return shown


def _line(move: Move, uploaded: dict[tuple[str, str], float]) -> str:
    if move.new is None:
        return f"- {move.name} {move.old} -> (nothing needs it any more)"
    at = uploaded.get((move.name, move.new), 0.0)
    since = f", on the index since {datetime.fromtimestamp(at, UTC):%Y-%m-%d}" if at else ""
    return f"- {move.name} {move.old or '(new)'} -> {move.new}{since}"
