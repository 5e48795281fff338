"""What an item and each of its jobs wait for is found, with the names that a sentence needs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from foretaste.core.facts import Facts
from foretaste.core.names import QueueName
from foretaste.core.outlook import JobOutlook, Outlook, Stage, Wait, outlooks
from foretaste.core.stance import JobState
from tests.unit.core.town import Town, held_back

NEEDING: dict[str, Any] = {"job": [{"name": "M"}, {"name": "T", "needs": ["M"]}]}


def look(facts: Facts) -> tuple[Outlook, ...]:
    return outlooks(facts, facts.queues[QueueName("R")])


def job(outlook: Outlook, name: str) -> JobOutlook:
    return next(one for one in outlook.jobs if one.stance.job.name == name)


def test_items_are_seen_in_order_with_what_stands_in_front() -> None:
    first, second, third = look(Town()("approve A B C", "fail M[A,B]").facts)

    assert [first.position, second.position, third.position] == [1, 2, 3]
    assert [first.stage, second.stage, third.stage] == [
        Stage.BUILDING,
        Stage.FAILING,
        Stage.BUILDING,
    ]
    assert (third.ahead, third.assumes) == (("A", "B"), ("A",))


def test_an_item_that_is_not_prepared_assumes_what_it_will_be_put_on() -> None:
    tables: dict[str, Any] = {"policy": {"window": 1, "window_floor": 1}}

    first, second = look(Town(**tables)("approve A B").facts)

    assert (first.active, second.active) == (True, False)
    assert (second.stage, second.assumes) == (Stage.WAITING, ("A",))


def test_a_window_of_zero_holds_everything() -> None:
    tables: dict[str, Any] = {"policy": {"window": 0}}

    assert all(outlook.active for outlook in look(Town(**tables)("approve A B C").facts))


def test_a_job_waits_for_those_that_it_needs_and_is_skipped_without_them() -> None:
    town = Town(**NEEDING)("approve A B")

    needing = job(look(town.facts)[1], "T")
    assert (needing.wait, needing.names) == (Wait.NEEDS, ("M",))
    skipped = job(look(town("fail M[A,B]").facts)[1], "T")
    assert (skipped.wait, skipped.names) == (Wait.SKIPPED, ("M",))


def test_jobs_of_other_members_are_not_those_that_a_job_needs() -> None:
    tables: dict[str, Any] = {
        "project": [{"name": "R", "allow_cycles": True}],
        "change": [
            {"id": "A", "project": "R", "depends_on": ["B"]},
            {"id": "B", "project": "R", "depends_on": ["A"]},
        ],
        **NEEDING,
    }
    town = Town(**tables)("approve A B", "finish M[A+B:A]")

    waits = {
        (str(one.stance.change), str(one.stance.job.name)): one.wait
        for one in look(town.facts)[0].jobs
    }

    assert waits[("A", "T")] is None
    assert waits[("B", "T")] is Wait.NEEDS


def test_a_job_that_could_start_says_what_keeps_it() -> None:
    town = Town(**NEEDING)("approve A B", "hold", "finish M[A] M[A,B]")

    held = town.facts
    assert job(look(held)[1], "T").wait is Wait.HELD
    free = replace(held, held="")
    assert job(look(free)[1], "T").wait is Wait.NEXT
    busy = replace(free, policy=replace(free.policy, workers=1), live=free.live.set("b", "k"))  # type: ignore[arg-type]
    assert job(look(busy)[1], "T").wait is Wait.WORKER
    queue = free.queues[QueueName("R")]
    narrow = replace(free, queues=free.queues.set(queue.name, replace(queue, window=1)))
    assert job(look(narrow)[1], "T").wait is Wait.WINDOW


def test_a_holding_job_holds_those_behind_until_it_has_passed() -> None:
    tables: dict[str, Any] = {"job": [{"name": "H", "holds": True}, {"name": "M"}]}
    town = Town(**tables)("approve A B C")

    assert [outlook.holder for outlook in look(town.facts)] == [(), ("A", "H"), ("A", "H")]
    failed = look(town("fail H[A]").facts)
    assert failed[1].holder == ()


def test_a_job_behind_a_holding_one_names_it() -> None:
    waiting = job(look(held_back())[1], "M")

    assert (waiting.stance.state, waiting.wait) == (JobState.READY, Wait.HOLDS)
    assert waiting.names == ("A", "H")


def test_a_semaphore_that_is_taken_is_named() -> None:
    tables: dict[str, Any] = {
        "job": [{"name": "M", "semaphore": "db"}],
        "semaphores": {"db": 1},
    }

    waiting = job(look(Town(**tables)("approve A B").facts)[1], "M")

    assert (waiting.wait, waiting.names) == (Wait.SEMAPHORE, ("db",))
