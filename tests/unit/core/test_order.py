"""What enters a queue, in which order, what waits, and what has to leave: each with its reason."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from foretaste.core.events import (
    Considered,
    Enqueued,
    Event,
    Judged,
    LandWanted,
    ReportWanted,
    Waited,
)
from foretaste.core.facts import Facts
from foretaste.core.names import ChangeId, Oid, ProjectName
from foretaste.core.order import order
from foretaste.core.reasons import Reason
from foretaste.core.verdict import Outcome, Verdict
from tests.unit.core.town import FAMILY, Town

A, B, C, X = (ChangeId(name) for name in "ABCX")


def change(name: str, *needs: str, **more: Any) -> dict[str, Any]:
    """Return a change of R that needs others."""
    return {"id": name, "project": "R", "depends_on": list(needs), **more}


def entered(town: Town) -> list[str]:
    """Return the items that ever entered a queue, in order."""
    return [
        "+".join(member.change for member in item)
        for event in town.events
        if isinstance(event, Enqueued)
        for item in event.items
    ]


def waits(town: Town, name: str) -> list[tuple[str, str | None]]:
    """Return for what a change was told to wait, each time."""
    return [
        (event.reason.value, event.because)
        for event in town.events
        if isinstance(event, Waited) and event.change == name
    ]


# --- entering


def test_one_approval_brings_in_what_the_change_needs_and_what_waits_for_it() -> None:
    town = Town(change=[change("A"), change("B", "A"), change("C", "B")])

    town("approve-silently A C", "approve B")

    assert entered(town) == ["A", "B", "C"]


def test_a_tree_of_changes_is_walked_depth_first_by_number() -> None:
    town = Town(change=[change("A"), change("B", "A"), change("C", "B"), change("D", "A")])

    town("approve-silently B C D", "approve A")

    assert entered(town) == ["A", "B", "C", "D"]


def test_what_waits_for_a_change_follows_it_by_number_whatever_was_heard_first() -> None:
    facts = Town()("depends C on A", "depends B on A", "approve C B").facts
    approved = replace(facts.changes[A], approved_by=("ann",))
    facts = replace(
        facts,
        changes=facts.changes.set(A, approved),
        needed_by=facts.needed_by.set(A, (C, B)),
        noticed=(A,),
    )

    items = [event.items for event in order(facts) if isinstance(event, Enqueued)]

    assert [member.change for ((member,),) in items] == [A, B, C]


@pytest.mark.parametrize(
    ("steps", "reason", "because"),
    [
        (("approve B",), "DEPENDENCY_WAITS", "A"),
        (("abandon A", "approve B"), "DEPENDENCY_WAITS", "A"),
        (("approve A", "fail M[A]", "approve B"), "DEPENDENCY_FAILED", "A"),
    ],
)
def test_a_change_waits_for_one_that_cannot_be_let_in(
    steps: tuple[str, ...], reason: str, because: str
) -> None:
    town = Town(change=[change("A"), change("B", "A")])(*steps)

    assert town.queued == []
    assert waits(town, "B")[-1] == (reason, because)


def test_a_change_that_its_host_would_not_land_waits_though_it_is_approved() -> None:
    town = Town("A")("unmergeable A", "approve A")

    assert (town.queued, waits(town, "A")) == ([], [("NOT_APPROVED", None)])


def test_a_change_that_nobody_knows_is_waited_for() -> None:
    town = Town("B")("depends B on X", "approve B")

    assert waits(town, "B")[-1] == ("DEPENDENCY_WAITS", "X")


def test_a_need_in_another_queue_is_told_of_once() -> None:
    changes = [change("A"), {"id": "B", "project": "S", "depends_on": ["A"]}]
    town = Town(project=[{"name": "R"}, {"name": "S"}], change=changes)
    town("approve B", "event B")

    assert waits(town, "B") == [("DEPENDENCY_ELSEWHERE", "A")] * 2
    told = [e.report for e in town.events if isinstance(e, ReportWanted) and e.change == B]
    assert len(told) == 1
    assert town("approve A", "finish *", "finish *").merged == ["A", "B"]


@pytest.mark.parametrize("first", ["A", "B"])
def test_a_circle_is_refused_where_its_project_does_not_allow_it(first: str) -> None:
    """The first that stands in the circle is named; people are told what else is in it."""
    town = Town(change=[change("A", "B"), change("B", "A")])
    town("approve-silently A B", f"event {first}")

    assert town.queued == []
    assert waits(town, first) == [("DEPENDENCY_CYCLE", first)]
    other = {"A": "B", "B": "A"}[first]
    assert town.explain(first).because == other


def test_what_is_queued_already_needs_no_second_place() -> None:
    town = Town(change=[change("A"), change("B", "A")])("approve A", "approve B", "event A B")

    assert entered(town) == ["A", "B"]


def test_a_change_that_landed_is_not_brought_in_again_by_what_it_is_edited_to_need() -> None:
    town = Town(change=[change("A"), change("B")])("approve B", "finish *", "depends B on A")

    town("approve A")

    assert entered(town) == ["B", "A"]


def test_a_verdict_stands_until_somebody_approves_anew_or_the_revision_changes() -> None:
    town = Town("A")("approve A", "fail M[A]", "event A")
    assert entered(town) == ["A"]

    town("approve A", "fail M[A]", "revise A", "approve A2")

    assert entered(town) == ["A", "A", "A"]


def test_an_event_about_nothing_we_know_is_answered() -> None:
    facts = Town("A").facts

    assert order(replace(facts, noticed=(X,), disturbed=(X,))) == (
        Considered(change=X),
        Considered(change=X),
    )


def test_a_change_of_a_branch_that_is_not_ours_is_left_alone() -> None:
    town = Town("A")("event A")
    other = replace(town.facts.changes[A], branch="wip", approved_by=("ann",))
    facts = replace(town.facts, changes=town.facts.changes.set(A, other), noticed=(A,))

    assert order(facts) == (Considered(change=A),)
    assert order(replace(facts, noticed=(), disturbed=(A,))) == (Considered(change=A),)


def test_what_was_disturbed_comes_in_where_its_need_is_there_now_and_is_told_nothing() -> None:
    town = Town(change=[change("A"), change("B", "A")])("approve B")
    before = waits(town, "B")

    town("approve A", "finish *")

    assert town.merged == ["A", "B"]
    assert waits(town, "B") == before


# --- leaving


def left(town: Town, name: str) -> Verdict:
    """Return the verdict with which a change left."""
    (found,) = (e for e in town.events if isinstance(e, Judged) and e.change == name)
    return found.verdict


@pytest.mark.parametrize(
    ("step", "reason", "outcome"),
    [
        ("abandon A", Reason.ABANDONED, Outcome.LEFT),
        ("revise A", Reason.SUPERSEDED, Outcome.LEFT),
        ("dequeue A", Reason.DEQUEUED, Outcome.LEFT),
        ("withdraw A", Reason.APPROVAL_WITHDRAWN, Outcome.LEFT),
        ("depends A on C", Reason.DEPENDENCY_FAILED, Outcome.FAILED),
    ],
)
def test_a_queued_change_leaves_with_its_reason(
    step: str, reason: Reason, outcome: Outcome
) -> None:
    town = Town()("approve A B", step)

    verdict = left(town, "A")

    assert (verdict.reason, verdict.outcome) == (reason, outcome)
    assert town.queued == ["B"]
    assert not any(isinstance(event, Judged) and event.at_head for event in town.events)


def test_a_new_revision_that_is_approved_already_takes_the_place_of_the_old_one() -> None:
    """A push with `-o approve`, or an approval that came in the same breath, is not lost."""
    town = Town("A B")("approve A B")
    town.world.revise(A)
    town.world.forge.approve(A)
    town.world.post(A, "pushed and approved")

    town.world.settle()

    assert left(town, "A").reason is Reason.SUPERSEDED
    assert town.queued == ["B", "A2"]


def test_a_new_revision_of_a_queued_change_is_checked() -> None:
    town = Town("A", job=[{"name": "M"}, {"name": "K", "pipeline": "check"}])
    town("approve A", "revise A")

    assert town.running == {"K[A2]"}


def test_what_its_host_will_not_land_leaves_as_soon_as_that_is_known() -> None:
    town = Town()("approve A B", "unmergeable A", "event A")

    assert left(town, "A").reason is Reason.LANDING_REFUSED


def test_what_needed_a_change_that_left_leaves_too_and_says_for_whom() -> None:
    town = Town(change=[change("A"), change("B", "A"), change("C", "B")])
    town("approve A B C", "dequeue A")

    assert town.queued == []
    assert (left(town, "B").reason, left(town, "B").because) == (Reason.DEPENDENCY_FAILED, A)
    assert (left(town, "C").reason, left(town, "C").because) == (Reason.DEPENDENCY_FAILED, B)


def test_a_circle_leaves_as_one() -> None:
    projects = [{"name": "R", "allow_cycles": True}]
    town = Town(project=projects, change=[change("A", "B"), change("B", "A"), change("C")])
    town("approve-silently B", "approve A C", "withdraw B")

    assert town.queued == ["C"]
    assert left(town, "B").reason is Reason.APPROVAL_WITHDRAWN
    assert (left(town, "A").reason, left(town, "A").because) == (Reason.DEPENDENCY_FAILED, B)


def removed(facts: Facts, *projects: str) -> Facts:
    """Return the facts as they are when these projects are no longer the gate's."""
    for name in projects:
        facts = replace(facts, projects=facts.projects.delete(ProjectName(name)))
    return replace(facts, disturbed=(A,))


def test_what_lands_through_this_queue_no_more_leaves_it() -> None:
    town = Town(project=FAMILY, change=[{"id": "A", "project": "R1"}])("approve A")

    (event,) = order(removed(town.facts, "R1"))

    assert isinstance(event, Judged)
    assert (event.queue, event.verdict.reason, event.verdict.outcome) == (
        "q",
        Reason.DEQUEUED,
        Outcome.LEFT,
    )
    assert event.verdict.detail == "R1 main does not land through queue q any more"


def test_a_need_that_landed_is_there() -> None:
    town = Town(change=[change("A"), change("B", "A")])("approve A B")
    note = replace(town.facts.note(A), landed=Oid("a"), enqueued=0)
    (queue,) = town.facts.queues.values()
    facts = replace(
        town.facts,
        notes=town.facts.notes.set(A, note),
        queues=town.facts.queues.set(queue.name, replace(queue, entries=queue.entries[1:])),
        disturbed=(B,),
    )

    assert order(facts) == (Considered(change=B),)


def test_answers_are_given_on_one_snapshot_and_leave_nothing_to_say() -> None:
    town = Town()("approve A B C", "withdraw B", "finish *")
    kinds: tuple[type[Event], ...] = (Enqueued, Judged, LandWanted)

    assert order(town.facts) == ()
    assert [type(e).__name__ for e in town.events if isinstance(e, kinds)] == [
        "Enqueued", "Enqueued", "Enqueued", "Judged", "LandWanted", "LandWanted",
    ]  # fmt: skip
