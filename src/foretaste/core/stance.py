"""Stances: where each item of a queue stands now, from head to tail.

An item assumes that the nearest item ahead which is not failing lands just before it (Zuul's
rule). Its prospect's key follows from that, and with it which builds count: everything about an
item is derived here, each tick, from the facts.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from foretaste.core.build import Build, BuildState, Fault
from foretaste.core.facts import Check, Entry, Facts, Queue
from foretaste.core.job import Job
from foretaste.core.names import BuildId, ChangeId, JobName, Member, ProspectKey
from foretaste.core.prospect import Prospect, ProspectState, key_of
from foretaste.core.reasons import Reason


class JobState(enum.Enum):
    """Where one job of an item stands."""

    WAITING = "waiting"  # for a job that it needs
    READY = "ready"  # nothing is in its way but workers, semaphores and holds
    RUNNING = "running"
    PASSED = "passed"
    REUSED = "reused"  # passed, by a build with identical inputs
    FAILED = "failed"
    EXHAUSTED = "exhausted"  # infrastructure lost it as often as it may
    SKIPPED = "skipped"  # what it needs did not pass

    @property
    def good(self) -> bool:
        """Whether it counts as passed."""
        return self in {JobState.PASSED, JobState.REUSED}

    @property
    def bad(self) -> bool:
        """Whether it cannot pass any more on this prospect."""
        return self in {JobState.FAILED, JobState.EXHAUSTED, JobState.SKIPPED}

    @property
    def over(self) -> bool:
        """Whether no build of it is to come."""
        return self.good or self.bad


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStance:
    """One job of one member.

    `build` is its newest attempt, or the build elsewhere whose verdict is used again; `attempts`
    is how many there were on this prospect, however they ended.
    """

    job: Job
    change: ChangeId
    state: JobState
    build: BuildId | None = None
    attempts: int = 0


class ItemState(enum.Enum):
    """Where an item stands."""

    PREPARING = "preparing"
    BUILDING = "building"
    PASSED = "passed"
    FAILING = "failing"
    BLOCKED = "blocked"  # something that it needs is failing


@dataclass(frozen=True, slots=True, kw_only=True)
class Stance:
    """Where one item stands on what it assumes.

    `ahead` are the members of the items that it assumes to land before it, `ahead_sizes` how
    many each of those has; both only where the item is not prepared yet. `over` when nothing
    is to come that its verdict waits for.
    """

    entry: Entry
    place: int
    key: ProspectKey
    base: ProspectKey
    ahead: tuple[Member, ...] = ()
    ahead_sizes: tuple[int, ...] = ()
    prospect: Prospect | None
    state: ItemState
    jobs: tuple[JobStance, ...] = ()
    reason: Reason | None = None
    because: ChangeId | None = None
    over: bool = False

    @property
    def failing(self) -> bool:
        """Whether the items behind must do without it."""
        return self.state in {ItemState.FAILING, ItemState.BLOCKED}


@dataclass(slots=True)
class Walk:
    """A walk over a queue from its head; it stops where whoever walks stops asking."""

    facts: Facts
    queue: Queue
    failing: set[ChangeId] = field(default_factory=set)

    def __iter__(self) -> Iterator[Stance]:
        """Yield the stance of each item, in landing order."""
        base = self.queue.base
        ahead: tuple[Member, ...] = ()
        sizes: tuple[int, ...] = ()
        for place, entry in enumerate(self.queue.entries):
            stance = self._stance(entry, place, base)
            if stance.failing:
                self.failing.update(entry.changes)
            # Only an item that is not prepared needs them: one that is has its chain.
            assumed = stance.prospect is None
            yield replace(stance, ahead=ahead, ahead_sizes=sizes) if assumed else stance
            if not stance.failing:
                base = stance.key
                ahead, sizes = ahead + entry.members, (*sizes, len(entry.members))

    def _stance(self, entry: Entry, place: int, base: ProspectKey) -> Stance:
        key = key_of(base, entry.members, "gate")
        prospect = self.facts.prospects.get(key)
        blocker = self._blocker(entry)
        if blocker is not None:
            return Stance(
                entry=entry,
                place=place,
                key=key,
                base=base,
                prospect=prospect,
                state=ItemState.BLOCKED,
                reason=Reason.DEPENDENCY_FAILED,
                because=blocker,
            )
        verdict = assess(self.facts, prospect)
        return Stance(
            entry=entry,
            place=place,
            key=key,
            base=base,
            prospect=prospect,
            state=verdict.state,
            jobs=verdict.jobs,
            reason=verdict.reason,
            because=verdict.because,
            over=verdict.over,
        )

    def _blocker(self, entry: Entry) -> ChangeId | None:
        if not self.failing:
            return None
        needs = (need for change in entry.changes for need in self.facts.changes[change].needs)
        return next((need for need in needs if need in self.failing), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What the builds on one prospect say so far."""

    state: ItemState
    jobs: tuple[JobStance, ...] = ()
    reason: Reason | None = None
    because: ChangeId | None = None
    over: bool = False


def assess(facts: Facts, prospect: Prospect | None) -> Assessment:
    """Say how things stand on a prospect; only voting jobs decide."""
    if prospect is None or prospect.status is ProspectState.WANTED:
        return Assessment(state=ItemState.PREPARING)
    if prospect.status is not ProspectState.PREPARED:
        conflict = prospect.status is ProspectState.CONFLICT
        return Assessment(
            state=ItemState.FAILING,
            reason=Reason.CONFLICT if conflict else Reason.CONFIG_BROKEN,
            because=prospect.culprit,
            over=True,
        )
    jobs = tuple(_job_stances(facts, prospect))
    over = all(job.state.over for job in jobs) or stopped(jobs)
    blame = next((job for job in jobs if job.job.voting and job.state.bad), None)
    if blame is not None:
        cause = _root(blame, jobs)
        over = over and not _running(facts, jobs)
        return Assessment(
            state=ItemState.FAILING, jobs=jobs, reason=_reason(facts, cause), over=over
        )
    state = ItemState.PASSED if over else ItemState.BUILDING
    return Assessment(state=state, jobs=jobs, over=over)


def _running(facts: Facts, jobs: tuple[JobStance, ...]) -> bool:
    """Return whether a build of the item is still to be heard of."""
    return any(job.build in facts.live for job in jobs if job.build is not None)


def stopped(jobs: tuple[JobStance, ...]) -> bool:
    """Return whether a voting job that fails fast has failed: nothing more is started then."""
    return any(job.job.fail_fast and job.job.voting and job.state.bad for job in jobs)


def _root(blame: JobStance, jobs: tuple[JobStance, ...]) -> JobStance:
    """Return the job that a skipped one was skipped for, itself where it was not skipped.

    Of jobs that need each other in a circle it is the last one that was not looked at before.
    """
    left = {(job.change, job.job.name): job for job in jobs if job.state.bad}
    while blame.state is JobState.SKIPPED:
        needed = (left.pop((blame.change, need), None) for need in blame.job.needs)
        below = next((job for job in needed if job is not None), None)
        if below is None:
            return blame
        blame = below
    return blame


def _reason(facts: Facts, blame: JobStance) -> Reason:
    if blame.state is JobState.EXHAUSTED:
        return Reason.ATTEMPTS_EXHAUSTED
    build = None if blame.build is None else facts.builds.get(blame.build)
    if build is not None and build.fault is Fault.TIMED_OUT:
        return Reason.TIMED_OUT
    return Reason.JOB_FAILED


def _job_stances(facts: Facts, prospect: Prospect) -> Iterator[JobStance]:
    """Yield where each job of each member stands, a shared one once."""
    shared: set[JobName] = set()
    for plan in prospect.plans:
        known: dict[JobName, JobStance] = {}
        by_name = {job.name: job for job in plan.jobs}
        for job in plan.jobs:
            stance = _job_stance(facts, prospect, plan.change, job, by_name, known)
            # Assessed all the same, for jobs of this member may need it by name.
            if job.shared and job.name in shared:
                continue
            shared.update({job.name} if job.shared else ())
            yield stance


def _job_stance(  # noqa: PLR0913, PLR0917 - one recursion, all of it needed at each step
    facts: Facts,
    prospect: Prospect,
    change: ChangeId,
    job: Job,
    jobs: Mapping[JobName, Job],
    known: dict[JobName, JobStance],
) -> JobStance:
    if job.name in known:
        return known[job.name]
    stance = _from_builds(facts, prospect, change, job)
    # Whoever comes back here needs itself, in a circle; such a job never runs and never passes.
    known[job.name] = replace(stance, state=JobState.SKIPPED)
    if stance.state is JobState.READY:
        needed = [
            _job_stance(facts, prospect, change, jobs[need], jobs, known).state
            if need in jobs
            else JobState.SKIPPED
            for need in job.needs
        ]
        state = JobState.READY
        if any(need.bad for need in needed):
            state = JobState.SKIPPED
        elif not all(need.good for need in needed):
            state = JobState.WAITING
        stance = replace(stance, state=state)
    known[job.name] = stance
    return stance


def _from_builds(facts: Facts, prospect: Prospect, change: ChangeId, job: Job) -> JobStance:
    """Say what the attempts at a job show; READY where another one is due."""
    run = (prospect.key, None if job.shared else change, job.name)
    builds = [facts.builds[build] for build in facts.runs.get(run, ())]
    state, build = _of_attempts(facts, builds), builds[-1].id if builds else None
    verdict = job.verdict_key(facts.changes[change].ref)
    if state is JobState.READY and facts.policy.reuse and verdict in facts.results:
        state, build = JobState.REUSED, facts.results[verdict]
    return JobStance(job=job, change=change, state=state, build=build, attempts=len(builds))


def _of_attempts(facts: Facts, builds: list[Build]) -> JobState:
    """Say what the attempts at one job come to; the newest decides."""
    if not builds:
        return JobState.READY
    # Those before it were lost or stopped, else there were none after: no verdict is passed over.
    state = builds[-1].state
    lost = sum(_counts_as_attempt(build) for build in builds)
    if state is BuildState.LOST and lost >= facts.policy.attempts:
        return JobState.EXHAUSTED
    return _STATES.get(state, JobState.READY)


def _counts_as_attempt(build: Build) -> bool:
    """Whether infrastructure lost it; the gate's own restart says nothing of the build."""
    return build.state is BuildState.LOST and build.fault is not Fault.RESTART


_STATES = {
    BuildState.WANTED: JobState.RUNNING,
    BuildState.RUNNING: JobState.RUNNING,
    BuildState.PASSED: JobState.PASSED,
    BuildState.FAILED: JobState.FAILED,
}
"""What a build's state says of its job; another attempt is due after every other state."""


def check_key(check: Check) -> ProspectKey:
    """Return the key of the prospect that a check is run on."""
    return key_of(check.base, check.members, "check")
