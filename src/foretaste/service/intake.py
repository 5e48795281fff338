"""Intake: what people ask becomes events, or an answer that says why not.

Intents are taken one after the other on the facts that the ones before have made, and everything
that an answer promises is stored before it is given.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from foretaste.core.change import Change
from foretaste.core.events import (
    ChangesSeen,
    DequeueAsked,
    EnqueueAsked,
    Event,
    Held,
    Promoted,
    Resumed,
)
from foretaste.core.facts import Facts
from foretaste.core.names import ChangeId
from foretaste.service.intents import (
    Abandon,
    Answer,
    Approve,
    Dequeue,
    Enqueue,
    Hold,
    Intent,
    Promote,
    Propose,
    Reopen,
    Resume,
    Withdraw,
)
from foretaste.service.proposals import propose


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What an intent comes to: its events and its answer. A refusal has no events."""

    answer: Answer
    events: tuple[Event, ...] = ()


def take(facts: Facts, intent: Intent) -> Taken:
    """Turn one intent into events, on these facts."""
    match intent:
        case Propose():
            answer, events = propose(facts, intent)
            return Taken(answer=answer, events=events)
        case Hold():
            return Taken(answer=Answer(), events=(Held(why=intent.why, by=intent.by),))
        case Resume():
            return Taken(answer=Answer(), events=(Resumed(by=intent.by),))
        case Promote():
            return _promote(facts, intent)
        case _:
            return _about(facts, intent)


def _promote(facts: Facts, intent: Promote) -> Taken:
    for change in intent.changes:
        if change not in facts.changes:
            return Taken(answer=unknown(change))
        if facts.place(change) is None:
            what = f"change {change} is in no queue"
            hint = f"`foretaste explain {change}` says what it waits for"
            return Taken(answer=Answer(code="FT412", what=what, hint=hint))
    event = Promoted(changes=intent.changes, by=intent.by)
    return Taken(answer=Answer(changes=intent.changes), events=(event,))


def unknown(change: ChangeId) -> Answer:
    """Return the answer to whoever names a change that is not there."""
    return Answer(
        code="FT410", what=f"there is no change {change}", hint="`foretaste changes` lists them"
    )


About = Approve | Withdraw | Abandon | Reopen | Dequeue | Enqueue


def _about(facts: Facts, intent: About) -> Taken:
    change = facts.changes.get(intent.change)
    if change is None:
        return Taken(answer=unknown(intent.change))
    if facts.note(change.id).landed is not None:
        what = f"change {change.id} has landed"
        hint = "what is out is out: propose a new change that reverts it"
        return Taken(answer=Answer(code="FT411", what=what, hint=hint))
    if isinstance(intent, Approve):
        return _approve(change, intent)
    if isinstance(intent, Dequeue | Enqueue):
        return _operate(facts, intent)
    return _own(change, intent)


def _own(change: Change, intent: Withdraw | Abandon | Reopen) -> Taken:
    match intent:
        case Withdraw():
            rest = tuple(name for name in change.approved_by if name != intent.by)
            return _seen(replace(change, approved_by=rest), "withdrawn", intent.by)
        case Abandon():
            why = f"abandoned: {intent.why}" if intent.why else "abandoned"
            return _seen(replace(change, open=False), why, intent.by)
        case Reopen():
            return _seen(replace(change, open=True), "reopened", intent.by)


def _approve(change: Change, intent: Approve) -> Taken:
    if not change.open:
        what, hint = f"change {change.id} is abandoned", f"`foretaste reopen {change.id}` opens it"
        return Taken(answer=Answer(code="FT413", what=what, hint=hint))
    if intent.revision not in {0, change.revision}:
        what = f"change {change.id} is at revision {change.revision}, not {intent.revision}"
        hint = "look at the new revision, then approve it"
        return Taken(answer=Answer(code="FT414", what=what, hint=hint))
    approvers = tuple(dict.fromkeys((*change.approved_by, intent.by)))
    approved = replace(change, approved_by=approvers, approval=change.approval + 1)
    return _seen(approved, "approved", intent.by)


def _operate(facts: Facts, intent: Dequeue | Enqueue) -> Taken:
    if isinstance(intent, Enqueue):
        asked = EnqueueAsked(change=intent.change, by=intent.by)
        return Taken(answer=Answer(changes=(intent.change,)), events=(asked,))
    if facts.place(intent.change) is None:
        what = f"change {intent.change} is in no queue"
        return Taken(answer=Answer(code="FT412", what=what, hint="there is nothing to take out"))
    event = DequeueAsked(change=intent.change, by=intent.by)
    return Taken(answer=Answer(changes=(intent.change,)), events=(event,))


def _seen(change: Change, why: str, by: str) -> Taken:
    change = replace(change, version=change.version + 1)
    event = ChangesSeen(changes=(change,), about=(change.id,), why=why, by=by)
    return Taken(answer=Answer(changes=(change.id,)), events=(event,))
