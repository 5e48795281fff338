"""What the gate stores together, and what it does first: a free worker waits for no landing."""

from __future__ import annotations

from itertools import pairwise

from foretaste.core.events import BuildEnded, BuildWanted, Landed, LandWanted, ProspectWanted
from foretaste.core.speculate import READY_AHEAD
from foretaste.simulation.memory import MemoryPlace
from foretaste.simulation.scenario import Scenario
from foretaste.simulation.steps import act
from foretaste.simulation.world import World

NAMES = "ABCDEFGH"
MOST_WRITES = 5
"""For each change of a long queue: its end, what follows, how that went, messages, and that."""


def world(workers: int) -> World:
    """Return a world with one job and a long queue, all approved, and `workers` at work."""
    scenario = Scenario.model_validate(
        {
            "policy": {"workers": workers},
            "project": [{"name": "R"}],
            "job": [{"name": "J"}],
            "change": [{"id": name, "project": "R"} for name in NAMES],
        }
    )
    made = World(scenario=scenario, place=MemoryPlace())
    act(made, f"approve {' '.join(NAMES)}")
    return made


def seqs(made: World, kind: type) -> list[int]:
    """Return the numbers of the events of a kind."""
    return [recorded.seq for recorded in made.history if isinstance(recorded.event, kind)]


def test_the_next_build_is_started_before_the_last_one_is_landed() -> None:
    made = world(workers=1)

    act(made, "finish J[A]")

    ended, landed = seqs(made, BuildEnded)[-1], seqs(made, Landed)[-1]
    started = [seq for seq in seqs(made, BuildWanted) if seq > ended]
    assert list(made.running()) == ["J[A,B]"]
    assert ended < seqs(made, LandWanted)[-1] < started[0] < landed


def test_each_landing_of_a_long_queue_costs_few_writes() -> None:
    made = world(workers=1)
    act(made, "finish J[A]")
    before = made.store.writes

    act(made, "finish J[A,B]")

    assert made.store.writes - before <= MOST_WRITES


def test_no_more_is_prepared_at_once_than_workers_can_take_up_soon() -> None:
    made = world(workers=2)

    act(made, "finish *")

    wanted = seqs(made, ProspectWanted)
    longest = current = 1
    for before, after in pairwise(wanted):
        current = current + 1 if after == before + 1 else 1
        longest = max(longest, current)
    assert longest <= 2 + READY_AHEAD
    assert len(wanted) == len(NAMES)
