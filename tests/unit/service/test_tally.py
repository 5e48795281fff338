"""What `/metrics` counts is what the log says."""

from __future__ import annotations

from foretaste.core.events import Frozen, Recorded
from foretaste.core.names import QueueName
from foretaste.service.tally import Tally
from tests.unit.core.town import Town


def test_landings_and_builds_are_counted_and_queues_are_measured() -> None:
    town = Town("A B C")("approve A B", "fail M[A]", "finish *", "approve C")
    tally = Tally(gate=town.world.gate)
    for recorded in town.world.store.since(0):
        tally.see(recorded)

    figures = tally.figures()

    assert figures.landings == 1
    assert figures.tree_mismatches == 0
    assert figures.builds == {"failed": 1, "cancelled": 1, "passed": 1}
    assert figures.queued == {"R": 1}
    assert figures.ticks == town.world.gate.ticks > 0
    assert figures.tick_seconds == 0.0  # time stands still in a simulation


def test_a_frozen_queue_is_one_mismatch_too_many() -> None:
    tally = Tally(gate=Town("A").world.gate)

    tally.see(Recorded(seq=1, at=0.0, event=Frozen(queue=QueueName("R"), why="x")))

    assert tally.figures().tree_mismatches == 1
