"""Small pieces of noting that several kinds of event share."""

from __future__ import annotations

from dataclasses import replace

from foretaste.core.facts import Entry, Facts, Note, Queue
from foretaste.core.message import Message, Owed
from foretaste.core.names import ChangeId, Member, ProspectKey, QueueName
from foretaste.core.prospect import Prospect
from foretaste.core.verdict import Verdict


def append_new(old: tuple[ChangeId, ...], *new: ChangeId) -> tuple[ChangeId, ...]:
    """Return `old` with those of `new` at its end that it does not hold yet."""
    return old + tuple(dict.fromkeys(item for item in new if item not in old))


def without(old: tuple[ChangeId, ...], *gone: ChangeId) -> tuple[ChangeId, ...]:
    """Return `old` without `gone`."""
    return tuple(item for item in old if item not in gone)


def with_note(facts: Facts, change: ChangeId, note: Note) -> Facts:
    """Return the facts with this note on a change."""
    return replace(facts, notes=facts.notes.set(change, note))


def requeue(facts: Facts, queue: Queue) -> Facts:
    """Return the facts with this queue in place of the one of its name."""
    return replace(facts, queues=facts.queues.set(queue.name, queue))


def reordered(queue: Queue, entries: tuple[Entry, ...]) -> Queue:
    """Return the queue with these entries; how often its head was refused is of that head alone."""
    if queue.entries[:1] == entries[:1]:
        return replace(queue, entries=entries)
    return replace(queue, entries=entries, refusals=0, refusal="")


def owe(facts: Facts, change: ChangeId, message: Message, number: int) -> Facts:
    """Return the facts with one more message owed; `number` tells it from earlier ones."""
    owed = Owed(change, message, f"{message.value}-{number}")
    return replace(facts, untold=(*facts.untold, owed))


def with_prospect(facts: Facts, prospect: Prospect) -> Facts:
    """Return the facts with this prospect in place of the one with its key."""
    return replace(facts, prospects=facts.prospects.set(prospect.key, prospect))


def in_queue(facts: Facts, prospect: Prospect) -> bool:
    """Return whether the members of a prospect still stand in a queue or are checked."""
    member = prospect.members[-1]
    if prospect.pipeline == "check":
        check = facts.checks.get(member.change)
        return check is not None and check.revision == member.revision
    entry = facts.place(member.change)
    return entry is not None and member in entry.members


def forget_prospect(facts: Facts, key: ProspectKey) -> Facts:
    """Return the facts without a prospect and its builds, unless one of them still runs.

    The queue's base stays known by its key alone: what it stands for is in the tips.
    """
    prospect = facts.prospects.get(key)
    # A build that runs must find its prospect when it ends, or its verdict were of nothing.
    if prospect is None or key in facts.live.values():
        return facts
    runs, builds = facts.runs, facts.builds
    for plan in prospect.plans:
        for job in plan.jobs:
            run = (key, None if job.shared else plan.change, job.name)
            for build in runs.get(run, ()):
                builds = builds.delete(build)
            runs = runs.delete(run) if run in runs else runs
    tried = facts.tried
    first = prospect.members[-1].change
    keys = tuple(other for other in tried.get(first, ()) if other != key)
    tried = tried.set(first, keys) if keys else tried.delete(first)
    return replace(
        facts, prospects=facts.prospects.delete(key), runs=runs, builds=builds, tried=tried
    )


def forget_tried(facts: Facts, change: ChangeId) -> Facts:
    """Forget every prospect of a change that nothing stands on any more."""
    for key in facts.tried.get(change, ()):
        prospect = facts.prospects.get(key)
        if prospect is not None and not in_queue(facts, prospect):
            facts = forget_prospect(facts, key)
    return facts


def leave_queue(
    facts: Facts, name: QueueName, member: Member, *, verdict: Verdict, at: float
) -> Facts:
    """Take a change out of its queue with a verdict; those that need it are to be looked at."""
    queue = facts.queues[name]
    note = facts.note(member.change)
    entries = tuple(entry for entry in queue.entries if member not in entry.members)
    facts = requeue(facts, reordered(queue, entries))
    left = replace(
        note,
        verdict=verdict,
        revision=member.revision,
        approval=facts.changes[member.change].approval,
        enqueued=0,
        dequeue=False,
        waits=None,
        at=at,
    )
    facts = with_note(facts, member.change, left)
    facts = owe(facts, member.change, Message.ENDED, note.enqueued)
    dependents = facts.needed_by.get(member.change, ())
    facts = replace(facts, disturbed=append_new(facts.disturbed, *dependents))
    return forget_tried(facts, member.change)
