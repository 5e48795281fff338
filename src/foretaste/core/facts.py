"""Facts: what the gate knows, and nothing that could be derived from it.

Maps are persistent (`immutables.Map`), so that noting an event costs the same in a long queue as
in a short one. `record` (in its own module) makes new facts from old ones and an event.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from immutables import Map

from foretaste.core.build import Build
from foretaste.core.change import Change
from foretaste.core.job import Job
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
    its own after a push from outside. `landing` is the prospect that is being landed, `attempts`
    how often the host refused it, `frozen` why nothing may land.
    """

    name: QueueName
    entries: tuple[Entry, ...] = ()
    window: int
    base: ProspectKey
    landing: ProspectKey | None = None
    attempts: int = 0
    frozen: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A check under way: the change on its dependencies, on the branches as they were."""

    change: ChangeId
    revision: int
    members: tuple[Member, ...]
    base: ProspectKey
    state: State
    number: int
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """What the gate has said of one change so far.

    `verdict` is the last one and `revision` the revision that it was about; `waits` why the
    change was looked at and not enqueued; `checked` the last check's verdict; `started` whether
    the start of its present item was reported; `enqueued` the number of its newest item;
    `landed` the commit that its branch moved to.
    """

    verdict: Verdict | None = None
    revision: int = 0
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


class Pipeline(enum.Enum):
    """What sends a change through its jobs."""

    CHECK = "check"
    GATE = "gate"


Run = tuple[ProspectKey, ChangeId | None, JobName]
"""What a build's attempts have in common."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """All that the gate knows.

    `noticed` are changes that an event was about and that `plan` has not answered yet; `runs`
    the attempts at each job of a prospect, oldest first; `results` the build that passed for an
    inputs digest; `counts` how many tests a job had when its branch last landed.
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

    def note(self, change: ChangeId) -> Note:
        """Return what was said of a change; an empty note where nothing was."""
        return self.notes.get(change, NOTHING)

    def place(self, change: ChangeId) -> Entry | None:
        """Return the queue entry that holds the change now, None where it is in no queue."""
        note = self.note(change)
        queue = self.queue_of(change) if change in self.changes else None
        if queue is None or not note.enqueued or note.verdict is not None:
            return None
        return next((e for e in queue.entries if e.number == note.enqueued), None)

    def job(self, build: Build) -> Job | None:
        """Return the job that a build is a run of, None where its prospect is gone."""
        prospect = self.prospects.get(build.prospect)
        plans = () if prospect is None else prospect.plans
        return next((j for plan in plans for j in plan.jobs if j.name == build.job), None)


NOTHING = Note()
