"""Explain: *state, why, what next* of any change, from facts; every face prints this.

The result holds codes and data, no sentence: those are in `report.words`. Which code it is, is
decided here alone, so that no two faces disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import assert_never

from foretaste.core.blame import Memory, blame_of_stance, blame_of_verdict
from foretaste.core.cause import Cause, Explanation
from foretaste.core.change import Change
from foretaste.core.facts import Facts, Note, Queue
from foretaste.core.names import ChangeId
from foretaste.core.outlook import Holder, JobOutlook, Outlook, Stage, Wait, outlooks
from foretaste.core.past import Past
from foretaste.core.reasons import Reason, Standing
from foretaste.core.stance import JobState
from foretaste.core.standing import standing, standing_verdict
from foretaste.core.verdict import Outcome

# What a change that is approved and in no queue was refused for.
WAITS: Mapping[Reason | None, Cause] = {
    Reason.DEPENDENCY_WAITS: Cause.NEED_WAITS,
    Reason.DEPENDENCY_ELSEWHERE: Cause.NEED_ELSEWHERE,
    Reason.DEPENDENCY_CYCLE: Cause.NEED_IN_A_CYCLE,
    Reason.DEPENDENCY_FAILED: Cause.NEED_FAILED,
    Reason.FROZEN: Cause.QUEUE_CLOSED,
}


def explain(
    facts: Facts, change: ChangeId, past: Past | None = None, outlook: Outlook | None = None
) -> Explanation:
    """Return how a known change stands, why, and what is next.

    `past` remembers builds that facts have forgotten; `outlook` is the item's own where the
    caller has it already.
    """
    memory = Memory(facts, past or Past())
    known, note = facts.changes[change], facts.note(change)
    state = standing(facts, change)
    said = Explanation(
        change=change,
        standing=state,
        cause=Cause.NOT_APPROVED,
        project=known.project,
        branch=known.branch,
        revision=known.revision,
        commit=known.commit,
    )
    match state:
        case Standing.MERGED:
            return replace(said, cause=Cause.LANDED, commit=note.landed or "")
        case Standing.FAILED | Standing.LEFT:
            return _ended(memory, said, known, note)
        case Standing.OPEN:
            return _open(memory, said, note)
        case Standing.WAITING:
            return _waiting(facts, said, known, note)
        case Standing.QUEUED:
            return _queued(memory, said, outlook)
        case _:
            assert_never(state)


def _ended(memory: Memory, said: Explanation, change: Change, note: Note) -> Explanation:
    """Explain a verdict; a change that was closed in no queue has none, and is abandoned."""
    verdict = standing_verdict(change, note)
    if verdict is None:
        return replace(said, cause=Cause.ABANDONED, reason=Reason.ABANDONED)
    blame = blame_of_verdict(memory, change.id, verdict)
    because = None if blame.because == change.id else blame.because
    return replace(
        said,
        cause=blame.cause,
        reason=verdict.reason,
        blame=blame,
        because=because,
        stands=_stands(memory.facts, because),
        revision=note.revision,
        detail=blame.detail,
    )


def _open(memory: Memory, said: Explanation, note: Note) -> Explanation:
    """Explain a change that nobody has approved."""
    facts = memory.facts
    if facts.queue_of(said.change) is None:
        return replace(said, cause=Cause.NOT_GUARDED, names=_guarded(facts, said))
    if said.change in facts.checks:
        return replace(said, cause=Cause.CHECK_RUNNING)
    said = replace(said, reason=Reason.NOT_APPROVED)
    checked = note.checked if note.checked_revision == said.revision else None
    if checked is not None and checked.outcome is not Outcome.PASSED:
        blame = blame_of_verdict(memory, said.change, checked)
        return replace(said, cause=Cause.CHECK_FAILED, blame=blame)
    if note.verdict is not None and note.verdict.reason is Reason.SUPERSEDED:
        return replace(said, cause=Cause.NEW_REVISION, count=note.revision)
    if checked is not None:
        return replace(said, cause=Cause.CHECK_PASSED)
    return said


def _guarded(facts: Facts, said: Explanation) -> tuple[str, ...]:
    project = next((p for p in facts.projects.values() if p.name == said.project), None)
    return () if project is None else project.branches


def _waiting(facts: Facts, said: Explanation, change: Change, note: Note) -> Explanation:
    """Explain an approved change that is in no queue."""
    if facts.queue_of(said.change) is None:
        return replace(said, cause=Cause.NOT_GUARDED, names=_guarded(facts, said))
    if not change.landable:
        names = tuple(f"{each.name} at {each.ref}" for each in change.unreleased)
        cause = Cause.NOT_RELEASED if names else Cause.NOT_LANDABLE
        return replace(said, cause=cause, names=names)
    if said.change in facts.noticed:
        return replace(said, cause=Cause.LOOKED_AT_NEXT)
    if note.waits not in WAITS:
        return replace(said, cause=Cause.NOT_ASKED)
    cause = WAITS[note.waits]
    if cause is Cause.NEED_WAITS:
        cause = _need(facts, note.waits_for)
    because = _other(change, note.waits_for)
    known = because is not None and because in facts.changes
    queue = facts.queue_of(because) if because is not None and known else None
    return replace(
        said,
        cause=cause,
        reason=note.waits,
        because=because,
        stands=_stands(facts, because),
        detail=note.waits_detail,
        place="" if queue is None else queue.name,
    )


def _stands(facts: Facts, change: ChangeId | None) -> Standing | None:
    """Return how another change stands, None where there is none or nobody knows it."""
    return standing(facts, change) if change in facts.changes and change is not None else None


def _other(change: Change, named: ChangeId | None) -> ChangeId | None:
    """Return the change that is named; of a cycle that names the change itself, what it needs."""
    return next(iter(change.needs), None) if named == change.id else named


def _need(facts: Facts, need: ChangeId | None) -> Cause:
    """Return how the change stands that another one waits for."""
    if need is None:
        return Cause.NEED_WAITS
    known = facts.changes.get(need)
    if known is None:
        return Cause.NEED_UNKNOWN
    if not known.open:
        return Cause.NEED_CLOSED
    return Cause.NEED_WAITS if known.approved_by else Cause.NEED_NOT_APPROVED


@dataclass(frozen=True, slots=True)
class _Place:
    """A queued item with what is known around it."""

    memory: Memory
    queue: Queue
    outlook: Outlook


def _queued(memory: Memory, said: Explanation, outlook: Outlook | None) -> Explanation:
    """Explain an item: what stops the whole gate comes before what stops the item."""
    facts = memory.facts
    queue = facts.queue_of(said.change)
    if queue is None:
        return replace(said, cause=Cause.NOT_GUARDED, names=_guarded(facts, said))
    found = outlook or next(
        (o for o in outlooks(facts, queue) if said.change in o.stance.entry.changes), None
    )
    if found is None:
        return replace(said, cause=Cause.PREPARED_NEXT, place=queue.name)
    said = replace(said, place=queue.name, others=found.assumes, count=found.position)
    if facts.held and _stoppable(found):
        return replace(said, cause=Cause.GATE_HELD, detail=facts.held)
    if queue.frozen and found.stage is Stage.PASSED:
        return replace(said, cause=Cause.QUEUE_FROZEN, reason=Reason.FROZEN, detail=queue.frozen)
    return _item(_Place(memory, queue, found), said)


def _stoppable(outlook: Outlook) -> bool:
    """Whether a hold is what stops an item; what runs goes on, and what fails still leaves."""
    decided = {Stage.FAILING, Stage.BLOCKED, Stage.LANDING}
    return outlook.stage not in decided and not _running(outlook.jobs)


def _item(place: _Place, said: Explanation) -> Explanation:
    outlook = place.outlook
    match outlook.stage:
        case Stage.WAITING:
            return _not_prepared(place, said)
        case Stage.PREPARING:
            return replace(said, cause=Cause.PREPARING)
        case Stage.BUILDING:
            return _building(place.memory.facts, said, outlook.jobs)
        case Stage.PASSED:
            return _passed(place, said)
        case Stage.LANDING:
            return replace(said, cause=Cause.LANDING)
        case Stage.BLOCKED | Stage.FAILING:
            return _failing(place, said)
        case _:
            assert_never(outlook.stage)


def _not_prepared(place: _Place, said: Explanation) -> Explanation:
    """Explain an item without a prospect; none is made that no worker could take up soon."""
    facts, outlook = place.memory.facts, place.outlook
    workers = facts.policy.workers
    if not outlook.active:
        return replace(said, cause=Cause.OUT_OF_WINDOW, limit=place.queue.window)
    if outlook.holder:
        return _held_back(said, outlook.holder)
    if workers and len(facts.live) >= workers:
        return replace(said, cause=Cause.WORKERS_BUSY, limit=workers)
    return replace(said, cause=Cause.PREPARED_NEXT)


def _held_back(said: Explanation, holder: Holder) -> Explanation:
    change, job = holder
    return replace(said, cause=Cause.JOB_HOLDS, because=ChangeId(change), names=(job,))


def _failing(place: _Place, said: Explanation) -> Explanation:
    """Explain an item that will not pass as it stands; only at the head is that a verdict."""
    outlook = place.outlook
    said = replace(said, reason=outlook.stance.reason, names=_running(outlook.jobs))
    if outlook.stage is Stage.BLOCKED:
        return replace(said, cause=Cause.NEED_FAILING, because=outlook.stance.because)
    cause = Cause.FAILING if outlook.ahead else Cause.FAILS_NEXT
    blame = blame_of_stance(place.memory, outlook.stance)
    return replace(said, cause=cause, blame=blame, others=outlook.ahead)


def _passed(place: _Place, said: Explanation) -> Explanation:
    """Explain an item that passed: something stands before it, or it lands next."""
    queue, outlook = place.queue, place.outlook
    if outlook.ahead:
        return replace(said, cause=Cause.PASSED_BEHIND, others=outlook.ahead)
    if queue.refusals:
        limit = place.memory.facts.policy.landing_attempts
        return replace(
            said,
            cause=Cause.LANDING_AGAIN,
            detail=queue.refusal,
            count=queue.refusals,
            limit=limit,
        )
    return replace(said, cause=Cause.LANDS_NEXT)


def _running(jobs: tuple[JobOutlook, ...]) -> tuple[str, ...]:
    running = (job.stance.job.name for job in jobs if job.stance.state is JobState.RUNNING)
    return tuple(dict.fromkeys(running))


def _building(facts: Facts, said: Explanation, jobs: tuple[JobOutlook, ...]) -> Explanation:
    """Explain an item whose jobs are not over: what runs, else what the first one waits for."""
    running = _running(jobs)
    if running:
        return replace(said, cause=Cause.BUILDING, names=running)
    waiting = next((job for job in jobs if job.stance.state is JobState.READY), jobs[0])
    name = waiting.stance.job.name
    match waiting.wait:
        case Wait.HOLDS:
            holder, held_by = waiting.names
            return replace(said, cause=Cause.JOB_HOLDS, because=ChangeId(holder), names=(held_by,))
        case Wait.SEMAPHORE:
            return replace(said, cause=Cause.SEMAPHORE_TAKEN, names=waiting.names)
        case Wait.WORKER:
            limit = facts.policy.workers
            return replace(said, cause=Cause.WORKERS_BUSY, names=(name,), limit=limit)
        case _ if waiting.stance.attempts:
            limit, count = facts.policy.attempts, waiting.stance.attempts + 1
            return replace(said, cause=Cause.BUILD_LOST, names=(name,), count=count, limit=limit)
        case _:
            return replace(said, cause=Cause.BUILT_NEXT, names=(name,))
