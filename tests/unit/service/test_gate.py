"""The gate takes what comes, in order, stores it, and goes on after whatever stopped it."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import pytest

from foretaste.core.build import BuildState, Fault
from foretaste.core.events import (
    BuildEnded,
    Event,
    Frozen,
    Held,
    Landed,
    LandWanted,
    Promoted,
    TipsSeen,
)
from foretaste.core.facts import Facts
from foretaste.core.names import ChangeId, ProjectName, QueueName, Ref
from foretaste.core.plan import plan
from foretaste.core.project import Project
from foretaste.ports.errors import PermanentError
from foretaste.ports.executor import Ending, Finished
from foretaste.service import gate as service
from foretaste.service.gate import LEASE, SNAPSHOT_EVERY, Gate, RunawayPlanError
from foretaste.service.intents import Abandon, Answer, Approve, Dequeue, Hold, Intent, Resume
from foretaste.simulation.clock import VirtualClock
from foretaste.simulation.expect import Seen
from foretaste.simulation.store import MemoryStore, Moment
from foretaste.simulation.world import World
from tests.fakes.faulty import faulty_place, passing
from tests.unit.core.town import FAMILY, Town

A, B = ChangeId("A"), ChangeId("B")
DEADLINE = 10.0


def asked(town: Town, *intents: Intent) -> Future[tuple[Answer, ...]]:
    """Ask the gate for something; it is not stepped."""
    return town.world.gate.submit(*intents)


def codes(answers: Future[tuple[Answer, ...]]) -> list[str]:
    """Return what was answered."""
    return [answer.code for answer in answers.result(DEADLINE)]


def stored(town: Town, *kinds: type[Event]) -> list[Event]:
    """Return the stored events of these kinds."""
    return [event for event in town.events if isinstance(event, kinds)]


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

    with pytest.raises(PermanentError) as lost:
        first.step()

    assert lost.value.code == "FT809"
    assert codes(sorry) == ["FT503"]  # nobody waits for an answer that cannot come
    assert store.verify() == held


def test_a_gate_that_is_not_open_says_so() -> None:
    gate = Gate(store=MemoryStore(), clock=VirtualClock(), holder="me")
    gate.tell(TipsSeen(tips=()))

    with pytest.raises(PermanentError, match="FT500"):
        gate._hands()


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


# --- what only was shown, and settings that change


class Silent(World):
    """A world whose host shows what happened to a change only beside another change."""

    def seen_beside(self, other: ChangeId) -> None:
        """Let the gate see every change, in an event that is about `other`."""
        self.post(other, "looked at")
        self.settle()


def beside(step: str, *, jobs: list[dict[str, object]] | None = None) -> Town:
    """Return a town in which B, that needs A, was altered without a word, and A's event shows it."""
    changes = [{"id": "A", "project": "R"}, {"id": "B", "project": "R", "depends_on": ["A"]}]
    town = Town(change=changes, world=Silent, job=jobs or [{"name": "M"}])("approve A B")
    world = town.world
    assert isinstance(world, Silent)
    forge = world.forge
    match step:
        case "revise":
            world.revise(B)
        case "withdraw":
            forge.edit(replace(forge.changes[B], approved_by=()))
        case "abandon":
            forge.edit(replace(forge.changes[B], open=False))
        case _:
            forge.edit(replace(forge.changes[B], landable=False))
    world.seen_beside(A)
    return town


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        ("revise", "SUPERSEDED"),
        ("withdraw", "APPROVAL_WITHDRAWN"),
        ("abandon", "ABANDONED"),
        ("unmergeable", "LANDING_REFUSED"),
    ],
)
def test_a_queued_change_that_is_not_what_was_let_in_leaves_though_nobody_said_a_word(
    step: str, reason: str
) -> None:
    """Else a new revision is asked to be prepared for ever, and an old one freezes its queue."""
    town = beside(step)

    assert town.queued == ["A"]
    assert town.reasons["B"] == reason
    town("finish *")
    assert town.merged == ["A"]
    assert stored(town, Frozen) == []


def test_a_project_that_is_removed_takes_its_changes_out_of_their_queue() -> None:
    changes = [{"id": "A", "project": "R1"}, {"id": "B", "project": "R2"}]
    town = Town(project=FAMILY, change=changes)("approve A B")
    settings = town.world.settings()

    town.world.gate.tell(replace(settings, projects=settings.projects[1:]))
    town.world.settle()

    assert town.queued == ["B"]
    assert town.reasons["A"] == "DEQUEUED"
    verdict = town.facts.note(A).verdict
    assert verdict is not None
    assert verdict.detail == "R1 main does not land through queue q any more"
    assert town.running == {"M[B]"}
    assert town("finish *").merged == ["B"]


def test_a_project_that_moves_to_another_queue_takes_its_changes_out_of_the_old_one() -> None:
    """They were tested beside other projects than those of their new queue."""
    changes = [{"id": "A", "project": "R1"}, {"id": "B", "project": "R2"}]
    town = Town(project=FAMILY, change=changes)("approve A B")
    settings = town.world.settings()
    moved = tuple(replace(each, queue=QueueName(f"of-{each.name}")) for each in settings.projects)

    town.world.gate.tell(replace(settings, projects=moved))
    town("finish *")

    assert town.reasons == {"A": "DEQUEUED", "B": "DEQUEUED"}
    assert town.queued == []
    assert not town.facts.prospects
    town("enqueue A B", "finish *")
    assert sorted(town.merged) == ["A", "B"]


def test_a_check_of_a_project_that_is_removed_ends_without_a_word() -> None:
    town = Town("A", job=[{"name": "K", "pipeline": "check"}])("event A")
    settings = town.world.settings()
    assert town.running == {"K[A]"}

    town.world.gate.tell(replace(settings, projects=()))
    town.world.settle()

    assert not town.facts.checks
    assert not town.facts.live
    assert not town.facts.noticed


def test_a_branch_that_is_guarded_from_now_on_is_looked_at() -> None:
    """Nobody tells of a branch that is there already; without its tip nothing can be merged."""
    town = Town("A")
    world = town.world
    after = Ref(ProjectName("R"), "next")
    world.place.root(after)
    settings = world.settings()
    more = Project(name=ProjectName("R"), queue=QueueName("R"), branches=("main", "next"))

    world.gate.tell(replace(settings, projects=(more,)))
    world.settle()

    assert town.facts.tips[after] == world.place.repository.tip(after)


def test_a_semaphore_that_is_taken_out_of_the_settings_counts_as_one() -> None:
    town = Town("A B C", job=[{"name": "M", "semaphore": "db"}], semaphores={"db": 2})(
        "approve A B C"
    )
    assert len(town.running) == 2

    town.world.gate.tell(replace(town.world.settings(), semaphores=()))
    town("finish M[A] M[A,B]")

    assert "db" not in town.facts.semaphores
    assert town.running == {"M[A,B,C]"}
    assert len(Town("A B", job=[{"name": "M", "semaphore": "db"}])("approve A B").running) == 1


def test_a_window_of_none_holds_as_many_as_there_are() -> None:
    town = Town("A B C", policy={"window": 0})("approve A B C")

    assert town.running == {"M[A]", "M[A,B]", "M[A,B,C]"}
    town("fail M[A]")
    (queue,) = town.facts.queues.values()
    assert queue.window == 0


def test_refusals_are_those_of_the_item_that_stands_first() -> None:
    """A was refused twice and then withdrawn; B, which nobody refused, is not to pay for it."""
    place, faults = faulty_place()
    town = Town("A B", place=place)("approve A B", "refuse-once A")
    faults.errors["swap R"] = [passing()]
    for build in town.world.running().values():
        place.end(build.id, passed=True)
    town.world.gate.step()
    (queue,) = town.facts.queues.values()
    assert (queue.refusals, queue.refusal) == (1, "the host refuses, this once")

    town("withdraw A", "finish *")

    assert town.reasons["A"] == "APPROVAL_WITHDRAWN"
    assert town.merged == ["B"]


def test_what_is_promoted_to_the_front_begins_without_refusals() -> None:
    place, faults = faulty_place()
    town = Town("A B", place=place)("approve A B", "refuse-once A")
    faults.errors["swap R"] = [passing()]
    for build in town.world.running().values():
        place.end(build.id, passed=True)
    town.world.gate.step()
    faults.errors["swap R"] = [passing()]

    town.world.gate.tell(Promoted(changes=(B,)))
    town.world.gate.step()

    (queue,) = town.facts.queues.values()
    assert [entry.changes for entry in queue.entries] == [(B,), (A,)]
    assert queue.refusals == 0


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
