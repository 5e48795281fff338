"""The world of a scenario: projects, changes, a gate in front of them, all in memory.

The same core and service as in production run in it; only the ports are twins. The gate can die
at any moment and be started again on what its store holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Protocol

from foretaste.config.spec import encode
from foretaste.core.build import Build
from foretaste.core.change import Change
from foretaste.core.events import ChangesSeen, Configured, Event, Recorded
from foretaste.core.job import Job
from foretaste.core.names import ChangeId, JobName, Member, Oid, ProjectName, QueueName, Ref
from foretaste.core.policy import Policy
from foretaste.core.project import Project
from foretaste.core.prospect import Prospect
from foretaste.ports.executor import Executor, JobSpec, Observation, Source
from foretaste.ports.jobs import JobsQuery
from foretaste.ports.repository import Repository
from foretaste.service.gate import Gate
from foretaste.service.perform import Hands
from foretaste.service.settle import Settler
from foretaste.simulation.clock import VirtualClock
from foretaste.simulation.forge import MemoryForge
from foretaste.simulation.scenario import ChangeTable, JobTable, Scenario
from foretaste.simulation.store import Crash, MemoryStore


class Place(Protocol):
    """What a world stands on: repositories, and an executor whose builds end when told to."""

    @property
    def repository(self) -> Repository:
        """The repositories."""
        ...

    @property
    def executor(self) -> Executor:
        """What runs builds."""
        ...

    def root(self, ref: Ref) -> None:
        """Make a branch with a first commit."""
        ...

    def propose(self, ref: Ref, files: dict[str, str], parent: Oid | None) -> Oid:
        """Make a commit with these files on the branch's tip, or on `parent`."""
        ...

    def push(self, ref: Ref) -> None:
        """Land a commit from outside on a branch."""
        ...

    def holds(self, commit: Oid, change: Oid, project: ProjectName) -> bool:
        """Return whether a change's commit is in what a branch would hold."""
        ...

    def read(self, ref: Ref, path: str) -> str | None:
        """Return what a branch holds at a path."""
        ...

    def end(self, build: str, *, passed: bool) -> None:
        """Let a running build end by itself."""
        ...

    def lose(self, build: str) -> None:
        """Lose a running build's worker."""
        ...

    def die(self) -> None:
        """End every build without a word, as the gate's death does."""
        ...


@dataclass(slots=True)
class World:
    """A scenario's world, and what is seen of the gate from outside."""

    scenario: Scenario
    place: Place
    clock: VirtualClock = field(default_factory=VirtualClock)
    store: MemoryStore = field(default_factory=MemoryStore)
    forge: MemoryForge = field(default_factory=MemoryForge)
    policy: Policy = field(default_factory=Policy)
    history: list[Recorded] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)
    failing: set[str] = field(default_factory=set)
    commits: dict[Member, Oid] = field(default_factory=dict)
    duplicating: bool = False
    reordering: bool = False
    mail: list[Event] = field(default_factory=list)
    gate: Gate = field(init=False)

    def __post_init__(self) -> None:
        """Make the projects and changes, and start the gate."""
        self.policy = self.scenario.policy.policy()
        for project in self.projects():
            for ref in project.refs:
                self.place.root(ref)
        for number, table in enumerate(self.scenario.change, start=1):
            self._propose(table, number)
        self.start()

    def projects(self) -> tuple[Project, ...]:
        """Return the projects as the gate's settings have them."""
        return tuple(
            Project(
                name=ProjectName(table.name),
                queue=QueueName(table.queue or table.name),
                branches=tuple(table.branches),
                branch_queues=table.branch_queues,
                allow_cycles=table.allow_cycles,
            )
            for table in self.scenario.project
        )

    def settings(self) -> Configured:
        """Return the gate's settings."""
        return Configured(
            policy=self.policy,
            projects=self.projects(),
            semaphores=tuple(sorted(self.scenario.semaphores.items())),
        )

    def _propose(self, table: ChangeTable, number: int) -> None:
        ref = Ref(ProjectName(table.project), table.branch)
        below = self.forge.changes.get(ChangeId(table.parent))
        files = table.files or {f"{table.id.lower()}.own": table.id}
        parent = None if below is None else below.commit
        commit = self.place.propose(ref, files, parent)
        change = Change(
            id=ChangeId(table.id),
            number=number,
            project=ref.project,
            branch=ref.branch,
            commit=commit,
            parent=ChangeId(table.parent) if table.parent else None,
            depends_on=tuple(map(ChangeId, table.depends_on)),
            subject=table.id,
        )
        self.forge.changes[change.id] = change
        self.commits[change.member] = commit

    # --- the gate's life ---

    def start(self) -> None:
        """Start a gate on what the store holds; one that dies while starting is started again."""
        while True:
            self.gate = Gate(store=self.store, clock=self.clock, holder="simulation")
            repository = self.place.repository
            hands = Hands(
                repository=repository,
                jobs=self,
                executor=self.place.executor,
                notifier=self.forge,
                settler=Settler(repository=repository, forge=self.forge),
                listener=self.listen,
            )
            try:
                self.gate.open(hands, self.settings())
            except Crash:
                self.place.die()
                continue
            return

    def crash(self) -> None:
        """Kill the gate and start it again."""
        self.place.die()
        self.start()

    def settle(self) -> None:
        """Deliver what is under way and let the gate run until it only waits."""
        for event in self._delivered():
            self._step(event)
        self._step()

    def _step(self, event: Event | None = None) -> None:
        """Let the gate take an event; its sender sends it again where the gate died over it."""
        if event is not None:
            self.gate.tell(event)
        try:
            self.gate.step()
        except Crash:
            self.crash()
            self._step(event)
        seen = self.history[-1].seq if self.history else 0
        self.history.extend(self.store.since(seen))

    def _delivered(self) -> Iterator[Event]:
        """Yield the events on their way, swapped in pairs and doubled where the case says so."""
        mail, self.mail = self.mail, []
        if self.reordering:
            pairs = [mail[i : i + 2] for i in range(0, len(mail), 2)]
            mail = [event for pair in pairs for event in reversed(pair)]
        for event in mail:
            yield event
            if self.duplicating:
                yield event

    def post(self, change: ChangeId, why: str) -> None:
        """Send the gate an event about a change, with what its host shows now."""
        family = self.forge.family(change)
        self.mail.append(ChangesSeen(changes=family, about=(change,), why=why))

    def listen(self, seen: Observation) -> None:
        """Pass on what the executor says."""
        self.gate.tell(seen)
        if self.duplicating:
            self.gate.tell(seen)

    # --- the jobs of a scenario ---

    def jobs(self, query: JobsQuery) -> tuple[Job, ...]:
        """Return the jobs of a change: every one of the pipeline that its project has."""
        tables = [
            table
            for table in self.scenario.job
            if table.pipeline == query.pipeline and self._has(table, query.change.project)
        ]
        return tuple(self._job(table, query) for table in tables)

    def _has(self, table: JobTable, project: ProjectName) -> bool:
        return table.projects is None or project in table.projects

    def _job(self, table: JobTable, query: JobsQuery) -> Job:
        spec = JobSpec(
            attempt="",
            label=table.name,
            sources=tuple(
                Source(project=ref.project, commit=oid, tree="") for ref, oid in query.state
            ),
            run="true",
        )
        names = {job.name for job in self.scenario.job if self._has(job, query.change.project)}
        return Job(
            name=JobName(table.name),
            needs=tuple(JobName(need) for need in table.needs if need in names),
            holds=table.holds,
            voting=table.voting,
            fail_fast=table.fail_fast,
            semaphore=table.semaphore,
            shared=table.shared,
            spec=encode(spec),
        )

    def passes(self, build: Build) -> bool:
        """Return the scripted result of a build: what is in its prospect decides."""
        table = next(t for t in self.scenario.job if t.name == build.job)
        state = self.gate.facts.prospects[build.prospect].state
        members = [member for member in self.commits if name_of(member) in table.fails_with]
        return not any(
            ref.project == self.forge.changes[member.change].project
            and self.place.holds(oid, self.commits[member], ref.project)
            for member in members
            for ref, oid in state
        )

    def label(self, build: Build) -> str:
        """Return what the scenario calls a build, remembered from when it was started."""
        if build.id not in self.labels:
            prospect = self.gate.facts.prospects[build.prospect]
            self.labels[build.id] = build.job + prospect_label(prospect, build.change)
        return self.labels[build.id]

    def running(self) -> dict[str, Build]:
        """Return the builds that run, by label."""
        builds = (self.gate.facts.builds[name] for name in self.gate.facts.live)
        return {self.label(build): build for build in builds}

    def reconfigure(self, policy: Policy) -> None:
        """Give the gate another policy while it runs."""
        self.policy = policy
        self.mail.append(self.settings())

    def revise(self, change: ChangeId) -> None:
        """Propose a new revision of a change."""
        table = next(t for t in self.scenario.change if t.id == change)
        old = self.forge.changes[change]
        files = {f"{change.lower()}{old.revision + 1}.own": change, **table.files}
        below = self.forge.changes.get(ChangeId(table.parent))
        commit = self.place.propose(old.ref, files, None if below is None else below.commit)
        self.forge.revise(change, commit)
        self.commits[self.forge.changes[change].member] = commit

    def edit(self, change: ChangeId, needs: tuple[ChangeId, ...]) -> None:
        """Edit a change's Depends-On list."""
        known = self.forge.changes[change]
        self.forge.edit(replace(known, depends_on=needs))


def name_of(member: Member) -> str:
    """Return what a scenario calls a revision: `A`, then `A2`."""
    return member.change if member.revision == 1 else f"{member.change}{member.revision}"


def prospect_label(prospect: Prospect, change: ChangeId | None) -> str:
    """Return a prospect's name with revisions, such as `[A2,B]` or `[C,A+B:A]`."""
    items = _sized(prospect)
    names = ",".join("+".join(map(name_of, item)) for item in items)
    whole = change is None or len(prospect.members) == 1 or prospect.pipeline == "check"
    return f"[{names}]" if whole else f"[{names}:{change}]"


def _sized(prospect: Prospect) -> Iterator[tuple[Member, ...]]:
    start = 0
    for size in prospect.sizes or (1,) * len(prospect.chain):
        yield prospect.chain[start : start + size]
        start += size
