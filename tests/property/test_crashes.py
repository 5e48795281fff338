"""A gate that dies at any write, before or after it took effect, ends where one that lives does."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foretaste.simulation.expect import Seen
from foretaste.simulation.memory import MemoryPlace
from foretaste.simulation.scenario import Scenario
from foretaste.simulation.store import Moment
from foretaste.simulation.world import World
from tests.property.worlds import do, line, rest, scenarios

DEATHS = st.none() | st.tuples(st.integers(1, 9), st.sampled_from(Moment))
# A lost build is one attempt less, a failure that is not the job's own is not said twice, and what
# is delivered otherwise has a law of its own.
OTHERS = ("lose", "fail", "crash", "duplicate", "reorder", "store", "set workers")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(scenarios(), st.data())
def test_what_ends_merged_does_not_depend_on_when_the_gate_died(
    scenario: Scenario, data: st.DataObject
) -> None:
    scenario = _spacious(scenario)
    plain = World(scenario=scenario, place=MemoryPlace())
    mortal = World(scenario=scenario, place=MemoryPlace())
    for _ in range(data.draw(st.integers(2, 12))):
        step = line(data, plain)
        if step.startswith(OTHERS):
            continue
        death = data.draw(DEATHS)
        do(plain, step)
        if death is not None:
            mortal.store.crash_at(*death)
        do(mortal, step)
        _say_again(mortal, step)
        assert set(mortal.running()) == set(plain.running())
    rest(plain)
    rest(mortal)

    assert Seen(mortal).merged() == Seen(plain).merged()
    assert set(Seen(mortal).reasons()) == set(Seen(plain).reasons())
    assert _trees(mortal) == _trees(plain)


def _spacious(scenario: Scenario) -> Scenario:
    """Return the scenario with room for every build: who gets the only worker is chance."""
    table: dict[str, Any] = scenario.model_dump(exclude={"policy"})
    for job in table["job"]:
        job["semaphore"] = ""
    policy = {"window": scenario.policy.window, "window_floor": 1}
    return Scenario.model_validate({**table, "policy": policy})


def _say_again(world: World, step: str) -> None:
    """End a build once more whose end died with the gate: it was run again from its beginning."""
    verb, *labels = step.split()
    while verb == "finish" and labels[0] in world.running():
        do(world, step)


def _trees(world: World) -> dict[object, object]:
    """Return what each branch holds in the end."""
    repository = world.place.repository
    return {ref: repository.tree(ref) for ref in repository.tips()}
