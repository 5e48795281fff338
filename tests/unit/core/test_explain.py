"""Every way in which a change can stand has its one cause, found in real facts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from immutables import Map

from foretaste.core.cause import Cause, Explanation
from foretaste.core.events import Frozen
from foretaste.core.explain import explain
from foretaste.core.facts import Facts
from foretaste.core.names import ChangeId, QueueName
from foretaste.core.outlook import outlooks
from foretaste.core.prospect import ProspectState
from foretaste.core.reasons import Reason, Standing
from foretaste.ports.executor import Ending
from foretaste.report.words import what_next, why
from tests.unit.core.town import Town, held_back

A, B = ChangeId("A"), ChangeId("B")


def change(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "project": "R", **more}


STACK: dict[str, Any] = {"change": [change("A"), change("B", parent="A")]}


def test_what_landed_says_as_which_commit() -> None:
    town = Town()("approve A", "finish *")

    said = town.explain("A")

    assert (said.standing, said.cause) == (Standing.MERGED, Cause.LANDED)
    assert said.commit == town.facts.note(A).landed
    assert why(said) == f"It landed on main of R as {said.commit[:12]}, exactly as tested."


@pytest.mark.parametrize(
    ("ending", "said_why", "cause", "sentence"),
    [
        (
            Ending.TIMED_OUT,
            "it ran longer than 900 s",
            Cause.TIMED_OUT,
            "M[A] did not end in its time: it ran longer than 900 s.",
        ),
        (Ending.LIMIT, "memory", Cause.LIMIT_HIT, "M[A] ran into a limit: memory."),
        (
            Ending.REFUSED,
            "no sandbox here",
            Cause.JOB_REFUSED,
            "M[A] could not be run, and what is not run cannot pass: no sandbox here.",
        ),
    ],
)
def test_how_a_build_ended_is_said(
    ending: Ending, said_why: str, cause: Cause, sentence: str
) -> None:
    town = Town()("approve A").end("M[A]", ending=ending, exit_status=None, why=said_why)

    said = town.explain("A")

    assert (said.cause, why(said)) == (cause, sentence)


def test_failed_tests_are_named_and_the_rest_counted() -> None:
    town = Town()("approve A").end("M[A]", failed=["a::b", "c\x1b[2J::d", "e::f", "g::h", "i::j"])

    said = town.explain("A")

    assert said.cause is Cause.TESTS_FAILED
    assert why(said) == "M[A] failed: a::b, c\\x1b[2J::d, e::f and 2 more."
    assert said.blame is not None
    assert len(said.blame.tests) == 5


def changed(facts: Facts, name: ChangeId, **news: Any) -> Facts:
    return replace(facts, changes=facts.changes.set(name, replace(facts.changes[name], **news)))


def noted(facts: Facts, name: ChangeId, **news: Any) -> Facts:
    return replace(facts, notes=facts.notes.set(name, replace(facts.note(name), **news)))


def test_a_branch_that_is_not_guarded_is_named() -> None:
    facts = changed(Town(**STACK)("approve B").facts, A, branch="wip")
    approved = changed(facts, A, approved_by=("ann",))

    assert explain(facts, A).cause is Cause.NOT_GUARDED
    assert explain(approved, A).cause is Cause.NOT_GUARDED
    assert why(explain(facts, A)) == "Branch wip of R is not guarded by this gate."
    assert "guarded branch (main)" in what_next(explain(facts, A))
    elsewhere = changed(facts, A, project="unknown")
    assert "Push it for a guarded branch, or" in what_next(explain(elsewhere, A))


def test_a_queued_change_of_a_branch_that_is_no_longer_guarded_says_so() -> None:
    facts = changed(Town()("approve A").facts, A, branch="wip")

    assert explain(facts, A).cause is Cause.NOT_GUARDED


def test_what_is_approved_and_not_in_a_queue_says_what_is_missing() -> None:
    facts = changed(Town(**STACK)("approve B").facts, A, approved_by=("ann",), approval=1)

    assert explain(facts, A).cause is Cause.NOT_ASKED
    noticed = replace(facts, noticed=(A,))
    assert explain(noticed, A).cause is Cause.LOOKED_AT_NEXT


def waiting(reason: Reason, because: str | None, **more: Any) -> Explanation:
    facts = changed(Town(**STACK)("approve B").facts, A, approved_by=("ann",))
    name = None if because is None else ChangeId(because)
    return explain(noted(facts, A, waits=reason, waits_for=name, **more), A)


def test_a_need_that_nobody_knows_is_told_from_one_that_waits() -> None:
    assert waiting(Reason.DEPENDENCY_WAITS, "Q").cause is Cause.NEED_UNKNOWN
    assert waiting(Reason.DEPENDENCY_WAITS, "B").cause is Cause.NEED_WAITS
    unnamed = waiting(Reason.DEPENDENCY_WAITS, None)
    assert unnamed.cause is Cause.NEED_WAITS
    assert why(unnamed) == "It needs another change, which is not in the queue."


def test_a_failed_need_and_a_closed_queue_are_told() -> None:
    assert waiting(Reason.DEPENDENCY_FAILED, "B").cause is Cause.NEED_FAILED
    closed = waiting(Reason.FROZEN, None, waits_detail="the tree differs")
    assert why(closed) == "Nothing may enter its queue now: the tree differs."


def test_a_frozen_queue_is_what_stops_an_item_that_passed() -> None:
    town = Town()("approve A B", "finish M[A,B]")
    town.world.gate.tell(Frozen(queue=QueueName("R"), why="the tree is not what was tested"))
    town.world.settle()

    assert town.explain("A").cause is Cause.BUILDING
    said = town.explain("B")
    assert (said.cause, said.reason) == (Cause.QUEUE_FROZEN, Reason.FROZEN)
    assert why(said) == "Queue R is frozen and lands nothing: the tree is not what was tested."


def test_a_hold_is_not_what_stops_an_item_that_fails_or_still_runs() -> None:
    town = Town()("approve A B", "hold", "fail M[A,B]")

    assert town.explain("A").cause is Cause.BUILDING
    assert town.explain("B").cause is Cause.FAILING


def test_an_item_that_passed_lands_next_or_is_being_landed() -> None:
    town = Town()("approve A", "hold", "finish M[A]")
    facts = replace(town.facts, held="")
    queue = facts.queues[QueueName("R")]
    key = next(iter(outlooks(facts, queue))).stance.key

    assert explain(facts, A).cause is Cause.LANDS_NEXT
    refused = replace(queue, refusals=1, refusal="busy")
    again = explain(replace(facts, queues=facts.queues.set(queue.name, refused)), A)
    assert again.cause is Cause.LANDING_AGAIN
    assert why(again) == "All of its jobs passed, but its host refused to land it: busy."
    assert "1 of 2 tries" in what_next(again)
    landing = replace(queue, landing=(key,))
    assert explain(replace(facts, queues=facts.queues.set(queue.name, landing)), A).cause is (
        Cause.LANDING
    )


def without_builds(facts: Facts) -> Facts:
    return replace(facts, builds=Map(), runs=Map(), live=Map())


def test_an_item_between_two_turns_says_what_comes_next() -> None:
    facts = without_builds(Town()("approve A").facts)

    said = explain(facts, A)
    assert (said.cause, said.names) == (Cause.BUILT_NEXT, ("M",))
    bare = replace(facts, prospects=Map())
    assert explain(bare, A).cause is Cause.PREPARED_NEXT
    key, prospect = next(iter(facts.prospects.items()))
    wanted = facts.prospects.set(key, replace(prospect, status=ProspectState.WANTED))
    assert explain(replace(facts, prospects=wanted), A).cause is Cause.PREPARING


def test_a_lost_build_is_run_again_with_its_attempt_named() -> None:
    town = Town(policy={"attempts": 3})("approve A", "hold", "lose M[A]")

    said = explain(replace(town.facts, held=""), A)

    assert (said.cause, said.count, said.limit) == (Cause.BUILD_LOST, 2, 3)
    assert why(said) == (
        "Infrastructure lost a build of M, which is no failure; it is run again, attempt 2 of 3."
    )


def test_a_prepared_item_is_held_back_by_a_job_in_front() -> None:
    said = explain(held_back(), B)

    assert (said.cause, said.because, said.names) == (Cause.JOB_HOLDS, "A", ("H",))


def test_a_change_whose_item_cannot_be_found_is_prepared_next() -> None:
    facts = Town()("approve A").facts
    lost = noted(facts, A, enqueued=99)
    queue = facts.queues[QueueName("R")]
    empty = replace(lost, queues=lost.queues.set(queue.name, replace(queue, entries=())))

    assert explain(empty, A).cause is Cause.PREPARED_NEXT


def test_a_closed_change_that_was_in_no_queue_is_abandoned() -> None:
    facts = changed(Town(**STACK)("approve B").facts, A, open=False)

    said = explain(facts, A)

    assert (said.standing, said.cause) == (Standing.LEFT, Cause.ABANDONED)


def test_a_change_that_failed_and_is_closed_since_is_abandoned() -> None:
    town = Town()("approve A", "fail M[A]", "finish *")
    assert town.explain("A").standing is Standing.FAILED

    said = explain(changed(town.facts, A, open=False), A)

    assert (said.standing, said.cause) == (Standing.LEFT, Cause.ABANDONED)


def test_a_change_approved_anew_waits_though_it_left_before() -> None:
    town = Town(**STACK)("approve A B", "withdraw B")
    facts = changed(town.facts, B, approved_by=("ann",), approval=9)
    again = noted(facts, B, waits=Reason.DEPENDENCY_WAITS, waits_for=A)

    assert explain(facts, B).cause is Cause.APPROVAL_WITHDRAWN
    assert explain(again, B).standing is Standing.WAITING


def test_a_need_that_left_is_told_from_one_that_failed() -> None:
    town = Town(**STACK)("approve A B", "dequeue A")

    said = town.explain("B")

    assert (said.cause, said.stands) == (Cause.NEED_FAILED, Standing.LEFT)
    assert why(said) == "It needs change A, which left its queue."


def test_reopened_and_not_approved_is_open() -> None:
    facts = Town()("approve A", "abandon A").facts

    reopened = changed(facts, A, open=True, approved_by=())

    assert explain(reopened, A).standing is Standing.OPEN


def test_a_verdict_without_its_builds_still_says_why() -> None:
    town = Town()("approve A", "fail M[A]")

    said = explain(town.facts, A)

    assert (said.cause, why(said)) == (Cause.JOB_FAILED, "A required job failed.")
