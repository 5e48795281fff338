"""The gate takes what comes, in order, and answers when it is stored."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from foretaste.core.events import (
    Frozen,
    Held,
    Landed,
    LandWanted,
)
from foretaste.core.names import ChangeId
from foretaste.core.plan import plan
from foretaste.ports.executor import Ending, Finished
from foretaste.service import gate as service
from foretaste.service.gate import RunawayPlanError
from foretaste.service.intents import Abandon, Approve, Dequeue, Hold, Resume
from foretaste.simulation.expect import Seen
from tests.unit.core.town import Town
from tests.unit.service.stories import DEADLINE, asked, codes, stored

A, B = ChangeId("A"), ChangeId("B")


# --- asking


def test_what_is_asked_together_is_taken_together_or_not_at_all() -> None:
    town = Town("A B")("event A B")
    answers = asked(town, Approve(change=A, by="ann"), Approve(change=ChangeId("X"), by="ann"))
    alone = asked(town, Approve(change=B, by="ann"))

    town.world.gate.step()

    assert codes(answers) == ["FT415", "FT410"]
    assert codes(alone) == [""]
    assert town.facts.changes[A].approved_by == ()
    assert town.queued == ["B"]


def test_a_wish_is_taken_on_what_the_ones_before_it_made() -> None:
    town = Town("A")("approve A")
    first, second = asked(town, Dequeue(change=A)), asked(town, Abandon(change=A))
    third = asked(town, Approve(change=A, by="ann"))

    town.world.gate.step()

    assert [codes(each) for each in (first, second, third)] == [[""], [""], ["FT413"]]
    assert town.reasons["A"] == "ABANDONED"


def test_whoever_gave_up_waiting_harms_nobody() -> None:
    town = Town("A")
    gone, here = asked(town, Hold(why="a")), asked(town, Resume())
    assert gone.cancel()

    town.world.gate.step()

    assert codes(here) == [""]
    assert town.facts.held == ""


def test_a_bug_in_the_gate_stops_it_and_whoever_asked_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> Any:
        raise LookupError("no way")

    town = Town("A")
    monkeypatch.setattr(service, "take", broken)
    answers = asked(town, Hold(why="x"))

    with pytest.raises(LookupError):
        town.world.gate.step()

    (answer,) = answers.result(DEADLINE)
    assert (answer.code, answer.what) == ("FT503", "the gate has stopped: LookupError('no way')")


def test_waiting_ends_with_the_news_or_with_the_time() -> None:
    town = Town("A")
    gate = town.world.gate
    seq = gate.facts.seq

    assert gate.wait(0, 0.0) == seq
    assert gate.wait(seq, 0.0) == seq


def test_the_gate_runs_by_itself_until_it_is_told_to_stop() -> None:
    town = Town("A")
    stop = threading.Event()
    thread = threading.Thread(target=town.world.gate.run, args=(stop,))
    thread.start()

    answers = asked(town, Hold(why="lunch", by="ann"))
    assert codes(answers) == [""]
    stop.set()
    thread.join(DEADLINE)

    assert not thread.is_alive()
    assert town.facts.held == "lunch"


def test_a_plan_that_never_comes_to_rest_stops_the_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    town = Town("A")
    monkeypatch.setattr(service, "plan", lambda *_: (Held(why="x"),))

    with pytest.raises(RunawayPlanError, match="no rest after 1000 turns"):
        town.world.gate.step()


# --- late and doubled words of an executor


def test_a_build_that_ends_after_its_item_left_is_forgotten() -> None:
    town = Town("A")("approve A")
    build = town.world.running()["M[A]"].id
    town("abandon A")

    town.world.gate.tell(Finished(attempt=build, ending=Ending.EXITED, exit_status=0))
    town.world.settle()

    assert town.merged == []
    assert not town.facts.builds
    assert not town.facts.prospects


def test_what_an_executor_says_twice_is_heard_once() -> None:
    town = Town("A")("approve A", "duplicate", "finish M[A]")

    assert town.merged == ["A"]
    assert len(stored(town, Landed)) == 1
    assert Seen(town.world).ended() == {"M[A]": ["passed"]}


def test_planning_at_rest_says_nothing() -> None:
    town = Town("A B")("approve A B", "finish *")

    assert plan(town.facts) == ()


def test_a_landing_that_breaks_an_invariant_freezes_instead(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A planner that wants to land what was not tested gets nowhere."""
    town = Town("A B")("approve A B")
    facts = town.facts
    (queue,) = facts.queues.values()
    keys = [prospect for prospect in facts.prospects.values() if prospect.base == queue.base]
    rash = LandWanted(
        key=keys[0].key,
        queue=queue.name,
        members=keys[0].members,
        moves=keys[0].moves,
        attempt=1,
    )
    decisions = iter([(rash,)])
    monkeypatch.setattr(service, "plan", lambda *_: next(decisions, ()))

    town.world.settle()

    (stopped,) = stored(town, Frozen)
    assert isinstance(stopped, Frozen)
    assert stopped.why == "job M of change A has not passed"
    assert town.merged == []
