"""Prospect: what the branches would be if an item had landed on what it assumes.

Prospects are chained: each is one merge (a member) on top of the prospect of the item that it
assumes to land just before it, so preparing n items costs n merges. Its key is derived from
that chain, so that a prospect keeps its key, its commits and its verdicts when what it assumes
has landed: the queue's base is then the key of the prospect that landed.
"""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass

from foretaste.core.job import Job
from foretaste.core.names import (
    ChangeId,
    JobName,
    Member,
    Oid,
    ProspectKey,
    QueueName,
    Ref,
    State,
)


class ProspectState(enum.Enum):
    """Whether the commits of a prospect exist."""

    WANTED = "wanted"
    PREPARED = "prepared"
    CONFLICT = "conflict"
    MISCONFIGURED = "misconfigured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One branch that a prospect moves: to `new`, whose tree is `tree`, if it is at `old`."""

    ref: Ref
    old: Oid
    new: Oid
    tree: Oid


@dataclass(frozen=True, slots=True, kw_only=True)
class Plans:
    """The jobs of one member of a prospect."""

    change: ChangeId
    jobs: tuple[Job, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """One item on what it assumes.

    `base` is the key of the prospect below or a queue's base; `chain` holds the members of all
    that it assumes and its own, in landing order, counted from the base it was planned on (it
    is what people see as `M[A,B]`), and `sizes` how many members each of those items has, its own
    last (empty: one each). `state` is every branch of the queue as it would be, `why`
    and `paths` say what conflicts or is misconfigured.
    """

    key: ProspectKey
    base: ProspectKey
    queue: QueueName
    pipeline: str = "gate"
    members: tuple[Member, ...]
    chain: tuple[Member, ...]
    sizes: tuple[int, ...] = ()
    status: ProspectState = ProspectState.WANTED
    moves: tuple[Move, ...] = ()
    state: State = ()
    plans: tuple[Plans, ...] = ()
    why: str = ""
    paths: tuple[str, ...] = ()
    culprit: ChangeId | None = None

    def jobs(self, change: ChangeId) -> tuple[Job, ...]:
        """Return the jobs of one member; empty where it has none or is not prepared."""
        return next((plan.jobs for plan in self.plans if plan.change == change), ())

    def owner(self, job: JobName, change: ChangeId | None) -> tuple[ChangeId, Job] | None:
        """Return the job that builds of `change` run, with whose it is; None where there is none.

        A build that is shared (`change` is None) runs the job of the first member that has it.
        """
        found = (
            (plan.change, each)
            for plan in self.plans
            for each in plan.jobs
            if each.name == job and (each.shared if change is None else plan.change == change)
        )
        return next(found, None)


def key_of(base: ProspectKey, members: tuple[Member, ...], pipeline: str) -> ProspectKey:
    """Return the key of the prospect of `members` on `base`; the same inputs, the same key."""
    text = "\n".join([base, pipeline, *(f"{change}/{revision}" for change, revision in members)])
    return ProspectKey(hashlib.sha256(text.encode()).hexdigest()[:20])
