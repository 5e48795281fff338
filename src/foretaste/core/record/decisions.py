"""Noting what the gate itself decided."""

from __future__ import annotations

from dataclasses import replace

from foretaste.core.build import Build
from foretaste.core.events import (
    BuildWanted,
    CancelWanted,
    CheckEnded,
    CheckStarted,
    Considered,
    Enqueued,
    Judged,
    LandWanted,
    ProspectWanted,
    Recorded,
    ReportWanted,
    Waited,
)
from foretaste.core.facts import Check, Entry, Facts
from foretaste.core.message import Message
from foretaste.core.names import ChangeId, Member
from foretaste.core.preparing import prospect_of
from foretaste.core.record.fold import fold
from foretaste.core.record.parts import (
    append_new,
    forget_tried,
    leave_queue,
    owe,
    requeue,
    with_note,
    without,
)
from foretaste.core.verdict import Outcome


def _answered(facts: Facts, *changes: ChangeId) -> Facts:
    return replace(
        facts,
        noticed=without(facts.noticed, *changes),
        disturbed=without(facts.disturbed, *changes),
    )


@fold.register
def considered(event: Considered, facts: Facts, _recorded: Recorded) -> Facts:
    """The change was looked at."""
    return _answered(facts, event.change)


@fold.register
def waited(event: Waited, facts: Facts, recorded: Recorded) -> Facts:
    """Note why a change is in no queue; a refusal is told."""
    note = replace(
        facts.note(event.change),
        waits=event.reason,
        waits_for=event.because,
        waits_detail=event.detail,
    )
    facts = with_note(_answered(facts, event.change), event.change, note)
    if event.told:
        facts = owe(facts, event.change, Message.REFUSED, recorded.seq)
    return facts


@fold.register
def enqueued(event: Enqueued, facts: Facts, recorded: Recorded) -> Facts:
    """Put the items at the queue's end."""
    queue, number = facts.queues[event.queue], facts.enqueued
    entries = tuple(
        Entry(number=number + place, members=members, at=recorded.at)
        for place, members in enumerate(event.items, start=1)
    )
    facts = requeue(facts, replace(queue, entries=queue.entries + entries))
    facts = replace(facts, enqueued=number + len(entries))
    for entry in entries:
        for change in entry.changes:
            note = replace(
                facts.note(change),
                verdict=None,
                waits=None,
                enqueued=entry.number,
                started=False,
                at=recorded.at,
            )
            facts = with_note(facts, change, note)
    return _answered(facts, event.about, *(c for entry in entries for c in entry.changes))


@fold.register
def check_started(event: CheckStarted, facts: Facts, recorded: Recorded) -> Facts:
    """Begin a check, in place of an earlier one of the change."""
    change = facts.changes[event.change]
    check = Check(
        change=event.change,
        revision=change.revision,
        queue=event.queue,
        members=(*event.needs, Member(event.change, change.revision)),
        base=event.base,
        state=event.state,
        number=recorded.seq,
        at=recorded.at,
    )
    facts = replace(facts, checks=facts.checks.set(event.change, check))
    return forget_tried(_answered(facts, event.change), event.change)


@fold.register
def check_ended(event: CheckEnded, facts: Facts, recorded: Recorded) -> Facts:
    """End a check; its verdict is told, one that was given up is not.

    A check that was given up since a change that it stands on has a new revision is to be
    started again: the change is looked at anew.
    """
    check = facts.checks.get(event.change)
    if check is None:
        return facts
    facts = replace(facts, checks=facts.checks.delete(event.change))
    if event.verdict is None and facts.place(event.change) is None:
        facts = replace(facts, noticed=append_new(facts.noticed, event.change))
    if event.verdict is not None:
        note = replace(
            facts.note(event.change),
            checked=event.verdict,
            checked_revision=check.revision,
            at=recorded.at,
        )
        facts = with_note(facts, event.change, note)
        if check.started or event.verdict.outcome is not Outcome.PASSED:
            facts = owe(facts, event.change, Message.CHECK_ENDED, check.number)
    return forget_tried(facts, event.change)


@fold.register
def prospect_wanted(event: ProspectWanted, facts: Facts, _recorded: Recorded) -> Facts:
    """Note that a prospect is being prepared."""
    # Kept by change: what leaves a queue forgets its own prospects without looking at all others.
    last = event.members[-1].change
    tried = facts.tried.set(last, (*facts.tried.get(last, ()), event.key))
    return replace(facts, prospects=facts.prospects.set(event.key, prospect_of(event)), tried=tried)


@fold.register
def build_wanted(event: BuildWanted, facts: Facts, recorded: Recorded) -> Facts:
    """Note that a build is being started."""
    build = Build(
        id=event.build,
        job=event.job,
        prospect=event.prospect,
        change=event.change,
        attempt=event.attempt,
        wanted_at=recorded.at,
    )
    job = facts.job(build)
    if job is not None:
        build = replace(build, inputs=job.inputs, semaphore=job.semaphore)
    run = (event.prospect, event.change, event.job)
    return replace(
        facts,
        builds=facts.builds.set(build.id, build),
        runs=facts.runs.set(run, (*facts.runs.get(run, ()), build.id)),
        live=facts.live.set(build.id, build.prospect),
        started=facts.started + 1,
    )


@fold.register
def cancel_wanted(event: CancelWanted, facts: Facts, _recorded: Recorded) -> Facts:
    """Note that a build is being stopped."""
    build = facts.builds[event.build]
    return replace(facts, builds=facts.builds.set(build.id, replace(build, cancelling=True)))


@fold.register
def land_wanted(event: LandWanted, facts: Facts, _recorded: Recorded) -> Facts:
    """Note that an item is being landed."""
    queue = facts.queues[event.queue]
    return requeue(facts, replace(queue, landing=(*queue.landing, event.key)))


@fold.register
def report_wanted(event: ReportWanted, facts: Facts, _recorded: Recorded) -> Facts:
    """The message is no longer owed but on its way."""
    gone = (event.change, event.message, event.report)
    return replace(facts, untold=tuple(owed for owed in facts.untold if owed != gone))


@fold.register
def judged(event: Judged, facts: Facts, recorded: Recorded) -> Facts:
    """Take the change out with its verdict; a failure at the head narrows the window.

    What is noticed of a newer revision is still to be answered: it may be approved already.
    """
    if facts.changes[event.change].revision == event.revision:
        facts = _answered(facts, event.change)
    facts = replace(facts, disturbed=without(facts.disturbed, event.change))
    queue = facts.queues[event.queue]
    if event.at_head:
        window = facts.policy.narrowed(queue.window)
        facts = requeue(facts, replace(queue, window=window, refusals=0, refusal=""))
    member = Member(event.change, event.revision)
    return leave_queue(facts, event.queue, member, verdict=event.verdict, at=recorded.at)
