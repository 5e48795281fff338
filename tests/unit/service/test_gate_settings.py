"""What only was shown, and settings that change, are taken in without harm."""

from __future__ import annotations

from dataclasses import replace

import pytest

from foretaste.core.events import (
    Frozen,
    Promoted,
)
from foretaste.core.names import ChangeId, ProjectName, QueueName, Ref
from foretaste.core.project import Project
from foretaste.simulation.world import World
from tests.fakes.faulty import faulty_place, passing
from tests.unit.core.town import FAMILY, Town
from tests.unit.service.stories import stored

A, B = ChangeId("A"), ChangeId("B")


class Silent(World):
    """A world whose host shows what happened to a change only beside another change."""

    def seen_beside(self, other: ChangeId) -> None:
        """Let the gate see every change, in an event that is about `other`."""
        self.post(other, "looked at")
        self.settle()


def beside(step: str) -> Town:
    """Return a town in which B, that needs A, was altered without a word, and A's event shows it."""
    changes = [{"id": "A", "project": "R"}, {"id": "B", "project": "R", "depends_on": ["A"]}]
    town = Town(change=changes, world=Silent)("approve A B")
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
