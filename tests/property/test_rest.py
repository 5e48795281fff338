"""Planning is a function of the facts, and has nothing to say once everything only waits."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from immutables import Map

from foretaste.core.facts import Facts
from foretaste.core.plan import plan
from foretaste.core.record import record
from foretaste.simulation.memory import MemoryPlace
from foretaste.simulation.scenario import Scenario
from foretaste.simulation.world import World
from tests.property.worlds import do, line, rest, scenarios


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(scenarios(), st.data())
def test_the_same_facts_give_the_same_plan_and_at_rest_there_is_none(
    scenario: Scenario, data: st.DataObject
) -> None:
    world = World(scenario=scenario, place=MemoryPlace())
    for _ in range(data.draw(st.integers(2, 12))):
        do(world, line(data, world))
        assert world.gate.trouble or plan(world.gate.facts) == ()
    rest(world)

    assert plan(world.gate.facts) == ()
    _said_the_same_from_any_copy(world)


def _said_the_same_from_any_copy(world: World) -> None:
    """Replay the log; at each event plan twice, on facts whose maps were built in other orders."""
    facts = Facts()
    for recorded in world.history[:120]:
        facts = record(facts, recorded)
        assert plan(facts) == plan(_shuffled(facts))


def _shuffled(facts: Facts) -> Facts:
    """Return equal facts, with maps that were filled from the other end."""
    names = ("queues", "checks", "live", "builds", "prospects", "runs", "changes", "notes")
    maps = {name: Map(reversed(list(getattr(facts, name).items()))) for name in names}
    copy = Facts(
        **{name: maps.get(name, getattr(facts, name)) for name in Facts.__dataclass_fields__}
    )
    assert copy == facts
    return copy
