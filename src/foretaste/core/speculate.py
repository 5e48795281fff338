"""Speculate: which prospects to prepare, which builds to start, and which to stop.

The planner `window`: each item within its queue's window is tested on the nearest item ahead
that is not failing. The heads of all queues are served first, then the items behind them; a
check comes last. Nothing is prepared that no worker could take up soon: an answer that is not
asked for yet costs a merge and may be stale before it is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from foretaste.core.build import BuildState
from foretaste.core.events import BuildWanted, CancelWanted, Proposal, ProspectWanted
from foretaste.core.facts import Check, Facts, Queue
from foretaste.core.names import BuildId, ProspectKey
from foretaste.core.stance import (
    ItemState,
    JobStance,
    JobState,
    Stance,
    Walk,
    assess,
    check_key,
    stopped,
)

UNLIMITED = 1 << 30
# How many items are kept ready beyond the workers, so that a worker that frees never waits for
# a merge; more would be merged in vain when an item ahead fails.
READY_AHEAD = 2


def speculate(facts: Facts) -> tuple[Proposal, ...]:
    """Return what to prepare, start and stop, from one snapshot."""
    spread = _Spread(facts)
    lanes = [_Lane(spread, queue) for _, queue in sorted(facts.queues.items()) if queue.entries]
    # One item of every queue in turn: a long queue does not starve the head of another.
    while lanes:
        lanes = [lane for lane in lanes if lane.step()]
    for check in sorted(facts.checks.values(), key=lambda check: check.number):
        spread.check(check)
    spread.stop_the_rest()
    return tuple(spread.events)


@dataclass(slots=True)
class _Spread:
    """What is left to give while the queues are walked, and what was decided so far."""

    facts: Facts
    events: list[Proposal] = field(default_factory=list)
    desired: set[ProspectKey] = field(default_factory=set)
    started: int = 0
    slots: int = 0
    ahead: int = 0
    taken: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Count what is free."""
        workers = self.facts.policy.workers
        live = [self.facts.builds[build] for build in self.facts.live]
        # It were below zero where the settings have taken workers away; what runs is left to end.
        self.slots = max(0, workers - len(live)) if workers else UNLIMITED
        self.ahead = self.slots + READY_AHEAD if workers else UNLIMITED
        for build in live:
            if build.semaphore:
                self.taken[build.semaphore] = self.taken.get(build.semaphore, 0) + 1

    @property
    def spent(self) -> bool:
        """Whether nothing more can be started or prepared."""
        return self.slots == 0 and self.ahead <= 0

    def prepare(self, wanted: ProspectWanted) -> None:
        """Ask for a prospect, if a worker could take it up soon."""
        if self.ahead > 0 and wanted.key not in self.facts.prospects:
            self.events.append(wanted)
        self.ahead -= 1

    def start(self, key: ProspectKey, jobs: tuple[JobStance, ...]) -> None:
        """Start what is ready of one item's jobs, as far as workers and semaphores go."""
        if stopped(jobs):
            self._stop_item(jobs)
            return
        for stance in jobs:
            if stance.state is JobState.READY:
                self.ahead -= 1
                if self._take(stance):
                    self._want(key, stance)

    def _take(self, stance: JobStance) -> bool:
        name = stance.job.semaphore
        free = self.facts.semaphores.get(name, 1) - self.taken.get(name, 0) if name else 1
        if self.facts.held or self.slots == 0 or free <= 0:
            return False
        self.slots -= 1
        if name:
            self.taken[name] = self.taken.get(name, 0) + 1
        return True

    def _want(self, key: ProspectKey, stance: JobStance) -> None:
        self.started += 1
        earlier = None if stance.build is None else self.facts.builds[stance.build]
        lost = earlier is not None and earlier.state is BuildState.LOST
        self.events.append(
            BuildWanted(
                # Counted, not drawn: the same facts must give the same plan, name for name.
                build=BuildId(f"b{self.facts.started + self.started}"),
                job=stance.job.name,
                prospect=key,
                change=None if stance.job.shared else stance.change,
                attempt=stance.attempts + 1,
                cause="lost" if lost else "again" if earlier is not None else "first",
            )
        )

    def _stop_item(self, jobs: tuple[JobStance, ...]) -> None:
        for stance in jobs:
            if stance.build is not None and stance.build in self.facts.live:
                self._stop(stance.build, "fail_fast")

    def _stop(self, build: BuildId, cause: str) -> None:
        # Said once: the plan is made anew every tick, and would say it every time.
        if not self.facts.builds[build].cancelling:
            self.events.append(CancelWanted(build=build, cause=cause))

    def check(self, check: Check) -> None:
        """Prepare or go on with a check."""
        key = check_key(check)
        self.desired.add(key)
        prospect = self.facts.prospects.get(key)
        if prospect is None:
            self.prepare(
                ProspectWanted(
                    key=key,
                    base=check.base,
                    queue=check.queue,
                    pipeline="check",
                    members=check.members,
                    chain=check.members,
                )
            )
            return
        self.start(key, assess(self.facts, prospect).jobs)

    def stop_the_rest(self) -> None:
        """Stop every build that runs on a prospect which nobody assumes any more."""
        for build, key in sorted(self.facts.live.items()):
            if key not in self.desired:
                self._stop(build, "superseded")


@dataclass(slots=True)
class _Lane:
    """One queue while it is walked."""

    spread: _Spread
    queue: Queue
    walk: Iterator[Stance] = field(init=False)
    unseen: set[ProspectKey] = field(init=False)
    holding: bool = False

    def __post_init__(self) -> None:
        """Begin at the head; note which prospects of the queue have builds."""
        facts = self.spread.facts
        self.walk = iter(Walk(facts, self.queue))
        # The walk may end early only when all of these were met: one that was not would be
        # stopped as superseded although it is still assumed.
        self.unseen = {key for key in facts.live.values() if self._ours(key)}

    def _ours(self, key: ProspectKey) -> bool:
        prospect = self.spread.facts.prospects[key]
        return prospect.pipeline == "gate" and prospect.queue == self.queue.name

    def step(self) -> bool:
        """Go on by one item; False when there is nothing more to do in this queue."""
        if self.spread.spent and not self.unseen:
            return False
        stance = next(self.walk, None)
        if stance is None:
            return False
        self.unseen.discard(stance.key)
        if stance.state is ItemState.BLOCKED:
            return True
        self.spread.desired.add(stance.key)
        active = self.queue.window == 0 or stance.place < self.queue.window
        if active and not self.holding:
            self._serve(stance)
        if not stance.failing and not _holds_passed(stance):
            self.holding = True
        return active or bool(self.unseen)

    def _serve(self, stance: Stance) -> None:
        if stance.prospect is None:
            self.spread.prepare(
                ProspectWanted(
                    key=stance.key,
                    base=stance.base,
                    queue=self.queue.name,
                    pipeline="gate",
                    members=stance.entry.members,
                    chain=stance.ahead + stance.entry.members,
                    sizes=(*stance.ahead_sizes, len(stance.entry.members)),
                )
            )
            return
        self.spread.start(stance.key, stance.jobs)


def _holds_passed(stance: Stance) -> bool:
    """Whether every job that holds the items behind has passed; none is known while preparing.

    An item that is being prepared holds nothing back: what stands behind it cannot be prepared
    before it, and so cannot start.
    """
    return all(job.state.good for job in stance.jobs if job.job.holds)
