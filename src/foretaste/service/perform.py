"""Perform: what the gate decided is done here, at least once, so that twice is harmless.

Each deed gives the events that say how it went. A deed that met something passing stays in the
outbox and is tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from foretaste.config.spec import job_spec
from foretaste.core.build import Build, BuildState, Evidence, Fault
from foretaste.core.change import Change, Unreleased
from foretaste.core.events import (
    BuildEnded,
    BuildWanted,
    CancelWanted,
    Configured,
    Conflicted,
    Deed,
    Event,
    Held,
    Landed,
    LandWanted,
    Misconfigured,
    Prepared,
    ProspectWanted,
    Reported,
    ReportWanted,
    Unprepared,
)
from foretaste.core.facts import Facts
from foretaste.core.names import BuildId, Member, Oid, ProspectKey, QueueName, Ref, State
from foretaste.core.prospect import Move, Plans, Prospect, ProspectState
from foretaste.core.stance import assess
from foretaste.ports.errors import PermanentError, PortError, TransientError
from foretaste.ports.executor import Executor, JobSpec, Observation
from foretaste.ports.jobs import Jobs, JobsQuery
from foretaste.ports.notifier import Notifier
from foretaste.ports.repository import Clash, Merge, Repository
from foretaste.service.settings import OWN
from foretaste.service.settle import Settler

NOWHERE = ProspectKey("")
"""The base of a queue in which nothing more may land in this batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """Everything that deeds are done with.

    `reread` reads the gate's own settings where they may have landed; None: they never do.
    """

    repository: Repository
    jobs: Jobs
    executor: Executor
    notifier: Notifier
    settler: Settler
    listener: Callable[[Observation], None]
    reread: Callable[[], Configured] | None = None


@dataclass(slots=True)
class Performer:
    """Does one batch of deeds; what was prepared in it can be built upon in the same batch."""

    hands: Hands
    facts: Facts
    fresh: dict[ProspectKey, State] = field(default_factory=dict)
    bases: dict[QueueName, ProspectKey] = field(default_factory=dict)

    def perform(self, deed: Deed) -> tuple[Event, ...]:
        """Do one deed and say how it went.

        Raises:
            TransientError: nothing is known to have happened; to be tried again.
        """
        match deed:
            case ProspectWanted():
                return (self._prepare(deed),)
            case BuildWanted():
                return self._start(deed)
            case CancelWanted():
                return self._cancel(deed.build)
            case LandWanted():
                return self._land(deed)
            case ReportWanted():
                self.hands.notifier.tell(deed.change, deed.report, deed.message.value)
                return (Reported(change=deed.change, report=deed.report),)

    def _land(self, deed: LandWanted) -> tuple[Event, ...]:
        """Land an item; not where what it assumes did not land just before, or the gate is held.

        It was decided on facts that may be older than these, and together with what stands ahead.
        """
        queue, prospect = self.facts.queues[deed.queue], self.facts.prospects.get(deed.key)
        base = NOWHERE if self.facts.held or queue.frozen else queue.base
        base = self.bases.get(queue.name, base)
        due = prospect is not None and prospect.base == base
        events = self.hands.settler.settle(deed, due=due)
        whole = due and isinstance(events[0], Landed) and len(events) == 1
        # Landed in part, or frozen for it, is not landed: nothing may stand on that.
        self.bases[queue.name] = deed.key if whole else NOWHERE
        return events + self._settings(events)

    def _settings(self, events: tuple[Event, ...]) -> tuple[Event, ...]:
        """Take the gate's settings that have just landed, before anything else is planned.

        What cannot be used has passed the gate all the same, so a person has to look: under the
        old settings something could land that the new ones forbid.

        Raises:
            TransientError: they cannot be read now; the landing is settled again.
        """
        landed = (move.ref for e in events if isinstance(e, Landed) for move in e.moves)
        if self.hands.reread is None or OWN not in landed:
            return ()
        try:
            return (self.hands.reread(),)
        except TransientError:
            raise
        except PortError as error:
            return (Held(why=f"the settings that have landed cannot be used: {error.what}"),)

    def _prepare(self, deed: ProspectWanted) -> Event:
        below = self._state_below(deed)
        if below is None or any(self._change(member) is None for member in deed.members):
            return Unprepared(key=deed.key)
        state, moves = dict(below), dict[Ref, Move]()
        for member in deed.members:
            change = self.facts.changes[member.change]
            failed = self._merge(deed.key, change, state, moves)
            if failed is not None:
                return failed
        for_jobs = deed.members if deed.pipeline == "gate" else deed.members[-1:]
        plans = self._plans(deed, for_jobs, dict(below), state)
        if not isinstance(plans, tuple):
            return plans
        moved = tuple(move for move in moves.values() if move.old != move.new)
        final = tuple(sorted(state.items()))
        self.fresh[deed.key] = final
        return Prepared(key=deed.key, moves=moved, state=final, plans=plans)

    def _state_below(self, deed: ProspectWanted) -> State | None:
        """Return what the branches are below a prospect, None where that is gone."""
        if deed.pipeline == "check":
            check = self.facts.checks.get(deed.members[-1].change)
            return None if check is None else check.state
        if deed.base in self.fresh:
            return self.fresh[deed.base]
        queue = self.facts.queues[deed.queue]
        if deed.base == queue.base:
            tips = self.facts.tips
            refs = sorted(self.facts.refs_of(deed.queue))
            return tuple((ref, tips[ref]) for ref in refs if ref in tips)
        base: Prospect | None = self.facts.prospects.get(deed.base)
        prepared = base is not None and base.status is ProspectState.PREPARED
        return base.state if base is not None and prepared else None

    def _change(self, member: Member) -> Change | None:
        change = self.facts.changes.get(member.change)
        return change if change is not None and change.revision == member.revision else None

    def _merge(
        self, key: ProspectKey, change: Change, state: dict[Ref, Oid], moves: dict[Ref, Move]
    ) -> Event | None:
        """Merge one change onto `state`, or say why it cannot be."""
        onto = state.get(change.ref)
        if onto is None:
            detail = f"{change.project} has no branch {change.branch}"
            return Misconfigured(key=key, change=change.id, detail=detail)
        label = f"{change.id}: {change.subject}" if change.subject else str(change.id)
        merge = Merge(ref=change.ref, onto=onto, commit=change.commit, label=label)
        try:
            merged = self.hands.repository.merge(merge)
        except TransientError:
            raise
        except PortError as error:
            return Misconfigured(key=key, change=change.id, detail=error.what)
        if isinstance(merged, Clash):
            return Conflicted(key=key, change=change.id, paths=merged.paths, detail=merged.detail)
        # Two members on one branch are one move, from where the branch was before both.
        old = moves[change.ref].old if change.ref in moves else onto
        moves[change.ref] = Move(ref=change.ref, old=old, new=merged.commit, tree=merged.tree)
        state[change.ref] = merged.commit
        return None

    def _plans(
        self,
        deed: ProspectWanted,
        members: tuple[Member, ...],
        below: Mapping[Ref, Oid],
        state: Mapping[Ref, Oid],
    ) -> tuple[Plans, ...] | Event:
        """Read the jobs of each member.

        What its branch requires is read from what the branch will be just below the item: what
        stands ahead of it may require more than what has landed does (attack A01).
        """
        unreleased = self._unreleased(deed.members)
        plans = []
        for member in members:
            change = self.facts.changes[member.change]
            query = JobsQuery(
                change=change,
                pipeline=deed.pipeline,
                state=tuple(sorted(state.items())),
                target=below[change.ref],
                ref=change.ref,
                unreleased=unreleased,
            )
            try:
                plans.append(Plans(change=change.id, jobs=self.hands.jobs.jobs(query)))
            except TransientError:
                raise
            except PortError as error:
                return Misconfigured(key=deed.key, change=change.id, detail=error.what)
        return tuple(plans)

    def _unreleased(self, members: tuple[Member, ...]) -> tuple[Unreleased, ...]:
        """Return the unreleased states that any member asks for: what needs it needs them, too."""
        changes = (self.facts.changes[member.change] for member in members)
        return tuple(dict.fromkeys(each for change in changes for each in change.unreleased))

    def _start(self, deed: BuildWanted) -> tuple[Event, ...]:
        """Start a build; one that cannot be started is refused, which is no pass."""
        build = self.facts.builds.get(deed.build)
        # Done once already, or given up before it began: to start it now would run it for nobody.
        if build is None or build.final:
            return ()
        try:
            spec = self._spec(build)
            self.hands.executor.start(spec, self.hands.listener)
        except TransientError:
            raise
        except PortError as error:
            return (refused(deed.build, error),)
        return ()

    def _spec(self, build: Build) -> JobSpec:
        """Return what to run, with the builds whose artefacts come along, wherever they ran."""
        prospect = self.facts.prospects.get(build.prospect)
        owned = self.facts.owner(build)
        if prospect is None or owned is None:
            raise PermanentError("FT509", f"{build.job} is no job of what is to be tested")
        owner, job = owned
        jobs = assess(self.facts, prospect).jobs
        needs = tuple(
            stance.build
            for stance in jobs
            if stance.job.name in job.needs
            and (stance.change == owner or stance.job.shared)
            and stance.build is not None
        )
        return job_spec(job, attempt=build.id, needs=needs)

    def _cancel(self, build: BuildId) -> tuple[Event, ...]:
        """Stop a build; one that the executor does not know is over already."""
        if build in self.hands.executor.running():
            self.hands.executor.cancel(build)
            return ()
        return (BuildEnded(build=build, state=BuildState.CANCELLED),)


def refused(build: BuildId, error: PortError) -> BuildEnded:
    """Return the end of a build that could not be run: it fails, it never passes."""
    why = f"{error.what} {error.hint}".strip()
    return BuildEnded(
        build=build, state=BuildState.FAILED, fault=Fault.REFUSED, evidence=Evidence(why=why)
    )
