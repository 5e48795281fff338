"""What was decided to land or to be prepared is done once or again, never on what is not there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from immutables import Map

from foretaste.core.events import (
    BuildWanted,
    Landed,
    LandWanted,
    Misconfigured,
    Prepared,
    ProspectWanted,
    Unprepared,
)
from foretaste.core.job import Job
from foretaste.core.names import ChangeId, Oid, ProspectKey, Ref
from foretaste.core.reasons import Reason
from foretaste.ports.errors import UserError
from foretaste.ports.jobs import JobsQuery
from foretaste.service.perform import Performer
from foretaste.simulation.memory import MemoryPlace
from foretaste.simulation.repository import MemoryRepository
from foretaste.simulation.world import World
from tests.fakes.faulty import FaultyRepository, faulty_place, lasting, passing
from tests.unit.core.town import Town
from tests.unit.service.stories import chains, hands_of, pair, performer, tied

A, B = ChangeId("A"), ChangeId("B")


# --- landing


def test_what_was_tested_on_a_change_that_the_host_refuses_does_not_land() -> None:
    """Both passed and are landed in one breath; B moves another branch than A does."""
    town = pair()("approve A B", "refuse A", "finish *")

    assert town.merged == ["B"]
    assert town.reasons["A"] == "LANDING_REFUSED"
    assert chains(town) == {"B": ["B"]}


def test_a_host_that_refuses_is_asked_twice_and_no_more() -> None:
    town = Town("A")("approve A", "refuse A", "finish *")

    assert town.reasons["A"] == "LANDING_REFUSED"
    assert [e.attempt for e in town.events if isinstance(e, LandWanted)] == [1, 2]


def test_nothing_lands_in_the_batch_in_which_its_queue_was_frozen() -> None:
    place, _ = faulty_place()
    town = pair(place=place)("approve A B")
    assert isinstance(place.repository, FaultyRepository)
    place.repository.garbles.update(ref for ref in place.repository.branches if ref.project == "R1")
    town("finish *")

    assert town.merged == ["A"]
    assert town.facts.queues[next(iter(town.facts.queues))].frozen
    town("resume", "finish *")
    assert town.merged == ["A", "B"]


def test_a_push_from_outside_while_a_landing_waits_makes_everything_be_tested_again() -> None:
    """A's branch is where it was, but A was tested beside what R2 does not hold any more."""
    place, faults = faulty_place()
    town = pair(place=place)("approve A")
    faults.errors["swap R1"] = [passing()]
    town.world.place.end(town.world.running()["M[A]"].id, passed=True)
    town.world.gate.step()
    assert town.world.gate.trouble == "the disk is full"

    town("push R2 main")

    assert town.merged == []
    assert town.running == {"M[A]"}
    assert town("finish *").merged == ["A"]


def test_a_landing_that_waits_does_not_happen_once_the_gate_is_held() -> None:
    place, faults = faulty_place()
    town = pair(place=place)("approve A")
    faults.errors["swap R1"] = [passing()]
    town.world.place.end(town.world.running()["M[A]"].id, passed=True)
    town.world.gate.step()

    town("hold")

    assert town.merged == []
    assert town.facts.held
    assert town("resume").merged == ["A"]
    assert len([e for e in town.events if isinstance(e, BuildWanted)]) == 1  # it is not tested anew


def test_what_began_to_land_keeps_the_prospects_behind_only_if_nothing_came_between() -> None:
    """The first half of A is out when R2 is pushed to, so B is tested on what is there now."""
    place, faults = faulty_place()
    town = tied(place=place)("approve A B")
    faults.after["swap R1"] = [passing()]
    for build in town.world.running().values():
        town.world.place.end(build.id, passed=True)
    town.world.gate.step()
    base = town.facts.queues[next(iter(town.facts.queues))].base

    town.world.gate.tell(town.world.settings())
    town("hold")

    assert sorted(town.merged) == ["A", "B"]  # what has begun is finished, though held
    assert town.facts.queues[next(iter(town.facts.queues))].base != base


def test_half_an_item_freezes_the_queue_and_the_rest_lands_when_somebody_looked() -> None:
    place, faults = faulty_place()
    town = tied(place=place)("approve A B")
    faults.errors["swap R2"] = [lasting("a hook said no")]
    town("finish *")

    (queue,) = town.facts.queues.values()
    assert queue.frozen == "A B landed in part: a hook said no"
    assert not queue.landing
    assert town.merged == []

    town("resume", "finish *")

    assert sorted(town.merged) == ["A", "B"]


def test_a_branch_that_is_gone_ends_the_change_and_the_gate_comes_to_rest() -> None:
    town = Town("A")("approve A")
    repository = town.world.place.repository
    assert isinstance(repository, MemoryRepository)
    repository.branches.clear()

    town("finish *")

    assert town.reasons["A"] == "LANDING_REFUSED"
    assert town.queued == []


def test_a_landing_whose_prospect_nobody_knows_moves_nothing() -> None:
    town = Town("A")("approve A", "hold", "finish *")
    (prospect,) = town.facts.prospects.values()
    deed = LandWanted(
        key=prospect.key,
        queue=prospect.queue,
        members=prospect.members,
        moves=prospect.moves,
        attempt=1,
    )
    facts = replace(town.facts, held="", prospects=Map())

    (said,) = Performer(hands=hands_of(town.world), facts=facts).perform(deed)

    assert not isinstance(said, Landed)
    assert town.world.place.repository.tip(prospect.moves[0].ref) == prospect.moves[0].old


# --- preparing


def test_what_stands_below_and_is_not_prepared_is_asked_for_again() -> None:
    town = Town("A B")("approve A")
    (prospect,) = town.facts.prospects.values()
    wanted = ProspectWanted(
        key=ProspectKey("k"),
        base=ProspectKey("nobody"),
        queue=prospect.queue,
        pipeline="gate",
        members=prospect.members,
        chain=prospect.members,
    )

    assert performer(town).perform(wanted) == (Unprepared(key=ProspectKey("k")),)
    assert performer(town).perform(replace(wanted, pipeline="check", base=prospect.base)) == (
        Unprepared(key=ProspectKey("k")),
    )


def test_an_old_revision_is_not_prepared() -> None:
    town = Town("A")("approve A")
    (prospect,) = town.facts.prospects.values()
    facts = town.facts
    newer = replace(facts.changes[A], revision=2)
    facts = replace(facts, changes=facts.changes.set(A, newer))
    wanted = next(e for e in town.events if isinstance(e, ProspectWanted))

    said = Performer(hands=hands_of(town.world), facts=facts).perform(wanted)

    assert said == (Unprepared(key=prospect.key),)


class Unborn(MemoryPlace):
    """A place in which nobody has made the branch `next` yet."""

    def root(self, ref: Ref) -> None:
        """Make a branch with a first commit."""
        if ref.branch != "next":
            MemoryPlace.root(self, ref)


@pytest.mark.parametrize("step", ["approve A", "event A"])
def test_a_branch_that_does_not_exist_is_a_broken_configuration(step: str) -> None:
    jobs = [{"name": "M"}, {"name": "K", "pipeline": "check"}]
    projects = [{"name": "R", "branches": ["main", "next"]}]
    town = Town("A", place=Unborn(), project=projects, job=jobs)
    town.world.forge.edit(replace(town.world.forge.changes[A], branch="next"))

    town(step)

    note = town.facts.note(A)
    verdict = note.verdict or note.checked
    assert verdict is not None
    assert (verdict.reason, verdict.detail) == (Reason.CONFIG_BROKEN, "R has no branch next")
    assert not town.facts.checks


def test_a_commit_that_is_gone_is_a_broken_configuration() -> None:
    town = Town("A")
    town.world.forge.changes[A] = replace(town.world.forge.changes[A], commit=Oid("gone"))

    town("approve A")

    assert town.reasons["A"] == "CONFIG_BROKEN"
    said = next(e for e in town.events if isinstance(e, Misconfigured))
    assert said.detail == "commit gone is not there"


def test_a_merge_that_meets_a_full_disk_is_made_when_that_is_over() -> None:
    place, faults = faulty_place()
    faults.errors["merge"] = [passing()]
    town = Town("A", place=place)

    town("approve A")

    assert town.running == {"M[A]"}
    assert len([e for e in town.events if isinstance(e, Prepared)]) == 1


class Broken(World):
    """A world whose configuration cannot be used, or cannot be read now."""

    error: Exception = UserError("FT203", "foretaste.toml:3: job.tests: no such template")

    def jobs(self, _query: JobsQuery) -> tuple[()]:
        """Return nothing."""
        raise type(self).error


class Unread(Broken):
    """A world whose configuration cannot be read now."""

    error = passing("git is in its own way")


def test_a_configuration_that_cannot_be_used_ends_the_change_before_any_build() -> None:
    town = Town("A", world=Broken)("approve A")

    assert town.reasons["A"] == "CONFIG_BROKEN"
    verdict = town.facts.note(A).verdict
    assert verdict is not None
    assert verdict.reason is Reason.CONFIG_BROKEN
    assert verdict.detail == "foretaste.toml:3: job.tests: no such template"
    assert not [e for e in town.events if isinstance(e, BuildWanted)]


def test_a_configuration_that_cannot_be_read_now_is_no_verdict() -> None:
    town = Town("A", world=Unread)("approve A")

    assert town.queued == ["A"]
    assert town.world.gate.trouble == "git is in its own way"


class Asking(World):
    """A world that keeps what its jobs were asked for."""

    asked: list[JobsQuery]

    def jobs(self, query: JobsQuery) -> tuple[Job, ...]:
        """Return the jobs of a change."""
        self.asked = [*getattr(self, "asked", ()), query]
        return super().jobs(query)


def test_what_a_branch_requires_is_read_from_what_stands_ahead() -> None:
    """A01: what A adds to the gate is required of B behind it, before A has landed."""
    town = Town("A B", world=Asking)("approve A B")
    world = town.world
    assert isinstance(world, Asking)
    first, second = world.asked

    assert first.target == town.facts.tips[first.ref]
    assert second.target == dict(first.state)[first.ref]
