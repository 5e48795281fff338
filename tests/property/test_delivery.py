"""Events that arrive twice, or swapped in pairs, do not change what ends merged.

Which of two changes that conflict comes first decides which one lands, so here nothing conflicts,
and every build ends before the next thing happens.
"""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foretaste.simulation.expect import Seen
from foretaste.simulation.memory import MemoryPlace
from foretaste.simulation.scenario import Scenario
from foretaste.simulation.steps import act
from foretaste.simulation.world import World
from tests.property.worlds import NAMES, rest, scenarios

SEVERAL = ["approve", "approve", "approve", "event", "enqueue", "approve-silently"]
ONE = ["withdraw", "abandon", "reopen", "revise", "dequeue"]


def peaceful(scenario: Scenario) -> Scenario:
    """Return the scenario with a file of its own for every change."""
    table: dict[str, Any] = scenario.model_dump(exclude={"policy"})
    for change in table["change"]:
        change["files"] = {}
    return Scenario.model_validate(table)


@st.composite
def steps(draw: st.DrawFn) -> list[str]:
    """Draw a schedule for worlds in which some of the names are changes."""
    found = []
    for _ in range(draw(st.integers(2, 8))):
        names = draw(st.permutations(NAMES))[: draw(st.integers(1, 4))]
        found.append(" ".join([draw(st.sampled_from(SEVERAL)), *names]))
        if draw(st.booleans()):
            found.append(f"{draw(st.sampled_from(ONE))} {names[0]}")
        if draw(st.booleans()):
            found.append("finish *")
    return found


def merged(scenario: Scenario, schedule: list[str], *how: str) -> set[str]:
    """Return what has landed when all is over."""
    world = World(scenario=scenario, place=MemoryPlace())
    for step in how:
        act(world, step)
    known = {change.id for change in scenario.change}
    for step in schedule:
        verb, *names = step.split()
        left = [name for name in names if name == "*" or name in known]
        if left:
            act(world, " ".join([verb, *left]))
    rest(world)
    seen = Seen(world)
    assert not seen.queued("")
    return set(seen.merged())


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(scenarios().map(peaceful), steps())
def test_doubled_and_swapped_events_end_in_the_same_merges(
    scenario: Scenario, schedule: list[str]
) -> None:
    once = merged(scenario, schedule)

    for how in (("duplicate",), ("reorder",), ("duplicate", "reorder")):
        assert merged(scenario, schedule, *how) == once, how
