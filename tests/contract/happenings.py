"""Events as a gate writes them, for tests of what keeps them."""

from __future__ import annotations

from collections.abc import Sequence

from foretaste.core.build import BuildState, Evidence, Fault
from foretaste.core.change import Change
from foretaste.core.events import (
    BuildEnded,
    BuildStarted,
    BuildWanted,
    ChangesSeen,
    Enqueued,
    Event,
    Judged,
    Landed,
    Prepared,
    ProspectWanted,
)
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
)
from foretaste.core.prospect import Move, Plans
from foretaste.core.reasons import Reason
from foretaste.core.verdict import Outcome, Verdict

QUEUE = QueueName("pallets")
FLASK = ProjectName("flask")


def change_seen(name: str, project: ProjectName = FLASK) -> ChangesSeen:
    """A change is pushed."""
    change = Change(id=ChangeId(name), project=project, branch="main", commit=Oid(name * 8))
    return ChangesSeen(changes=(change,), about=(change.id,), why="pushed", by="ada")


def enqueued(*names: str) -> Enqueued:
    """Changes enter the queue, each as an item."""
    items = tuple((Member(ChangeId(name), 1),) for name in names)
    return Enqueued(queue=QUEUE, items=items, about=ChangeId(names[-1]))


def prospect_wanted(key: str, chain: str, own: int = 1, pipeline: str = "gate") -> ProspectWanted:
    """A prospect of the last `own` of the changes in `chain`, a letter each, on the others."""
    members = tuple(Member(ChangeId(name), 1) for name in chain)
    return ProspectWanted(
        key=ProspectKey(key),
        base=ProspectKey("root"),
        queue=QUEUE,
        pipeline=pipeline,
        members=members[-own:],
        chain=members,
    )


def prepared(key: str, change: str, *jobs: Job) -> Prepared:
    """A prospect's commits exist, and one member has these jobs."""
    plans = (Plans(change=ChangeId(change), jobs=jobs),)
    return Prepared(key=ProspectKey(key), moves=(move(change),), state=(), plans=plans)


def build_wanted(name: str, key: str, change: str | None, job: str = "tests") -> BuildWanted:
    """A build is to be started."""
    owner = None if change is None else ChangeId(change)
    return BuildWanted(
        build=BuildId(name),
        job=JobName(job),
        prospect=ProspectKey(key),
        change=owner,
        attempt=1,
        cause="planned",
    )


def build_started(name: str) -> BuildStarted:
    """A build has a worker."""
    return BuildStarted(build=BuildId(name))


def build_ended(name: str, *failed: str) -> BuildEnded:
    """A build is over: passed, or failed for these tests."""
    state, fault = (BuildState.FAILED, Fault.JOB) if failed else (BuildState.PASSED, Fault.NONE)
    evidence = Evidence(exit_status=len(failed), tests=7, failed=failed, seconds=1.5)
    return BuildEnded(build=BuildId(name), state=state, fault=fault, evidence=evidence)


def move(change: str) -> Move:
    """The branch that a change moves."""
    return Move(ref=Ref(FLASK, "main"), old=Oid("0"), new=Oid(change), tree=Oid("t"))


def landed(key: str, change: str) -> Landed:
    """An item has landed."""
    return Landed(key=ProspectKey(key), moves=(move(change),))


def judged(change: str, because: str | None = None) -> Judged:
    """A change left the queue, on account of another where one is named."""
    blamed = None if because is None else ChangeId(because)
    reason = Reason.JOB_FAILED if blamed is None else Reason.DEPENDENCY_FAILED
    verdict = Verdict(outcome=Outcome.FAILED, reason=reason, because=blamed)
    return Judged(queue=QUEUE, change=ChangeId(change), revision=1, verdict=verdict)


def gate_of_two() -> Sequence[Event]:
    """A and B, B on A: A lands, B fails; with the builds of both."""
    return (
        change_seen("A"),
        change_seen("B", ProjectName("click")),
        enqueued("A", "B"),
        prospect_wanted("p", "A"),
        prospect_wanted("q", "AB"),
        prepared("p", "A", Job(name=JobName("tests"))),
        prepared("q", "B", Job(name=JobName("tests")), Job(name=JobName("lint"), voting=False)),
        build_wanted("A-1", "p", "A"),
        build_wanted("B-1", "q", "B"),
        build_wanted("B-2", "q", "B", "lint"),
        build_started("A-1"),
        build_started("B-1"),
        build_ended("A-1"),
        build_ended("B-1", "test_x", "test_y"),
        landed("p", "A"),
        judged("B"),
    )
