"""What an executor says becomes what is believed of a build: never a pass without evidence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from foretaste.core.build import BuildState, Fault
from foretaste.core.events import BuildEnded, BuildStarted
from foretaste.core.job import Job
from foretaste.core.names import BuildId
from foretaste.ports.executor import CaseResult, Ending, Finished, Output, Started
from foretaste.service.observe import NAMED_FAILURES, evidence_of, observe
from tests.unit.core.town import Town


def judged(seen: Finished, *, counted: int | None = None, evidence: str = "junit") -> BuildEnded:
    """Return what is believed of the end of a build whose job declares this evidence."""
    town = Town("A")("approve A")
    facts = town.facts
    (build,) = facts.builds.values()
    prospect = facts.prospects[build.prospect]
    (plan,) = prospect.plans
    jobs: tuple[Job, ...] = (replace(plan.jobs[0], evidence=evidence),)
    prospect = replace(prospect, plans=(replace(plan, jobs=jobs),))
    facts = replace(facts, prospects=facts.prospects.set(prospect.key, prospect))
    if counted is not None:
        ref = facts.changes[plan.change].ref
        facts = replace(facts, counts=facts.counts.set((ref, build.job), counted))
    (event,) = observe(facts, replace(seen, attempt=build.id))
    assert isinstance(event, BuildEnded)
    return event


def cases(passed: int, failed: int = 0, skipped: int = 0) -> tuple[CaseResult, ...]:
    """Return the results of so many tests."""
    kinds = [("passed", passed), ("failed", failed), ("skipped", skipped)]
    return tuple(
        CaseResult(name=f"{kind}{i}", outcome=kind) for kind, many in kinds for i in range(many)
    )


@pytest.mark.parametrize(
    ("seen", "state", "fault"),
    [
        (Finished(attempt="", ending=Ending.TIMED_OUT), BuildState.FAILED, Fault.TIMED_OUT),
        (Finished(attempt="", ending=Ending.LIMIT), BuildState.FAILED, Fault.LIMIT),
        (Finished(attempt="", ending=Ending.REFUSED), BuildState.FAILED, Fault.REFUSED),
        (Finished(attempt="", ending=Ending.CANCELLED), BuildState.CANCELLED, Fault.NONE),
        (Finished(attempt="", ending=Ending.LOST), BuildState.LOST, Fault.NONE),
        (
            Finished(attempt="", ending=Ending.EXITED, exit_status=1, cases=cases(3)),
            BuildState.FAILED,
            Fault.JOB,
        ),
        (
            Finished(attempt="", ending=Ending.EXITED, exit_status=0, cases=cases(3, failed=1)),
            BuildState.FAILED,
            Fault.JOB,
        ),
        (
            Finished(attempt="", ending=Ending.EXITED, exit_status=0),
            BuildState.FAILED,
            Fault.REPORT_MISSING,
        ),
        (
            Finished(attempt="", ending=Ending.EXITED, exit_status=0, cases=cases(0, skipped=9)),
            BuildState.FAILED,
            Fault.REPORT_EMPTY,
        ),
        (
            Finished(attempt="", ending=Ending.EXITED, exit_status=0, cases=cases(1)),
            BuildState.PASSED,
            Fault.NONE,
        ),
    ],
)
def test_an_ending_is_worth(seen: Finished, state: BuildState, fault: Fault) -> None:
    ended = judged(seen)

    assert (ended.state, ended.fault) == (state, fault)


@pytest.mark.parametrize(
    ("tests", "state"), [(49, BuildState.FAILED), (50, BuildState.PASSED), (51, BuildState.PASSED)]
)
def test_a_report_with_far_fewer_tests_than_the_branch_had_is_no_evidence(
    tests: int, state: BuildState
) -> None:
    seen = Finished(attempt="", ending=Ending.EXITED, exit_status=0, cases=cases(tests))

    ended = judged(seen, counted=100)

    assert ended.state is state
    assert (ended.fault is Fault.REPORT_SHRUNK) == (state is BuildState.FAILED)


def test_a_shared_build_is_measured_by_its_owners_branch() -> None:
    projects = [{"name": name, "queue": "q", "allow_cycles": True} for name in ("R1", "R2")]
    changes = [
        {"id": "A", "project": "R1", "depends_on": ["B"]},
        {"id": "B", "project": "R2", "depends_on": ["A"]},
    ]
    town = Town(project=projects, change=changes, job=[{"name": "S", "shared": True}])(
        "approve A B"
    )
    facts = town.facts
    (build,) = facts.builds.values()
    prospect = facts.prospects[build.prospect]
    plans = tuple(
        replace(plan, jobs=(replace(plan.jobs[0], evidence="junit"),)) for plan in prospect.plans
    )
    first = facts.changes[plans[0].change].ref
    facts = replace(
        facts,
        prospects=facts.prospects.set(prospect.key, replace(prospect, plans=plans)),
        counts=facts.counts.set((first, build.job), 100),
    )

    seen = Finished(attempt=build.id, ending=Ending.EXITED, exit_status=0, cases=cases(3))
    (ended,) = observe(facts, seen)

    assert isinstance(ended, BuildEnded)
    assert ended.fault is Fault.REPORT_SHRUNK


def test_a_build_whose_job_nobody_knows_any_more_never_passes() -> None:
    town = Town("A")("approve A")
    (build,) = town.facts.builds.values()
    facts = replace(town.facts, prospects=town.facts.prospects.delete(build.prospect))

    (ended,) = observe(facts, Finished(attempt=build.id, ending=Ending.EXITED, exit_status=0))

    assert isinstance(ended, BuildEnded)
    assert (ended.state, ended.fault) == (BuildState.FAILED, Fault.REFUSED)


def test_what_is_no_news_has_no_events() -> None:
    town = Town("A")("approve A")
    (build,) = town.facts.builds
    done = Finished(attempt=build, ending=Ending.EXITED, exit_status=0)
    facts = town.facts

    assert observe(facts, Output(attempt=build, size=7)) == ()
    assert observe(facts, Started(attempt=build)) == (BuildStarted(build=BuildId(build)),)
    assert observe(facts, replace(done, attempt="b99")) == ()
    town("hold", "finish *")
    assert observe(town.facts, done) == ()


def test_evidence_keeps_what_people_need_and_stays_small() -> None:
    seen = Finished(
        attempt="b1",
        ending=Ending.EXITED,
        exit_status=1,
        cases=cases(2, failed=NAMED_FAILURES + 5, skipped=3),
        phases={"test": 2.0, "fetch": 0.5},
        lock="l",
        log_size=9,
        artefacts=("a",),
        why="w",
    )

    evidence = evidence_of(seen)

    assert evidence.tests == NAMED_FAILURES + 7
    assert len(evidence.failed) == NAMED_FAILURES
    assert evidence.skipped == 3
    assert evidence.seconds == 2.5
    assert evidence.phases == (("fetch", 0.5), ("test", 2.0))
    assert (evidence.lock, evidence.log_size, evidence.artefacts) == ("l", 9, ("a",))
    assert evidence.why == "w"
