"""The gate goes on where it was, after a store that refused, a death, or another gate."""

from __future__ import annotations

import pytest

from foretaste.core.build import BuildState, Fault
from foretaste.core.events import (
    BuildEnded,
    Held,
    Landed,
    LandWanted,
    TipsSeen,
)
from foretaste.core.facts import Facts
from foretaste.core.names import ChangeId, ProjectName, Ref
from foretaste.ports.errors import PermanentError
from foretaste.service.gate import LEASE, SNAPSHOT_EVERY, Gate
from foretaste.service.intents import Abandon, Hold
from foretaste.simulation.clock import VirtualClock
from foretaste.simulation.store import MemoryStore, Moment
from tests.fakes.faulty import faulty_place, passing
from tests.unit.core.town import Town
from tests.unit.service.stories import asked, codes, stored

A, B = ChangeId("A"), ChangeId("B")


# --- while the store refuses


def test_while_the_store_refuses_nothing_lands_and_nothing_is_lost() -> None:
    town = Town("A B")("approve A B")
    store, gate = town.world.store, town.world.gate
    before = store.verify()
    store.refuse_writes = True
    for build in town.world.running().values():
        town.world.place.end(build.id, passed=True)
    sorry = asked(town, Abandon(change=B, by="ann"))

    gate.step()

    assert gate.trouble.startswith("the disk that holds the store is full")
    assert codes(sorry) == ["FT510"]
    assert store.verify() == before
    assert town.merged == []
    assert town.facts.changes[B].open

    store.refuse_writes = False
    town.world.settle()

    assert gate.trouble == ""
    assert town.merged == ["A", "B"]


def test_what_was_done_when_the_store_began_to_refuse_is_noted_when_it_takes_it() -> None:
    """The branch has moved; what is asked meanwhile is answered on what is known to be true."""
    place, faults = faulty_place()
    town = Town("A", place=place)("approve A")
    store, gate = town.world.store, town.world.gate
    faults.before["swap R"] = lambda: setattr(store, "refuse_writes", True)
    place.end(town.world.running()["M[A]"].id, passed=True)
    gate.step()
    assert gate.trouble
    assert stored(town, Landed) == []
    assert place.repository.contains(Ref(ProjectName("R"), "main"), town.facts.changes[A].commit)

    sorry = asked(town, Abandon(change=A, by="ann"))
    gate.step()
    assert codes(sorry) == ["FT510"]

    store.refuse_writes = False
    late = asked(town, Abandon(change=A, by="ann"))
    gate.step()

    assert codes(late) == ["FT411"]  # it has landed, and whoever asks is told so
    assert len(stored(town, Landed)) == 1
    assert gate.trouble == ""


def test_a_wish_that_cannot_be_stored_is_refused_and_leaves_no_trace() -> None:
    town = Town("A")("approve A")
    town.world.store.refuse_writes = True
    sorry = asked(town, Hold(why="lunch", by="ann"))

    town.world.gate.step()

    assert codes(sorry) == ["FT510"]
    town.world.store.refuse_writes = False
    town.world.settle()
    assert town.facts.held == ""


def test_a_lease_that_cannot_be_renewed_is_said_and_renewed_when_it_can() -> None:
    town = Town("A")
    gate, store = town.world.gate, town.world.store
    gate._renew()
    writes = store.writes
    town.world.clock.advance(LEASE / 2)
    store.refuse_writes = True
    gate._renew()
    assert gate.trouble.startswith("the disk that holds the store is full")

    store.refuse_writes = False
    gate._renew()
    gate._renew()  # not before a third of the lease has passed

    assert store.writes == writes + 2


def test_a_snapshot_is_kept_every_so_many_events_and_tried_again_where_it_failed() -> None:
    town = Town("A")
    gate, store = town.world.gate, town.world.store
    gate._snapshot()
    assert store.facts() == Facts()
    for _ in range(SNAPSHOT_EVERY):
        gate.tell(Held(why="x"))
    gate.step()
    store.refuse_writes = True
    gate._snapshot()
    assert gate.trouble
    assert store.facts() == Facts()

    store.refuse_writes = False
    gate._snapshot()

    assert store.facts() == gate.facts


def test_a_gate_that_starts_on_a_snapshot_does_not_write_it_again() -> None:
    town = Town("A")
    for _ in range(SNAPSHOT_EVERY):
        town.world.gate.tell(Held(why="x"))
    town.world.gate.step()
    town.world.gate._snapshot()
    kept = town.world.store.facts()
    town.world.crash()

    town.world.gate._snapshot()

    assert town.world.store.facts() is kept


def test_a_gate_that_dies_often_still_comes_to_its_snapshot() -> None:
    """What was replayed at the start counts: else each start would replay more than the last."""
    town = Town("A")
    for _ in range(SNAPSHOT_EVERY // 2):
        town.world.gate.tell(Held(why="x"))
    town.world.gate.step()
    town.world.crash()
    for _ in range(SNAPSHOT_EVERY // 2):
        town.world.gate.tell(Held(why="x"))
    town.world.gate.step()

    town.world.gate._snapshot()

    assert town.world.store.facts().seq == town.facts.seq


# --- starting again


@pytest.mark.parametrize("moment", Moment)
@pytest.mark.parametrize("write", range(1, 7))
def test_a_gate_killed_at_any_write_lands_once_and_loses_nothing(
    write: int, moment: Moment
) -> None:
    town = Town("A B")("approve A B")
    town.world.store.crash_at(write, moment)
    for build in town.world.running().values():
        town.world.place.end(build.id, passed=True)
    town("finish *")
    town.world.store.crash_at(0)
    town("finish *")

    assert town.merged == ["A", "B"]
    assert len(stored(town, Landed)) == 2
    assert dict(town.facts.tips) == town.world.place.repository.tips()


def test_a_gate_killed_between_the_landing_and_the_note_of_it_finds_it_in_git() -> None:
    place, faults = faulty_place()
    town = Town("A", place=place)("approve A")
    faults.before["swap R"] = lambda: town.world.store.crash_at(1)
    town("finish *")

    assert town.merged == ["A"]
    assert len(stored(town, LandWanted)) == 1  # decided once, done, and noted by the next life
    assert town.facts.note(A).landed is not None


def test_builds_that_died_with_the_gate_are_lost_and_count_as_no_attempt() -> None:
    town = Town("A", policy={"attempts": 1})("approve A", "crash")

    (lost,) = stored(town, BuildEnded)
    assert isinstance(lost, BuildEnded)
    assert (lost.state, lost.fault) == (BuildState.LOST, Fault.RESTART)
    assert town.running == {"M[A]"}
    assert town("finish *").merged == ["A"]


def test_a_due_build_is_not_said_to_be_lost_when_the_gate_starts() -> None:
    """The executor could not start it yet; it is still in the outbox, and will be."""
    place, faults = faulty_place()
    faults.errors["start"] = [passing()] * 2
    town = Town("A", place=place)
    town.world.forge.approve(A)
    town.world.post(A, "approved")
    for event in town.world._delivered():
        town.world.gate.tell(event)
    town.world.gate.step()
    assert town.world.gate.trouble == "the disk is full"

    town.world.crash()

    assert town.world.gate.trouble == "the disk is full"
    assert stored(town, BuildEnded) == []
    town.world.settle()
    assert town.running == {"M[A]"}


def test_a_second_gate_is_turned_away_while_the_first_one_lives() -> None:
    town = Town("A")
    second = Gate(store=town.world.store, clock=town.world.clock, holder="another")
    assert town.world.gate.hands is not None

    with pytest.raises(PermanentError) as refused:
        second.open(town.world.gate.hands, town.world.settings())

    assert refused.value.code == "FT808"


def test_a_gate_that_slept_through_its_lease_writes_nothing_and_says_so() -> None:
    town = Town("A")("approve A")
    first, store = town.world.gate, town.world.store
    town.world.clock.advance(LEASE + 1)
    second = Gate(store=store, clock=town.world.clock, holder="another")
    assert first.hands is not None
    second.open(first.hands, town.world.settings())
    held = store.verify()
    sorry = asked(town, Hold(why="lunch"))
    said: list[str] = []
    sorry.add_done_callback(lambda _: said.append(first.trouble))

    with pytest.raises(PermanentError) as lost:
        first.step()

    assert lost.value.code == "FT809"
    assert "lease" in said[0]  # whoever is answered and looks at once sees why
    assert codes(sorry) == ["FT503"]  # nobody waits for an answer that cannot come
    assert store.verify() == held


def test_a_gate_that_is_not_open_says_so() -> None:
    gate = Gate(store=MemoryStore(), clock=VirtualClock(), holder="me")
    gate.tell(TipsSeen(tips=()))

    with pytest.raises(PermanentError, match="FT500"):
        gate._hands()
