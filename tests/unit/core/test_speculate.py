"""What is prepared, started and stopped, from one snapshot: heads first, and nothing in vain."""

from __future__ import annotations

import pytest

from foretaste.core.events import BuildWanted, CancelWanted, ProspectWanted
from foretaste.core.speculate import READY_AHEAD
from tests.unit.core.town import Town


def prepared(town: Town) -> list[str]:
    """Return the prospects that were asked for, in order."""
    return [
        ",".join(member.change for member in event.chain)
        for event in town.events
        if isinstance(event, ProspectWanted)
    ]


def causes(town: Town, kind: type[BuildWanted | CancelWanted]) -> list[str]:
    """Return why builds were wanted, or stopped."""
    return [event.cause for event in town.events if isinstance(event, kind)]


def test_no_more_is_prepared_than_workers_could_take_up_soon() -> None:
    """A gate that is held starts nothing, and merges a few items ahead for when it goes on."""
    town = Town("A B C D E", policy={"workers": 1})("hold", "approve A B C D E")

    assert prepared(town) == ["A", "A,B", "A,B,C"]
    assert len(prepared(town)) == 1 + READY_AHEAD
    assert town("resume", "finish *").merged == ["A", "B", "C", "D", "E"]


def test_the_heads_of_all_queues_are_served_before_what_stands_behind_them() -> None:
    projects = [{"name": "R1"}, {"name": "R2"}]
    changes = [
        {"id": "A", "project": "R1"},
        {"id": "B", "project": "R1"},
        {"id": "C", "project": "R2"},
    ]
    town = Town(project=projects, change=changes, policy={"workers": 2})
    town("hold", "approve A B C", "resume")

    assert town.running == {"M[A]", "M[C]"}


def test_a_check_comes_after_what_is_queued() -> None:
    jobs = [{"name": "M"}, {"name": "K", "pipeline": "check"}]
    town = Town("A B", job=jobs, policy={"workers": 1})("hold", "event B", "approve A", "resume")

    assert town.running == {"M[A]"}
    assert town("finish M[A]").running == {"K[B]"}


@pytest.mark.parametrize(("step", "cause"), [("lose M[A]", "lost"), ("push R main", "first")])
def test_a_build_says_why_it_is_run(step: str, cause: str) -> None:
    town = Town("A")("approve A", step)

    assert causes(town, BuildWanted) == ["first", cause]


def test_a_build_that_was_stopped_and_counts_again_is_run_again() -> None:
    town = Town("A B")("approve A B", "promote B", "promote A")

    assert sorted(town.running) == ["M[A,B]", "M[A]"]
    assert causes(town, BuildWanted).count("again") == 2
    assert set(causes(town, CancelWanted)) == {"superseded"}


def test_the_failure_of_a_job_that_fails_fast_stops_the_others_of_its_item_once() -> None:
    town = Town("A", job=[{"name": "F", "fail_fast": True}, {"name": "M"}])(
        "approve A", "fail F[A]"
    )

    assert causes(town, CancelWanted) == ["fail_fast"]
    assert town.reasons["A"] == "JOB_FAILED"
