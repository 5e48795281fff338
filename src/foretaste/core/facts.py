"""Facts: what the gate knows, and nothing that could be derived from it.

Maps are persistent (`immutables.Map`), so that noting an event costs the same in a long queue as
in a short one. `record` (in its own module) makes new facts from old ones and an event.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from immutables import Map

from foretaste.core.build import Build
from foretaste.core.change import Change
from foretaste.core.job import Job
from foretaste.core.message import Owed
from foretaste.core.names import (
    BuildId,
    ChangeId,
    JobName,
    Member,
    Oid,
    ProjectName,
    ProspectKey,
    QueueName,
    Ref,
    State,
)
from foretaste.core.policy import Policy
from foretaste.core.project import Project
from foretaste.core.prospect import Prospect
from foretaste.core.reasons import Reason
from foretaste.core.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An item in its queue; `number` counts every item that was ever enqueued, from 1."""

    number: int
    members: tuple[Member, ...]
    at: float = 0.0

    @property
    def changes(self) -> tuple[ChangeId, ...]:
        """The changes of the item."""
        return tuple(member.change for member in self.members)


@dataclass(frozen=True, slots=True, kw_only=True)
class Queue:
    """The items of one queue in landing order.

    `base` names the state of its branches: the key of the prospect that landed last, or a key of
    its own after a push from outside. `landing` are the prospects that are being landed,
    `refusals` how often the host refused the first of them and `refusal` what it said, `frozen`
    why nothing may land.
    """

    name: QueueName
    entries: tuple[Entry, ...] = ()
    window: int
    base: ProspectKey
    landing: tuple[ProspectKey, ...] = ()
    refusals: int = 0
    refusal: str = ""
    frozen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check under way: the change on its dependencies, on the branches as they were."""

    change: ChangeId
    revision: int
    queue: QueueName
    members: tuple[Member, ...]
    base: ProspectKey
    state: State
    number: int
    started: bool = False
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What the gate has said of one change so far.

    `verdict` is the last one, `revision` and `approval` what stood when it was given; `waits` why
    the change was looked at and not enqueued; `checked` the last check's verdict; `enqueued` the
    number of the item that holds it now (0: none), `started` whether that item's start was
    reported; `dequeue` that an operator wants it out; `landed` the commit that its branch moved
    to.
    """

    verdict: Verdict | None = None
    revision: int = 0
    approval: int = 0
    dequeue: bool = False
    waits: Reason | None = None
    waits_for: ChangeId | None = None
    waits_detail: str = ""
    checked: Verdict | None = None
    checked_revision: int = 0
    started: bool = False
    enqueued: int = 0
    reports: int = 0
    landed: Oid | None = None
    at: float = 0.0


Run = tuple[ProspectKey, ChangeId | None, JobName]
"""What a build's attempts have in common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the gate knows.

    `noticed` are changes that an event was about and that `plan` has not answered yet,
    `disturbed` those for which something else changed (what they need landed or went), `untold`
    messages that are owed. `tried` are the prospects that were made for an item or a check, by
    its first change; `runs` the attempts at each job of a prospect, oldest first; `live` builds
    that have not ended; `results` the build that passed, by `Job.verdict_key`; `counts` how many
    tests a job had when its branch last landed.
    """

    seq: int = 0
    policy: Policy = field(default_factory=Policy)
    projects: Map[ProjectName, Project] = field(default_factory=Map)
    semaphores: Map[str, int] = field(default_factory=Map)
    tips: Map[Ref, Oid] = field(default_factory=Map)
    changes: Map[ChangeId, Change] = field(default_factory=Map)
    notes: Map[ChangeId, Note] = field(default_factory=Map)
    needed_by: Map[ChangeId, tuple[ChangeId, ...]] = field(default_factory=Map)
    queues: Map[QueueName, Queue] = field(default_factory=Map)
    checks: Map[ChangeId, Check] = field(default_factory=Map)
    noticed: tuple[ChangeId, ...] = ()
    disturbed: tuple[ChangeId, ...] = ()
    untold: tuple[Owed, ...] = ()
    tried: Map[ChangeId, tuple[ProspectKey, ...]] = field(default_factory=Map)
    prospects: Map[ProspectKey, Prospect] = field(default_factory=Map)
    builds: Map[BuildId, Build] = field(default_factory=Map)
    runs: Map[Run, tuple[BuildId, ...]] = field(default_factory=Map)
    live: Map[BuildId, ProspectKey] = field(default_factory=Map)
    results: Map[str, BuildId] = field(default_factory=Map)
    counts: Map[tuple[Ref, JobName], int] = field(default_factory=Map)
    enqueued: int = 0
    started: int = 0
    held: str = ""

    def queue_of(self, change: ChangeId) -> Queue | None:
        """Return the queue that a change's branch lands through, None where it is not ours."""
        known = self.changes[change]
        project = self.projects.get(known.project)
        if project is None or known.branch not in project.branches:
            return None
        return self.queues.get(project.queue_of(known.branch))

    def refs_of(self, queue: QueueName) -> frozenset[Ref]:
        """Return the branches that land through a queue."""
        return frozenset(
            ref
            for project in self.projects.values()
            for ref in project.refs
            if project.queue_of(ref.branch) == queue
        )

    def note(self, change: ChangeId) -> Note:
        """Return what was said of a change; an empty note where nothing was."""
        return self.notes.get(change, NOTHING)

    def place(self, change: ChangeId) -> Entry | None:
        """Return the queue entry that holds the change now, None where it is in no queue."""
        found = self.whereabouts(change)
        return None if found is None else found[1]

    def whereabouts(self, change: ChangeId) -> tuple[Queue, Entry] | None:
        """Return the queue and the entry that hold the change now, None where it is in no queue.

        The queue is not that of its branch where the settings have changed since it entered.
        """
        number = self.note(change).enqueued
        if not number:
            return None
        own = self.queue_of(change)
        others = (queue for queue in self.queues.values() if queue is not own)
        queues = others if own is None else (own, *others)
        return next(
            ((q, entry) for q in queues for entry in q.entries if entry.number == number), None
        )

    def job(self, build: Build) -> Job | None:
        """Return the job that a build is a run of, None where its prospect is gone."""
        owned = self.owner(build)
        return None if owned is None else owned[1]

    def owner(self, build: Build) -> tuple[ChangeId, Job] | None:
        """Return a build's job and the change whose job it is, None where its prospect is gone."""
        prospect = self.prospects.get(build.prospect)
        return None if prospect is None else prospect.owner(build.job, build.change)


NOTHING = Note()
