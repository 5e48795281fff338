"""Whatever happens, in whatever order: nothing untested lands, nothing is lost, all comes to rest.

Random worlds and schedules run through the real core and service. A landing that broke an
invariant would freeze its queue (`core.invariants`), so a frozen queue fails the law too.
"""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foretaste.core.build import BuildState
from foretaste.core.events import (
    BuildEnded,
    BuildWanted,
    Landed,
    Prepared,
    ProspectWanted,
    ReportWanted,
)
from foretaste.core.names import Member
from foretaste.simulation.memory import MemoryPlace
from foretaste.simulation.scenario import Scenario
from foretaste.simulation.world import World
from tests.property.worlds import do, line, rest, scenarios


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(scenarios(), st.data())
def test_nothing_untested_lands_and_everything_comes_to_rest(
    scenario: Scenario, data: st.DataObject
) -> None:
    world = World(scenario=scenario, place=MemoryPlace())
    for _ in range(data.draw(st.integers(2, 18))):
        do(world, line(data, world))

    rest(world)

    _rests(world)
    _landed_only_what_passed(world)
    _landed_in_turn(world)
    _told_once(world)


def _rests(world: World) -> None:
    facts = world.gate.facts
    for queue in facts.queues.values():
        assert not queue.frozen
        assert not queue.entries
    assert not (facts.checks)
    assert not (facts.live)
    assert not (facts.noticed)
    assert not (facts.disturbed)
    assert not (facts.untold)
    assert not (facts.prospects)
    assert not (facts.builds)
    assert not (facts.runs)
    assert not (facts.tried)
    assert dict(facts.tips) == world.place.repository.tips()


def _landed_only_what_passed(world: World) -> None:
    events = [recorded.event for recorded in world.history]
    prepared = {event.key: event for event in events if isinstance(event, Prepared)}
    wanted = {event.build: event for event in events if isinstance(event, BuildWanted)}
    passed = {
        (wanted[event.build].prospect, wanted[event.build].job, wanted[event.build].change)
        for event in events
        if isinstance(event, BuildEnded) and event.state is BuildState.PASSED
    }
    for event in events:
        if not isinstance(event, Landed):
            continue
        assert event.moves == prepared[event.key].moves
        jobs = [(plan, job) for plan in prepared[event.key].plans for job in plan.jobs]
        for plan, job in jobs:
            run = (event.key, job.name, None if job.shared else plan.change)
            assert run in passed or not job.voting


def _landed_in_turn(world: World) -> None:
    """What an item was tested with had landed before it, and the order is that of the branch."""
    events = [recorded.event for recorded in world.history]
    wanted = {event.key: event for event in events if isinstance(event, ProspectWanted)}
    there: set[Member] = set()
    for event in events:
        if isinstance(event, Landed):
            item = wanted[event.key]
            assert set(item.chain) - set(item.members) <= there
            assert not set(item.members) & there
            there.update(item.members)


def _told_once(world: World) -> None:
    told = [r.event for r in world.history if isinstance(r.event, ReportWanted)]
    assert len({(event.change, event.report) for event in told}) == len(told)
