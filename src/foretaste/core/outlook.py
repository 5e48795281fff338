"""Outlook: what each item of a queue, and each of its jobs, is waiting for; for people to read.

Nothing here decides anything. `stance` says where an item stands; this adds what stands in its
way: the window, a job that holds, a semaphore, the workers, the items in front.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from foretaste.core.facts import Facts, Queue
from foretaste.core.names import ChangeId
from foretaste.core.stance import ItemState, JobStance, JobState, Stance, Walk


class Stage(enum.Enum):
    """How far an item is; the word that pages show."""

    WAITING = "waiting"
    PREPARING = "preparing"
    BUILDING = "building"
    PASSED = "passed"
    FAILING = "failing"
    BLOCKED = "blocked"
    LANDING = "landing"


class Wait(enum.Enum):
    """What a job without a build is waiting for."""

    NEEDS = "needs"
    SKIPPED = "skipped"
    HELD = "held"
    WINDOW = "window"
    HOLDS = "holds"
    SEMAPHORE = "semaphore"
    WORKER = "worker"
    NEXT = "next"


Holder = tuple[str, ...]
"""The change and the job in front that hold back every start; empty for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOutlook:
    """One job of one member, with what it waits for where no build of it runs or counts.

    `names` are the jobs that it needs, the semaphore, or the change and job that hold it.
    """

    stance: JobStance
    wait: Wait | None = None
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """One item as it stands.

    `position` counts from 1; `ahead` are the changes in front of it, `assumes` those of them
    that its prospect contains; `active` while it is within the window; `holder` what holds back
    every start behind it.
    """

    stance: Stance
    stage: Stage
    position: int
    active: bool
    ahead: tuple[ChangeId, ...] = ()
    assumes: tuple[ChangeId, ...] = ()
    jobs: tuple[JobOutlook, ...] = ()
    holder: Holder = ()


def outlooks(facts: Facts, queue: Queue) -> tuple[Outlook, ...]:
    """Return how every item of the queue stands, head first."""
    found = []
    ahead: tuple[ChangeId, ...] = ()
    holder: Holder = ()
    for stance in Walk(facts, queue):
        active = not queue.window or stance.place < queue.window
        found.append(
            Outlook(
                stance=stance,
                stage=_stage(queue, stance, active=active),
                position=stance.place + 1,
                active=active,
                ahead=ahead,
                assumes=_assumed(stance, ahead),
                jobs=job_outlooks(facts, stance.jobs, holder, active=active),
                holder=holder,
            )
        )
        ahead += stance.entry.changes
        holder = holder or _holder(stance)
    return tuple(found)


def job_outlooks(
    facts: Facts, jobs: tuple[JobStance, ...], holder: Holder = (), *, active: bool = True
) -> tuple[JobOutlook, ...]:
    """Return what each job waits for; `active` where its item may hold builds."""
    return tuple(_job_outlook(facts, job, jobs, holder if active else None) for job in jobs)


def _stage(queue: Queue, stance: Stance, *, active: bool) -> Stage:
    """Return the word for an item; outside the window, one that could still build waits."""
    if stance.key in queue.landing:
        return Stage.LANDING
    if not active and stance.state in {ItemState.PREPARING, ItemState.BUILDING}:
        return Stage.WAITING
    if stance.prospect is None and stance.state is ItemState.PREPARING:
        return Stage.WAITING
    return Stage(stance.state.value)


def _assumed(stance: Stance, ahead: tuple[ChangeId, ...]) -> tuple[ChangeId, ...]:
    """Return what the item's prospect contains of the changes in front."""
    chain = stance.ahead if stance.prospect is None else stance.prospect.chain
    inside = {member.change for member in chain}
    return tuple(change for change in ahead if change in inside)


def _holder(stance: Stance) -> Holder:
    """Return what of this item holds back the items behind."""
    if stance.failing:
        return ()
    holding = (job for job in stance.jobs if job.job.holds and not job.state.good)
    return next(((job.change, job.job.name) for job in holding), ())


def _job_outlook(
    facts: Facts, job: JobStance, jobs: tuple[JobStance, ...], holder: Holder | None
) -> JobOutlook:
    match job.state:
        case JobState.WAITING:
            return JobOutlook(stance=job, wait=Wait.NEEDS, names=_needed(job, jobs, bad=False))
        case JobState.SKIPPED:
            return JobOutlook(stance=job, wait=Wait.SKIPPED, names=_needed(job, jobs, bad=True))
        case JobState.READY:
            wait, names = _in_the_way(facts, job, holder)
            return JobOutlook(stance=job, wait=wait, names=names)
        case _:
            return JobOutlook(stance=job)


def _needed(job: JobStance, jobs: tuple[JobStance, ...], *, bad: bool) -> tuple[str, ...]:
    """Return the jobs that it needs and that are bad, or else are still to come."""
    mine = (
        other
        for other in jobs
        if other.job.name in job.job.needs
        and (other.change == job.change or other.job.shared or job.job.shared)
    )
    return tuple(
        dict.fromkeys(
            other.job.name for other in mine if (other.state.bad if bad else not other.state.good)
        )
    )


def _in_the_way(facts: Facts, job: JobStance, holder: Holder | None) -> tuple[Wait, Holder]:
    """Return what keeps a job from starting that needs no other job any more."""
    if facts.held:
        return Wait.HELD, ()
    if holder is None:
        return Wait.WINDOW, ()
    if holder:
        return Wait.HOLDS, holder
    semaphore = job.job.semaphore
    if semaphore and _takers(facts, semaphore) >= facts.semaphores.get(semaphore, 1):
        return Wait.SEMAPHORE, (semaphore,)
    workers = facts.policy.workers
    if workers and len(facts.live) >= workers:
        return Wait.WORKER, ()
    return Wait.NEXT, ()


def _takers(facts: Facts, semaphore: str) -> int:
    builds = (facts.builds[build] for build in facts.live if build in facts.builds)
    return sum(1 for build in builds if build.semaphore == semaphore)
