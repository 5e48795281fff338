"""Each build runs its own job, gets what it needs, and is started, refused and stopped once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from foretaste.core.build import BuildState, Fault
from foretaste.core.events import (
    BuildEnded,
    BuildWanted,
)
from foretaste.core.names import BuildId, ChangeId, JobName
from foretaste.service.perform import Performer
from foretaste.simulation.executor import MemoryExecutor
from tests.fakes.faulty import FaultyForge, faulty_place, lasting, passing
from tests.fakes.worlds import Own, Thrifty
from tests.unit.core.town import Town
from tests.unit.service.stories import hands_of, performer, tied

A, B = ChangeId("A"), ChangeId("B")


def test_each_member_of_a_cycle_is_tested_by_its_own_projects_job() -> None:
    """Both have a job M; whoever ran A's for both would let B land untested."""
    town = tied(world=Own)("approve A B")
    executor = town.world.place.executor
    assert isinstance(executor, MemoryExecutor)

    runs = {label: executor.specs[b.id].run for label, b in town.world.running().items()}

    assert runs == {"M[A+B:A]": "test R1", "M[A+B:B]": "test R2"}


def test_a_shared_job_that_only_one_member_has_is_that_members() -> None:
    job = [{"name": "S", "shared": True, "projects": ["R1"]}, {"name": "M", "projects": ["R2"]}]
    town = tied(world=Own, job=job)("approve A B")
    executor = town.world.place.executor
    assert isinstance(executor, MemoryExecutor)

    runs = {label: executor.specs[b.id].run for label, b in town.world.running().items()}

    assert runs == {"S[A+B]": "test R1", "M[A+B:B]": "test R2"}
    assert sorted(town("finish *").merged) == ["A", "B"]


def needs_of(town: Town, label: str) -> tuple[str, ...]:
    """Return the builds whose artefacts a running build is given."""
    executor = town.world.place.executor
    assert isinstance(executor, MemoryExecutor)
    return executor.specs[town.world.running()[label].id].needs


def test_a_build_is_given_the_newest_build_of_each_job_that_it_needs() -> None:
    town = Town("A", job=[{"name": "M"}, {"name": "N", "needs": ["M"]}])("approve A", "lose M[A]")
    second = town.world.running()["M[A]"].id

    town("finish M[A]")

    assert needs_of(town, "N[A]") == (second,)


def test_a_build_is_given_the_shared_build_that_it_needs() -> None:
    job = [{"name": "S", "shared": True}, {"name": "N", "needs": ["S"]}]
    town = tied(job=job)("approve A B")
    shared = town.world.running()["S[A+B]"].id

    town("finish S[A+B]")

    assert needs_of(town, "N[A+B:A]") == (shared,)
    assert needs_of(town, "N[A+B:B]") == (shared,)


def test_a_shared_build_is_given_what_its_owner_needs() -> None:
    job = [{"name": "M"}, {"name": "S", "shared": True, "needs": ["M"]}]
    town = tied(job=job)("approve A B")
    first = town.world.running()["M[A+B:A]"].id

    town("finish M[*]")

    assert needs_of(town, "S[A+B]") == (first,)


def test_a_build_is_given_the_artefacts_of_a_verdict_that_is_used_again() -> None:
    """B's M has passed on the very same trees, for the check; N was never run there."""
    job = [
        {"name": "M"},
        {"name": "N", "needs": ["M"]},
        {"name": "M", "pipeline": "check"},
    ]
    town = Town("A", world=Thrifty, job=job)("event A")
    checked = town.world.running()["M[A]"].id
    town("finish M[A]", "approve A")

    assert town.running == {"N[A]"}
    assert needs_of(town, "N[A]") == (checked,)


def test_a_build_that_cannot_be_started_fails_its_change() -> None:
    place, faults = faulty_place()
    faults.errors["start"] = [lasting("there is no sandbox")]
    town = Town("A", place=place)("approve A")

    assert town.reasons["A"] == "JOB_FAILED"
    ended = next(e for e in town.events if isinstance(e, BuildEnded))
    assert (ended.state, ended.fault) == (BuildState.FAILED, Fault.REFUSED)
    assert ended.evidence.why == "there is no sandbox"


def test_a_build_that_cannot_be_started_now_is_started_later() -> None:
    place, faults = faulty_place()
    faults.errors["start"] = [passing()]
    town = Town("A", place=place)("approve A")

    assert town.running == {"M[A]"}
    assert len([e for e in town.events if isinstance(e, BuildWanted)]) == 1


def test_a_build_of_a_job_that_is_not_there_is_refused() -> None:
    town = Town("A")("approve A")
    facts = town.facts
    (build,) = facts.builds.values()
    strange = replace(build, job=JobName("other"))
    wanted = next(e for e in town.events if isinstance(e, BuildWanted))
    for odd in (
        replace(facts, builds=facts.builds.set(build.id, strange)),
        replace(facts, prospects=facts.prospects.delete(build.prospect)),
    ):
        (said,) = Performer(hands=hands_of(town.world), facts=odd).perform(wanted)

        assert isinstance(said, BuildEnded)
        assert (said.state, said.fault) == (BuildState.FAILED, Fault.REFUSED)


@pytest.mark.parametrize("build", ["b1", "b2"])
def test_a_build_that_has_ended_or_is_forgotten_is_not_started_again(build: str) -> None:
    """The gate died between the start and the note of it; the outbox says it once more."""
    town = Town("A")("approve A", "hold", "finish M[A]")
    wanted = next(e for e in town.events if isinstance(e, BuildWanted))

    assert performer(town).perform(replace(wanted, build=BuildId(build))) == ()


def test_a_build_that_its_executor_does_not_know_is_over_when_it_is_cancelled() -> None:
    town = Town("A")("approve A")
    town.world.place.die()

    town("withdraw A")

    assert town.running == set()
    ended = next(e for e in town.events if isinstance(e, BuildEnded))
    assert ended.state is BuildState.CANCELLED


def test_a_message_that_cannot_be_delivered_now_is_delivered_later_and_once() -> None:
    town = Town("A")
    forge = FaultyForge(changes=town.world.forge.changes)
    town.world.forge = forge
    town.world.start()
    forge.faults.errors["tell"] = [passing("the mail is down")]

    town("approve A")

    assert sorted(forge.told[A].values()) == ["started"]
    assert sorted(town("finish *").world.forge.told[A].values()) == ["ended", "started"]
    assert town.world.gate.trouble == ""
