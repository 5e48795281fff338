"""Events: all that can happen to the gate; facts are the fold of them.

Three sorts: what the world said (`ChangesSeen`, `TipsSeen`, `BuildStarted`, …), what an operator
asked (`Promoted`, `Held`, …), and what the gate itself decided (`Enqueued`, `Judged`, …). A
decision is an event like any other, so that a story can be told and a start is a replay.
"""

from __future__ import annotations

from dataclasses import dataclass

from foretaste.core.build import NO_EVIDENCE, BuildState, Evidence, Fault
from foretaste.core.change import Change
from foretaste.core.message import Message
from foretaste.core.names import (
    BuildId,
    ChangeId,
    JobName,
    Member,
    Oid,
    ProspectKey,
    QueueName,
    Ref,
    State,
)
from foretaste.core.policy import Policy
from foretaste.core.project import Project
from foretaste.core.prospect import Move, Plans
from foretaste.core.reasons import Reason
from foretaste.core.verdict import Verdict

# --- what the world said ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """The gate's own settings are now these."""

    policy: Policy
    projects: tuple[Project, ...]
    semaphores: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TipsSeen:
    """Branches were seen to point at these commits; news only where they differ."""

    tips: tuple[tuple[Ref, Oid], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangesSeen:
    """The forge showed these changes as they stand; the event was about `about`.

    `why` is the forge's word for what happened (pushed, approved, withdrawn, abandoned, …), `by`
    who did it. What is shown but not in `about` is knowledge only: it starts nothing.
    """

    changes: tuple[Change, ...]
    about: tuple[ChangeId, ...]
    why: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A prospect's commits exist, and its members' jobs were read from it."""

    key: ProspectKey
    moves: tuple[Move, ...]
    state: State
    plans: tuple[Plans, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflicted:
    """A prospect cannot be merged: `change` conflicts in `paths`."""

    key: ProspectKey
    change: ChangeId
    paths: tuple[str, ...] = ()
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Misconfigured:
    """The configuration in a prospect cannot be used; `detail` holds every error, a line each."""

    key: ProspectKey
    change: ChangeId
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unprepared:
    """A prospect was not prepared since what it stands on is gone; it may be asked for again."""

    key: ProspectKey


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildStarted:
    """A build has a worker."""

    build: BuildId


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildEnded:
    """A build is over, with what is believed of it and its evidence."""

    build: BuildId
    state: BuildState
    fault: Fault = Fault.NONE
    evidence: Evidence = NO_EVIDENCE


@dataclass(frozen=True, slots=True, kw_only=True)
class Landed:
    """The branches of an item were moved to exactly the commits that were tested."""

    key: ProspectKey
    moves: tuple[Move, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LandingRefused:
    """An item was not landed.

    `counts` is False where the host was not asked at all, since what stood ahead did not land.
    """

    key: ProspectKey
    detail: str
    counts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A message about a change was delivered."""

    change: ChangeId
    report: str


# --- what an operator asked ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Promoted:
    """These changes are to stand at the front of their queues, in this order."""

    changes: tuple[ChangeId, ...]
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DequeueAsked:
    """A change is to leave its queue."""

    change: ChangeId
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnqueueAsked:
    """A change is to be looked at again, whatever its last verdict was."""

    change: ChangeId
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The gate is to start no builds and land nothing, for the reason given."""

    why: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """The gate is to go on."""

    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frozen:
    """A queue must not land: what was read back after a landing is not what was tested."""

    queue: QueueName
    why: str


# --- what the gate decided ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Enqueued:
    """Items enter a queue, at its end and in this order."""

    queue: QueueName
    items: tuple[tuple[Member, ...], ...]
    about: ChangeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """A change was looked at, and there is nothing to do about it."""

    change: ChangeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Waited:
    """A change was looked at and does not enter a queue, for a reason that may pass.

    `told` where its people get a report of it; `because` is the change that it waits for.
    """

    change: ChangeId
    reason: Reason
    because: ChangeId | None = None
    told: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckStarted:
    """A change is checked by itself on its dependencies; `needs` are merged before it."""

    change: ChangeId
    queue: QueueName
    needs: tuple[Member, ...]
    base: ProspectKey
    state: State


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckEnded:
    """A check is over; `verdict` is None where it was given up (superseded, gated)."""

    change: ChangeId
    verdict: Verdict | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProspectWanted:
    """A prospect is to be prepared."""

    key: ProspectKey
    base: ProspectKey
    queue: QueueName
    pipeline: str
    members: tuple[Member, ...]
    chain: tuple[Member, ...]
    sizes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildWanted:
    """A build is to be started."""

    build: BuildId
    job: JobName
    prospect: ProspectKey
    change: ChangeId | None
    attempt: int
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelWanted:
    """A build is to be stopped, since its answer no longer matters."""

    build: BuildId
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LandWanted:
    """An item passed everything; its branches are to be moved to what was tested."""

    key: ProspectKey
    queue: QueueName
    members: tuple[Member, ...]
    moves: tuple[Move, ...]
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportWanted:
    """A message about a change is to be delivered; `report` makes it unique for the change."""

    change: ChangeId
    report: str
    message: Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A change left its queue with this verdict; `at_head` when its item stood first."""

    queue: QueueName
    change: ChangeId
    revision: int
    verdict: Verdict
    at_head: bool = False


Event = (
    Configured
    | TipsSeen
    | ChangesSeen
    | Prepared
    | Conflicted
    | Misconfigured
    | Unprepared
    | BuildStarted
    | BuildEnded
    | Landed
    | LandingRefused
    | Reported
    | Promoted
    | DequeueAsked
    | EnqueueAsked
    | Held
    | Resumed
    | Frozen
    | Enqueued
    | Considered
    | Waited
    | CheckStarted
    | CheckEnded
    | ProspectWanted
    | BuildWanted
    | CancelWanted
    | LandWanted
    | ReportWanted
    | Judged
)

Deed = ProspectWanted | BuildWanted | CancelWanted | LandWanted | ReportWanted
"""Events that ask for something to be done outside; each is an outbox row until it is done."""


Proposal = ProspectWanted | BuildWanted | CancelWanted
"""What a planner may say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event as it stands in the log: its number from 1 and its wall time in seconds."""

    seq: int
    at: float
    event: Event
