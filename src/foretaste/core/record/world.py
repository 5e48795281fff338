"""Noting what the world said and what operators asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from immutables import Map

from foretaste.core.build import BuildState
from foretaste.core.change import Change
from foretaste.core.events import (
    ChangesSeen,
    Configured,
    Conflicted,
    DequeueAsked,
    EnqueueAsked,
    Frozen,
    Held,
    Landed,
    LandingRefused,
    Misconfigured,
    Prepared,
    Promoted,
    Recorded,
    Reported,
    Resumed,
    TipsSeen,
    Unprepared,
)
from foretaste.core.facts import Entry, Facts, Queue
from foretaste.core.family import groups
from foretaste.core.names import BuildId, ChangeId, ProspectKey, QueueName
from foretaste.core.preparing import answered
from foretaste.core.prospect import ProspectState
from foretaste.core.record.fold import fold
from foretaste.core.record.parts import (
    append_new,
    forget_prospect,
    leave_queue,
    reordered,
    requeue,
    with_note,
    with_prospect,
    without,
)
from foretaste.core.verdict import Outcome, Verdict


@fold.register
def configured(event: Configured, facts: Facts, recorded: Recorded) -> Facts:
    """Take the settings; running queues keep their window as the policy says.

    A queue through which a project lands under other rules gets a new base: what its prospects
    have to pass was read under the old ones.
    """
    queues = facts.queues
    for project in event.projects:
        before = facts.projects.get(project.name)
        renewed = before is not None and before.rules != project.rules
        for branch in project.branches:
            name = project.queue_of(branch)
            old = queues.get(name)
            window = event.policy.window if old is None else event.policy.reconfigured(old.window)
            base = ProspectKey(f"root:{name}:{recorded.seq}")
            queue = Queue(name=name, window=window, base=base) if old is None else old
            if renewed:
                rules = ProspectKey(f"rules:{name}:{recorded.seq}")
                queue = replace(queue, base=rules, landing=())
            queues = queues.set(name, replace(queue, window=window))
    facts = replace(
        facts,
        policy=event.policy,
        projects=Map({project.name: project for project in event.projects}),
        semaphores=Map(dict(event.semaphores)),
        queues=queues,
    )
    return replace(facts, disturbed=append_new(facts.disturbed, *_homeless(facts)))


def _homeless(facts: Facts) -> Iterator[ChangeId]:
    """Yield the changes in a queue that their branch does not land through any more."""
    for queue in facts.queues.values():
        for entry in queue.entries:
            yield from (name for name in entry.changes if facts.queue_of(name) is not queue)


@fold.register
def tips_seen(event: TipsSeen, facts: Facts, recorded: Recorded) -> Facts:
    """Take the branches' commits; a move from outside gives their queues a new base."""
    tips, queues = facts.tips, facts.queues
    for ref, oid in event.tips:
        if tips.get(ref) == oid:
            continue
        tips = tips.set(ref, oid)
        project = facts.projects.get(ref.project)
        name = QueueName("") if project is None else project.queue_of(ref.branch)
        if name in queues:
            base = ProspectKey(f"tips:{name}:{recorded.seq}")
            queues = queues.set(name, replace(queues[name], base=base, landing=()))
    return replace(facts, tips=tips, queues=queues)


@fold.register
def changes_seen(event: ChangesSeen, facts: Facts, recorded: Recorded) -> Facts:
    """Take what the forge showed; what the event was about is to be looked at."""
    changes, needed_by = facts.changes, facts.needed_by
    shaken = list[ChangeId]()
    for change in event.changes:
        old = changes.get(change.id)
        # Forges tell late and out of turn; what is older than what is known is no news.
        if old is not None and old.version > change.version:
            continue
        if old is not None and facts.note(change.id).enqueued and _standing(old, change):
            shaken.append(change.id)
        for need in () if old is None else old.needs:
            needed_by = needed_by.set(need, without(needed_by[need], change.id))
        changes = changes.set(change.id, change)
        for need in change.needs:
            needed_by = needed_by.set(need, append_new(needed_by.get(need, ()), change.id))
    facts = replace(
        facts,
        changes=changes,
        needed_by=needed_by,
        noticed=append_new(facts.noticed, *event.about),
        disturbed=append_new(facts.disturbed, *without(tuple(shaken), *event.about)),
    )
    for about in event.about:
        facts = with_note(facts, about, replace(facts.note(about), at=recorded.at))
    return facts


def _standing(old: Change, new: Change) -> bool:
    """Whether a queued change is not what it was when it was let in, so that it may have to go."""
    return (
        (old.revision, old.open, old.landable) != (new.revision, new.open, new.landable)
        or old.approved_by != new.approved_by
        or old.needs != new.needs
    )


@fold.register(Prepared)
@fold.register(Conflicted)
@fold.register(Misconfigured)
def prepared(
    event: Prepared | Conflicted | Misconfigured, facts: Facts, _recorded: Recorded
) -> Facts:
    """Take what came of a prospect's preparation."""
    prospect = facts.prospects.get(event.key)
    return facts if prospect is None else with_prospect(facts, answered(prospect, event))


@fold.register
def unprepared(event: Unprepared, facts: Facts, _recorded: Recorded) -> Facts:
    """Forget a prospect that could not be prepared, so that it can be asked for again."""
    prospect = facts.prospects.get(event.key)
    if prospect is None or prospect.status is not ProspectState.WANTED:
        return facts
    return forget_prospect(facts, event.key)


@fold.register
def landed(event: Landed, facts: Facts, recorded: Recorded) -> Facts:
    """Move the tips, open the window, and look again at what waited for the item."""
    prospect = facts.prospects.get(event.key)
    if prospect is None:
        return facts
    tips = facts.tips.update({move.ref: move.new for move in event.moves})
    queue = facts.queues[prospect.queue]
    # What stands behind keeps its prospects only where nothing came in between.
    kept = prospect.base == queue.base
    queue = replace(
        queue,
        base=event.key if kept else ProspectKey(f"landed:{queue.name}:{recorded.seq}"),
        landing=tuple(key for key in queue.landing if key != event.key),
        refusals=0,
        refusal="",
        window=facts.policy.opened(queue.window),
    )
    facts = replace(facts, tips=tips, queues=facts.queues.set(queue.name, queue))
    facts = _count_tests(facts, event.key)
    verdict = Verdict(outcome=Outcome.PASSED, builds=_deciding(facts, event.key))
    moved = {move.ref: move.new for move in event.moves}
    for member in prospect.members:
        change = facts.changes[member.change]
        note = facts.note(member.change)
        # A change that added nothing to its branch moved nothing; its own commit is there already.
        note = replace(note, landed=moved.get(change.ref, change.commit))
        facts = with_note(facts, member.change, note)
        facts = leave_queue(facts, queue.name, member, verdict=verdict, at=recorded.at)
    return facts


def _deciding(facts: Facts, key: ProspectKey) -> tuple[BuildId, ...]:
    """Return the newest build of each job of a prospect."""
    prospect = facts.prospects[key]
    runs = (
        facts.runs.get((key, None if job.shared else plan.change, job.name), ())
        for plan in prospect.plans
        for job in plan.jobs
    )
    return tuple(dict.fromkeys(ids[-1] for ids in runs if ids))


def _count_tests(facts: Facts, key: ProspectKey) -> Facts:
    """Remember how many tests each job had, to notice when a later report holds far fewer."""
    counts = facts.counts
    for build_id in _deciding(facts, key):
        build = facts.builds[build_id]
        owned, tests = facts.owner(build), build.evidence.tests
        if owned is not None and tests is not None and build.state is BuildState.PASSED:
            counts = counts.set((facts.changes[owned[0]].ref, build.job), tests)
    return replace(facts, counts=counts)


@fold.register
def landing_refused(event: LandingRefused, facts: Facts, _recorded: Recorded) -> Facts:
    """Count the refusal; the item may be tried again until the policy's limit."""
    prospect = facts.prospects.get(event.key)
    queue = None if prospect is None else facts.queues.get(prospect.queue)
    # Settled twice (at least once is all that is promised): the first answer has counted.
    if queue is None or event.key not in queue.landing:
        return facts
    landing = tuple(key for key in queue.landing if key != event.key)
    if not event.counts:
        return requeue(facts, replace(queue, landing=landing))
    return requeue(
        facts,
        replace(queue, landing=landing, refusals=queue.refusals + 1, refusal=event.detail),
    )


@fold.register
def reported(event: Reported, facts: Facts, _recorded: Recorded) -> Facts:
    """Count the message."""
    note = facts.note(event.change)
    return with_note(facts, event.change, replace(note, reports=note.reports + 1))


@fold.register
def promoted(event: Promoted, facts: Facts, _recorded: Recorded) -> Facts:
    """Put the changes at the front, each after what it needs; the rest keeps its order."""
    for queue in facts.queues.values():
        front = _front(facts, queue, event.changes)
        rest = tuple(entry for entry in queue.entries if entry not in front)
        facts = requeue(facts, reordered(queue, front + rest))
    return facts


def _front(facts: Facts, queue: Queue, changes: tuple[ChangeId, ...]) -> tuple[Entry, ...]:
    """Return the entries of these changes in this order, each after what it needs."""
    entries = {change: entry for entry in queue.entries for change in entry.changes}

    def needs(change: ChangeId) -> tuple[ChangeId, ...]:
        return tuple(need for need in facts.changes[change].needs if need in entries)

    ordered = (
        entries[member]
        for change in changes
        if change in entries
        for group in groups(change, needs)
        for member in group
    )
    return tuple(dict.fromkeys(ordered))


@fold.register
def dequeue_asked(event: DequeueAsked, facts: Facts, _recorded: Recorded) -> Facts:
    """Mark a queued change as one that is to leave."""
    if event.change not in facts.changes or facts.place(event.change) is None:
        return facts
    facts = with_note(facts, event.change, replace(facts.note(event.change), dequeue=True))
    return replace(facts, disturbed=append_new(facts.disturbed, event.change))


@fold.register
def enqueue_asked(event: EnqueueAsked, facts: Facts, _recorded: Recorded) -> Facts:
    """Look at a change again, whatever its last verdict was."""
    if event.change not in facts.changes:
        return facts
    note = facts.note(event.change)
    if not note.enqueued and note.landed is None:
        facts = with_note(facts, event.change, replace(note, verdict=None))
    return replace(facts, noticed=append_new(facts.noticed, event.change))


@fold.register
def held(event: Held, facts: Facts, _recorded: Recorded) -> Facts:
    """Hold the gate."""
    return replace(facts, held=event.why or "held")


@fold.register
def resumed(_event: Resumed, facts: Facts, _recorded: Recorded) -> Facts:
    """Let the gate go on; frozen queues as well, since a person has looked."""
    for queue in facts.queues.values():
        facts = requeue(facts, replace(queue, frozen=""))
    return replace(facts, held="")


@fold.register
def frozen(event: Frozen, facts: Facts, _recorded: Recorded) -> Facts:
    """Stop a queue from landing."""
    return requeue(facts, replace(facts.queues[event.queue], frozen=event.why))
