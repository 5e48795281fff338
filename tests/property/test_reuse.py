"""A verdict is used again only where everything that the build reads is identical.

Whatever lands has passed each job that has a vote: as itself, or as the same inputs elsewhere; and
a job that would fail on it never let it through.
"""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foretaste.core.build import BuildState
from foretaste.core.events import BuildEnded, BuildWanted, Event, Landed, Prepared
from foretaste.core.job import Job
from foretaste.core.names import ChangeId
from foretaste.simulation.memory import MemoryPlace
from foretaste.simulation.scenario import Scenario
from foretaste.simulation.steps import act
from foretaste.simulation.world import World, name_of
from tests.fakes.worlds import Thrifty
from tests.property.worlds import do, line, rest, scenarios


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(scenarios(), st.data())
def test_what_lands_has_passed_as_itself_or_as_identical_inputs(
    scenario: Scenario, data: st.DataObject
) -> None:
    world = Thrifty(scenario=scenario, place=MemoryPlace())
    for _ in range(data.draw(st.integers(2, 18))):
        do(world, line(data, world))
    rest(world)

    assert not any(queue.frozen or queue.entries for queue in world.gate.facts.queues.values())
    _landed_only_what_passed(world)


def _landed_only_what_passed(world: World) -> None:
    prepared: dict[str, Prepared] = {}
    wanted: dict[str, BuildWanted] = {}
    passed: set[str] = set()
    for event in (recorded.event for recorded in world.history):
        match event:
            case Prepared():
                prepared[event.key] = event
            case BuildWanted():
                wanted[event.build] = event
            case BuildEnded(state=BuildState.PASSED):
                build = wanted[event.build]
                passed.add(_job(prepared[build.prospect], build).inputs)
            case Landed():
                for change, job in _voting(prepared[event.key]):
                    assert job.inputs in passed
                    assert not _fails(world, prepared[event.key], change, job)
            case _:
                pass


def _voting(event: Prepared) -> Iterator[tuple[ChangeId, Job]]:
    return ((plan.change, job) for plan in event.plans for job in plan.jobs if job.voting)


def _job(event: Prepared, build: BuildWanted) -> Job:
    """Return the job that a build ran: its change's own, or the first of those who share it."""
    return next(
        job
        for plan in event.plans
        for job in plan.jobs
        if job.name == build.job and build.change in {None, plan.change}
    )


def _fails(world: World, event: Prepared, change: ChangeId, job: Job) -> bool:
    """Whether the scenario lets the job fail on what landed: that is the truth of this world."""
    table = next(t for t in world.scenario.job if t.name == job.name)
    bad = [member for member in world.commits if name_of(member) in table.fails_with]
    del change
    return any(
        ref.project == world.forge.changes[member.change].project
        and world.place.holds(oid, world.commits[member], ref.project)
        for member in bad
        for ref, oid in event.state
    )


def test_a_world_of_equal_trees_really_uses_verdicts_again() -> None:
    """Else the law above would hold for nothing."""
    table = {
        "project": [{"name": "R"}],
        "job": [{"name": "J"}],
        "change": [{"id": "A", "project": "R"}, {"id": "B", "project": "R"}],
    }
    world = Thrifty(scenario=Scenario.model_validate(table), place=MemoryPlace())
    for step in ("approve A B", "hold", "finish *", "promote B A", "resume", "finish *"):
        act(world, step)

    events: list[Event] = [recorded.event for recorded in world.history]
    assert sum(isinstance(event, Landed) for event in events) == 2
    assert sum(isinstance(event, BuildWanted) for event in events) == 3
