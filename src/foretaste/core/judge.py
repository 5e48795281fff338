"""Judge: the verdicts on items that stand first, and the landing of those that passed.

Only the head of a queue is judged: everything that its prospect assumes has landed then, so what
its builds said is true of the branch. An item that passed on an assumption lands in the same
breath as what it assumes.
"""

from __future__ import annotations

from collections.abc import Iterator

from foretaste.core.events import CheckEnded, Event, Judged, LandWanted
from foretaste.core.facts import Check, Facts, Queue
from foretaste.core.reasons import Reason
from foretaste.core.stance import Assessment, ItemState, Stance, Walk, assess, check_key
from foretaste.core.verdict import Outcome, Verdict


def judge(facts: Facts) -> tuple[Event, ...]:
    """Judge the head of every queue, and land what has passed from the head on."""
    found: list[Event] = []
    for _, queue in sorted(facts.queues.items()):
        found.extend(_judge_queue(facts, queue))
    return tuple(found)


def _judge_queue(facts: Facts, queue: Queue) -> Iterator[Event]:
    for stance in Walk(facts, queue):
        if stance.state is not ItemState.PASSED:
            if stance.place == 0 and stance.failing and stance.over:
                yield from _fail(queue, stance, _verdict(stance))
            return
        if stance.place == 0 and queue.refusals >= facts.policy.landing_attempts:
            refused = Verdict(
                outcome=Outcome.FAILED, reason=Reason.LANDING_REFUSED, detail=queue.refusal
            )
            yield from _fail(queue, stance, refused)
            return
        # Verdicts are still given while the gate is held; only branches stand still.
        if facts.held or queue.frozen:
            return
        # What is being landed already is walked over: what passed behind it lands with it.
        if stance.key not in queue.landing and stance.prospect is not None:
            yield LandWanted(
                key=stance.key,
                queue=queue.name,
                members=stance.entry.members,
                moves=stance.prospect.moves,
                attempt=queue.refusals + 1,
            )


def _fail(queue: Queue, stance: Stance, verdict: Verdict) -> Iterator[Judged]:
    """Yield the verdict for each member; the window narrows once for the item."""
    for place, member in enumerate(stance.entry.members):
        yield Judged(
            queue=queue.name,
            change=member.change,
            revision=member.revision,
            verdict=verdict,
            at_head=place == 0,
        )


def _verdict(stance: Stance | Assessment) -> Verdict:
    """Return the verdict on a failing item, with the builds that decided it."""
    prospect = stance.prospect if isinstance(stance, Stance) else None
    bad = tuple(
        job.build
        for job in stance.jobs
        if job.job.voting and job.state.bad and job.build is not None
    )
    detail = "" if prospect is None else "\n".join(filter(None, (*prospect.paths, prospect.why)))
    return Verdict(
        outcome=Outcome.FAILED,
        reason=stance.reason,
        because=None if stance.reason is Reason.CONFIG_BROKEN else stance.because,
        builds=bad,
        detail=detail,
    )


def judge_checks(facts: Facts) -> tuple[Event, ...]:
    """End the checks that are over, and those that nobody waits for any more."""
    found: list[Event] = []
    for _, check in sorted(facts.checks.items()):
        ended = _judge_check(facts, check)
        if ended is not None:
            found.append(ended)
    return tuple(found)


def _pointless(facts: Facts, check: Check) -> bool:
    """Whether nobody waits for a check: something in it is old, or the change is queued or gone."""
    return (
        any(facts.changes[member.change].member != member for member in check.members)
        or not facts.changes[check.change].open
        or facts.place(check.change) is not None
        or facts.queue_of(check.change) is None
    )


def _judge_check(facts: Facts, check: Check) -> CheckEnded | None:
    if _pointless(facts, check):
        return CheckEnded(change=check.change, verdict=None)
    prospect = facts.prospects.get(check_key(check))
    verdict = assess(facts, prospect)
    if not verdict.over:
        return None
    if verdict.state is ItemState.PASSED:
        passed = Verdict(outcome=Outcome.PASSED)
        return CheckEnded(change=check.change, verdict=passed)
    detail = "" if prospect is None else "\n".join(filter(None, (*prospect.paths, prospect.why)))
    bad = tuple(job.build for job in verdict.jobs if job.state.bad and job.build is not None)
    failed = Verdict(outcome=Outcome.FAILED, reason=verdict.reason, builds=bad, detail=detail)
    return CheckEnded(change=check.change, verdict=failed)
