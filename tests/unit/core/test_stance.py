"""Where an item and its jobs stand follows from the facts, each time anew."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from immutables import Map

from foretaste.core.facts import Facts
from foretaste.core.names import BuildId, ChangeId, JobName
from foretaste.core.reasons import Reason
from foretaste.core.stance import ItemState, JobState, Stance, Walk, assess
from tests.fakes.worlds import Thrifty
from tests.unit.core.town import Town

A, B = ChangeId("A"), ChangeId("B")


def stances(facts: Facts) -> list[Stance]:
    """Return the stances of the one queue."""
    (queue,) = facts.queues.values()
    return list(Walk(facts, queue))


def states(town: Town) -> dict[str, JobState]:
    """Return where the jobs of the first item stand."""
    return {stance.job.name: stance.state for stance in stances(town.facts)[0].jobs}


def jobs(*tables: dict[str, Any]) -> Town:
    """Return a town with one approved change that has these jobs, in a gate that is held."""
    return Town("A", job=list(tables))("approve A", "hold")


def test_a_job_waits_for_what_it_needs_and_is_ready_then() -> None:
    town = jobs({"name": "L"}, {"name": "T", "needs": ["L"]}, {"name": "I", "needs": ["T"]})
    assert states(town) == {
        "L": JobState.RUNNING,
        "T": JobState.WAITING,
        "I": JobState.WAITING,
    }

    town("finish L[A]")

    assert states(town) == {"L": JobState.PASSED, "T": JobState.READY, "I": JobState.WAITING}


def test_what_needs_a_job_that_failed_is_skipped_as_is_all_that_needs_it() -> None:
    """A build of another job still runs, so nothing is judged yet."""
    town = jobs(
        {"name": "L"}, {"name": "T", "needs": ["L"]}, {"name": "I", "needs": ["T"]}, {"name": "M"}
    )

    town("fail L[A]")

    assert states(town) == {
        "L": JobState.FAILED,
        "T": JobState.SKIPPED,
        "I": JobState.SKIPPED,
        "M": JobState.RUNNING,
    }


def test_a_skipped_job_fails_its_change_for_the_reason_of_what_it_was_skipped_for() -> None:
    """L has no vote, T needs it and has one: it is L's builds that ran out of attempts."""
    town = Town(
        "A",
        policy={"attempts": 1},
        job=[{"name": "L", "voting": False}, {"name": "T", "needs": ["L"]}],
    )("approve A", "lose L[A]")

    assert town.reasons["A"] == "ATTEMPTS_EXHAUSTED"


def test_a_job_that_needs_one_that_is_not_there_never_passes() -> None:
    facts = planned(jobs({"name": "L"}).facts, L=("gone",))

    (stance,) = stances(facts)

    assert stance.state is ItemState.FAILING
    assert stance.reason is Reason.JOB_FAILED
    assert [job.state for job in stance.jobs] == [JobState.SKIPPED]


def test_jobs_that_need_each_other_in_a_circle_never_pass_and_never_loop() -> None:
    town = jobs({"name": "L"}, {"name": "T"}, {"name": "I"})
    facts = planned(town.facts, L=("T",), T=("L",), I=("I",))

    (stance,) = stances(facts)

    assert stance.state is ItemState.FAILING
    assert {job.state for job in stance.jobs} == {JobState.SKIPPED}


def planned(facts: Facts, **needs: tuple[str, ...]) -> Facts:
    """Return the facts in which no build ran and the jobs of the one prospect need these."""
    ((key, prospect),) = facts.prospects.items()
    (plan,) = prospect.plans
    listed = tuple(
        replace(job, needs=tuple(map(JobName, needs.get(job.name, ())))) for job in plan.jobs
    )
    altered = replace(prospect, plans=(replace(plan, jobs=listed),))
    return replace(
        facts,
        prospects=facts.prospects.set(key, altered),
        runs=Map(),
        builds=Map(),
        live=Map(),
    )


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        ((), JobState.RUNNING),
        (("lose M[A]",), JobState.READY),
        (("finish M[A]",), JobState.PASSED),
    ],
)
def test_the_newest_attempt_says_where_a_job_stands(
    steps: tuple[str, ...], state: JobState
) -> None:
    assert states(jobs({"name": "M"})(*steps)) == {"M": state}


def test_a_verdict_elsewhere_counts_only_where_none_was_given_here() -> None:
    facts = jobs({"name": "M"})("finish M[A]").facts
    ((key, prospect),) = facts.prospects.items()
    (plan,) = prospect.plans
    other = replace(prospect, plans=(replace(plan, jobs=(replace(plan.jobs[0], inputs="i"),)),))
    facts = replace(
        facts,
        prospects=facts.prospects.set(key, other),
        results=Map({"i": BuildId("b9")}),
        policy=replace(facts.policy, reuse=True),
    )

    assert stances(facts)[0].jobs[0].state is JobState.PASSED
    none = replace(facts, runs=Map())
    (job,) = stances(none)[0].jobs
    assert (job.state, job.build, job.attempts) == (JobState.REUSED, "b9", 0)
    assert stances(replace(none, results=Map()))[0].jobs[0].state is JobState.READY
    forbidden = replace(none, policy=replace(none.policy, reuse=False))
    assert stances(forbidden)[0].jobs[0].state is JobState.READY


def test_a_verdict_on_the_same_trees_is_used_again_and_no_build_is_run() -> None:
    """B before A gives the tree that A before B gave, and both have been tested."""
    town = Town("A B", world=Thrifty)("approve A B", "hold", "finish *", "promote B A")

    town("resume")

    assert town.running == {"M[B]"}
    assert town("finish M[B]").merged == ["B", "A"]
    assert len([e for e in town.events if type(e).__name__ == "BuildWanted"]) == 3


def test_an_item_with_no_prospect_knows_what_it_will_be_prepared_on() -> None:
    town = Town("A B")("approve A B")
    facts = replace(town.facts, prospects=Map())

    first, second = stances(facts)

    assert (first.state, first.ahead) == (ItemState.PREPARING, ())
    assert [member.change for member in second.ahead] == ["A"]
    assert second.ahead_sizes == (1,)
    assert second.base == first.key


def test_an_item_behind_a_failing_one_does_without_it() -> None:
    town = Town("A B C")("approve A B C", "fail M[A,B]")

    first, second, third = stances(town.facts)

    assert second.failing
    assert third.base == first.key


def test_what_needs_a_failing_item_is_blocked_by_it() -> None:
    changes = [{"id": "A", "project": "R"}, {"id": "B", "project": "R"}]
    changes.append({"id": "C", "project": "R", "depends_on": ["B"]})  # type: ignore[dict-item]
    town = Town(change=changes)("approve A B C", "fail M[A,B]")

    blocked = stances(town.facts)[2]

    assert (blocked.state, blocked.reason, blocked.because) == (
        ItemState.BLOCKED,
        Reason.DEPENDENCY_FAILED,
        B,
    )


def test_a_prospect_that_nobody_knows_is_being_prepared() -> None:
    assert assess(Facts(), None).state is ItemState.PREPARING
