"""Views are made from real facts, and say of builds, jobs, changes and queues how they stand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from foretaste.core.blame import Memory
from foretaste.core.build import Build, BuildState, Evidence, Fault
from foretaste.core.facts import Facts
from foretaste.core.names import BuildId, ChangeId, JobName, ProspectKey
from foretaste.core.past import Past, past_of
from foretaste.report.builds import build_view, newest_first
from foretaste.report.changes import change_view
from foretaste.report.queues import gate_view, list_views
from foretaste.report.views import BuildView, ChangeView, GateView
from tests.unit.core.town import Town, held_back

A = ChangeId("A")
CHECKED: dict[str, Any] = {"job": [{"name": "K", "pipeline": "check"}, {"name": "M"}]}
NEEDING: dict[str, Any] = {"job": [{"name": "M"}, {"name": "T", "needs": ["M"], "voting": False}]}
CYCLE: dict[str, Any] = {
    "project": [{"name": "R", "allow_cycles": True}],
    "change": [
        {"id": "A", "project": "R", "depends_on": ["B"]},
        {"id": "B", "project": "R", "depends_on": ["A"]},
    ],
    "job": [{"name": "S", "shared": True}, {"name": "M"}],
}


def past(town: Town, name: str) -> Past:
    return past_of(town.world.store.story(name))


def view(town: Town, name: str) -> ChangeView:
    return change_view(town.facts, ChangeId(name), past(town, name))


def glance(town: Town) -> GateView:
    return gate_view(town.facts, lambda name: past(town, name))


def jobs(found: ChangeView) -> dict[str, tuple[str, str]]:
    return {job.name: (job.state, job.why) for job in found.jobs}


def test_a_queued_change_shows_its_place_its_jobs_and_its_builds() -> None:
    town = Town(**NEEDING)("approve A B")

    found = view(town, "B")

    assert (found.state, found.queue, found.position, found.assumes) == ("queued", "R", 2, ("A",))
    assert jobs(found) == {
        "M": ("running", ""),
        "T": ("waiting", "It needs M to pass first."),
    }
    assert [(build.label, build.state, build.why) for build in found.builds] == [
        ("M[A,B]", "running", "It runs.")
    ]
    assert [job.voting for job in found.jobs] == [True, False]


def test_a_landed_change_keeps_what_was_tested() -> None:
    town = Town(**NEEDING)("approve A", "finish *")

    found = view(town, "A")

    assert (found.state, found.landed) == ("merged", town.facts.note(A).landed)
    assert jobs(found) == {"M": ("passed", ""), "T": ("passed", "")}
    assert [build.label for build in found.builds] == ["T[A]", "M[A]"]
    assert {build.project for build in found.builds} == {"R"}


def test_a_change_that_was_tested_anew_shows_the_jobs_of_what_landed() -> None:
    town = Town()("approve A B C", "fail M[A,B]", "finish *")

    found = view(town, "C")

    assert [build.label for build in found.builds] == ["M[A,C]", "M[A,B,C]"]
    assert jobs(found) == {"M": ("passed", "")}


def test_a_failed_change_names_its_tests_and_what_was_skipped() -> None:
    town = Town(**NEEDING)("approve A").end("M[A]", failed=["t::x"])

    found = view(town, "A")

    assert (found.state, found.reason, found.tests) == ("failed", "JOB_FAILED", ("t::x",))
    assert jobs(found)["T"] == ("skipped", "It has no build of its own on this prospect.")


def test_a_change_that_needs_another_shows_both_ways() -> None:
    stack = [{"id": "A", "project": "R"}, {"id": "B", "project": "R", "parent": "A"}]
    town = Town(change=stack)("approve B")

    assert view(town, "B").needs == ("A",)
    assert view(town, "A").needed_by == ("B",)
    assert view(town, "B").because == "A"


def test_a_check_is_shown_from_running_to_its_end() -> None:
    running = Town(**CHECKED)("event A")
    passed = Town(**CHECKED)("event A", "finish *")
    failed = Town(**CHECKED)("event A", "fail K[A]")

    assert (view(running, "A").check, jobs(view(running, "A"))) == (
        "running",
        {"K": ("running", "")},
    )
    assert (view(passed, "A").check, jobs(view(passed, "A"))) == ("passed", {"K": ("passed", "")})
    assert view(failed, "A").check == "failed"
    (item,) = glance(running).checks
    assert (item.changes, item.state, item.position, item.assumes) == (("A",), "building", 0, ())


def test_a_check_that_cannot_be_merged_is_shown_as_failing() -> None:
    clash = [
        {"id": "A", "project": "R", "files": {"x": "1"}},
        {"id": "B", "project": "R", "files": {"x": "2"}, "depends_on": ["A"]},
    ]
    town = Town(change=clash, **CHECKED)("event B")

    assert view(town, "B").check == "failed"
    assert "cannot be merged" in view(town, "B").why


def test_the_builds_of_a_cycle_are_shown_with_every_member_they_serve() -> None:
    town = Town(**CYCLE)("approve A B")

    first, second = view(town, "A"), view(town, "B")

    assert {build.label for build in first.builds} == {"S[A+B]", "M[A+B:A]"}
    assert {build.label for build in second.builds} == {"S[A+B]", "M[A+B:B]"}
    assert {job.name for job in second.jobs} == {"S", "M"}
    (item,) = glance(town).queues[0].items
    assert item.changes == ("A", "B")
    assert len(item.jobs) == 3


def test_the_gate_shows_queues_what_ended_and_what_is_open() -> None:
    stack = [
        *({"id": name, "project": "R"} for name in "ABCD"),
        {"id": "E", "project": "R", "parent": "D"},
    ]
    town = Town(change=stack, policy={"workers": 4})("approve A", "finish *", "approve E")
    town("approve B", "fail M[B]", "approve C")

    found = glance(town)

    assert [(change.change, change.state) for change in found.recent] == [
        ("B", "failed"),
        ("A", "merged"),
    ]
    assert {(change.change, change.state) for change in found.open} == {
        ("E", "waiting"),
        ("D", "open"),
    }
    (queue,) = found.queues
    assert (queue.queue, queue.projects, queue.window) == ("R", ("R",), 10)
    assert [(item.changes, item.state) for item in queue.items] == [(("C",), "building")]
    assert (found.running, found.workers, found.held) == (1, 4, "")


def test_an_item_says_what_it_waits_for() -> None:
    found = glance(Town()("approve A B", "fail M[A,B]"))

    first, second = found.queues[0].items

    assert first.waiting_for == "Its jobs run on top of the branch as it is: M."
    assert (second.state, second.reason, second.active) == ("failing", "JOB_FAILED", True)


def test_changes_are_listed_newest_first_and_filtered() -> None:
    town = Town(
        project=[{"name": "R"}, {"name": "S"}],
        change=[
            {"id": "A", "project": "R"},
            {"id": "B", "project": "S"},
            {"id": "C", "project": "R"},
        ],
    )("approve A", "finish *", "approve B C")

    def names(state: str, project: str, limit: int) -> list[str]:
        views = list_views(town.facts, lambda name: past(town, name), (state, project), limit)
        return [one.change for one in views]

    assert names("", "", 10) == ["C", "B", "A"]
    assert names("queued", "", 10) == ["C", "B"]
    assert names("", "R", 10) == ["C", "A"]
    assert names("", "", 2) == ["C", "B"]


def shown(state: BuildState, **more: Any) -> BuildView:
    build = Build(
        id=BuildId("b1"),
        job=JobName("M"),
        prospect=ProspectKey("gone"),
        change=more.pop("change", A),
        state=state,
        **more,
    )
    return build_view(Memory(Facts(), Past()), build)


@pytest.mark.parametrize(
    ("state", "more", "why"),
    [
        (BuildState.WANTED, {}, "It waits for a worker."),
        (BuildState.RUNNING, {}, "It runs."),
        (BuildState.RUNNING, {"cancelling": True}, "It is being stopped."),
        (BuildState.PASSED, {}, "It passed."),
        (BuildState.PASSED, {"evidence": Evidence(tests=12)}, "It passed 12 tests."),
        (
            BuildState.FAILED,
            {"fault": Fault.LIMIT, "evidence": Evidence(why="memory")},
            "M[A] ran into a limit: memory.",
        ),
        (BuildState.CANCELLED, {}, "It was stopped, since its answer no longer mattered."),
        (
            BuildState.LOST,
            {"evidence": Evidence(why="the machine is gone")},
            "It was lost by infrastructure, which is no failure: the machine is gone.",
        ),
    ],
)
def test_a_build_opens_with_its_sentence(state: BuildState, more: dict[str, Any], why: str) -> None:
    assert shown(state, **more).why == why


def test_a_build_that_nobody_remembers_the_prospect_of_is_shown_nevertheless() -> None:
    found = shown(BuildState.PASSED)
    shared = shown(BuildState.PASSED, change=None)

    assert (found.label, found.prospect, found.project, found.voting) == ("M[A]", "", "", True)
    assert (shared.label, shared.change) == ("M[?]", "")


def test_builds_are_sorted_by_when_they_were_wanted() -> None:
    first = Build(
        id=BuildId("b9"), job=JobName("M"), prospect=ProspectKey("k"), change=A, wanted_at=1.0
    )
    second = replace(first, id=BuildId("b10"))

    assert [build.id for build in newest_first([first, second])] == ["b10", "b9"]


def test_every_reason_why_a_job_waits_is_worded() -> None:
    held = Town(**NEEDING)("approve A B", "hold", "finish M[A,B]")
    assert jobs(view(held, "B"))["T"] == ("waiting", "The gate is held.")
    free = replace(held.facts, held="")
    assert jobs(change_view(free, ChangeId("B"), Past()))["T"][1] == "It starts at the next turn."
    busy = replace(free, policy=replace(free.policy, workers=1))
    assert jobs(change_view(busy, ChangeId("B"), Past()))["T"][1] == "Every worker is busy."


def test_a_job_is_held_back_skipped_or_outside_the_window() -> None:
    behind = jobs(change_view(held_back(), ChangeId("B"), Past()))
    assert behind["M"] == ("waiting", "H of change A has to pass first.")
    skipped = Town(**NEEDING)("approve A B", "fail M[A,B]")
    assert jobs(view(skipped, "B"))["T"] == ("skipped", "It is not run, since M did not pass.")


def test_a_job_waits_for_a_semaphore_and_is_lost_for_good() -> None:
    semaphore: dict[str, Any] = {"job": [{"name": "M", "semaphore": "db"}], "semaphores": {"db": 1}}
    taken = Town(**semaphore)("approve A B")
    assert jobs(view(taken, "B"))["M"] == ("waiting", "Others hold the semaphore db.")
    lost = Town(policy={"attempts": 1})("approve A B", "lose M[A,B]")
    assert jobs(view(lost, "B"))["M"] == ("lost", "Infrastructure lost it 1 time.")


def test_a_result_that_is_used_again_is_shown_as_reused() -> None:
    town = Town()("approve A B", "finish M[A,B]")
    facts = town.facts
    key, prospect = next((k, p) for k, p in facts.prospects.items() if len(p.chain) == 2)
    plan = prospect.plans[0]
    known = replace(plan, jobs=(replace(plan.jobs[0], inputs="same"),))
    facts = replace(
        facts,
        policy=replace(facts.policy, reuse=True),
        prospects=facts.prospects.set(key, replace(prospect, plans=(known,))),
        runs=facts.runs.delete((key, ChangeId("B"), JobName("M"))),
        results=facts.results.set("same", BuildId("b1")),
    )

    (job,) = change_view(facts, ChangeId("B"), Past()).jobs

    assert (job.state, job.build) == ("reused", "b1")
    assert job.why == "All that it reads is the same as when it passed before."


def test_a_running_job_whose_build_is_unknown_runs() -> None:
    town = Town()("approve A", "hold")
    facts = town.facts
    narrow = replace(facts.queues[next(iter(facts.queues))], window=1)
    facts = replace(facts, queues=facts.queues.set(narrow.name, narrow))

    assert jobs(change_view(facts, A, Past())) == {"M": ("running", "")}
