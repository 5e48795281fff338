"""Blame is told from evidence: the first build that failed names the cause."""

from __future__ import annotations

import pytest

from foretaste.core.blame import FAULTS, Memory, blame_of_build, blame_of_stance, blame_of_verdict
from foretaste.core.build import Build, BuildState, Evidence, Fault
from foretaste.core.cause import Cause
from foretaste.core.facts import Facts
from foretaste.core.names import BuildId, ChangeId, JobName, ProspectKey
from foretaste.core.past import Past
from foretaste.core.reasons import Reason
from foretaste.core.stance import Assessment, ItemState
from foretaste.core.verdict import Outcome, Verdict

A = ChangeId("A")


def build(name: str, fault: Fault = Fault.JOB, **evidence: object) -> Build:
    return Build(
        id=BuildId(name),
        job=JobName("M"),
        prospect=ProspectKey("k"),
        change=A,
        state=BuildState.FAILED,
        fault=fault,
        evidence=Evidence(**evidence),  # type: ignore[arg-type]
    )


def memory(*builds: Build) -> Memory:
    return Memory(Facts(), Past(builds={one.id: one for one in builds}))


def verdict(reason: Reason, *builds: str, detail: str = "") -> Verdict:
    return Verdict(
        outcome=Outcome.FAILED,
        reason=reason,
        builds=tuple(map(BuildId, builds)),
        detail=detail,
    )


@pytest.mark.parametrize(
    ("fault", "cause"),
    [
        (Fault.TIMED_OUT, Cause.TIMED_OUT),
        (Fault.LIMIT, Cause.LIMIT_HIT),
        (Fault.REFUSED, Cause.JOB_REFUSED),
        (Fault.REPORT_MISSING, Cause.REPORT_MISSING),
        (Fault.REPORT_EMPTY, Cause.REPORT_EMPTY),
        (Fault.REPORT_SHRUNK, Cause.REPORT_SHRUNK),
        (Fault.JOB, Cause.JOB_FAILED),
        (Fault.NONE, Cause.JOB_FAILED),
    ],
)
def test_a_fault_has_its_cause(fault: Fault, cause: Cause) -> None:
    one = build("b1", fault)

    assert blame_of_build(memory(one), one).cause is cause


def test_every_fault_of_its_own_is_a_cause() -> None:
    told_otherwise = {Fault.NONE, Fault.JOB, Fault.RESTART}

    assert set(FAULTS) == set(Fault) - told_otherwise


def test_tests_of_several_builds_are_gathered_once() -> None:
    builds = build("b1", failed=("t", "u"), exit_status=1), build("b2", failed=("u", "v"))

    blame = blame_of_verdict(memory(*builds), A, verdict(Reason.JOB_FAILED, "b1", "b2", "gone"))

    assert (blame.cause, blame.tests) == (Cause.TESTS_FAILED, ("t", "u", "v"))
    assert (blame.build, blame.builds, blame.count) == ("b1", ("M[A]", "M[A]"), 1)


def test_a_conflict_without_its_prospect_shows_what_the_verdict_kept() -> None:
    blame = blame_of_verdict(memory(), A, verdict(Reason.CONFLICT, detail="a.txt\nb.txt"))

    assert (blame.cause, blame.paths) == (Cause.CONFLICT, ("a.txt", "b.txt"))


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        (Reason.CONFIG_BROKEN, Cause.CONFIG_BROKEN),
        (Reason.SUPERSEDED, Cause.SUPERSEDED),
        (Reason.FROZEN, Cause.QUEUE_CLOSED),
        (Reason.TIMED_OUT, Cause.TIMED_OUT),
        (Reason.ATTEMPTS_EXHAUSTED, Cause.ATTEMPTS_EXHAUSTED),
    ],
)
def test_a_reason_has_its_cause(reason: Reason, cause: Cause) -> None:
    assert blame_of_verdict(memory(), A, verdict(reason, detail="x")).cause is cause


def test_a_check_that_fails_without_a_prospect_has_a_blame() -> None:
    found = Assessment(state=ItemState.FAILING, reason=Reason.CONFIG_BROKEN)

    assert blame_of_stance(memory(), found).cause is Cause.CONFIG_BROKEN
