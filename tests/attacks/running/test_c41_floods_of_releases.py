"""C41: a thousand releases a minute do not make the gate slower, nor the watcher larger."""

from __future__ import annotations

import threading
from pathlib import Path
from statistics import median

from tests.fakes.watched import DAY, MemoryIndex, ToldChecker
from tests.watching_gate import CLOCK, WatchingGate, watching_gate, with_alpha

ASKED = 40
RELEASES = 250
"""In about ten seconds; the pace is 1,500 a minute."""
PACE = 0.04


def latencies(gate: WatchingGate) -> list[float]:
    """Return the seconds that the gate takes to answer something that it has to decide and store."""
    found = []
    for number in range(ASKED):
        began = CLOCK.monotonic()
        assert gate.post("hold", {"why": f"look {number}"}).status_code == 200
        found.append(CLOCK.monotonic() - began)
    return sorted(found)


def test_a_flood_of_releases_leaves_the_gate_as_quick_as_it_was(tmp_path: Path) -> None:
    index = MemoryIndex()
    index.add("tiny", "1.0")
    index.add("urgent", "0.1")
    checker = ToldChecker(index)
    with watching_gate(tmp_path / "gate", index, checker) as gate:
        with_alpha(gate, tmp_path)
        gate.until_shown("current")
        calm = latencies(gate)
        ended = threading.Event()

        def flood() -> None:
            for number in range(RELEASES):
                index.add("tiny", f"1.{number + 1}", CLOCK.wall() - 60)
                gate.watcher.look()
                ended.wait(PACE)
            ended.set()

        thread = threading.Thread(target=flood)
        thread.start()
        flooded = latencies(gate)
        thread.join()
        assert ended.is_set()

        # It was reached: the index was asked again and again, and young releases were checked.
        assert len(index.asked) > 20
        shown = gate.until_shown("waiting")
        # One question at a time, and no more for what is too young to land than one an interval.
        assert 1 <= len(checker.asked) <= 3
        assert len(shown["newer"]) == 1
        # Nothing piled up: of each package so many releases count, and no more.
        board = gate.watcher.boards()
        assert [len(each.offered) for each in board.values()] == [50]
        assert median(flooded) < 5 * median(calm) + 0.05, (median(calm), median(flooded))


def test_an_old_flood_is_one_bump(tmp_path: Path) -> None:
    index = MemoryIndex()
    index.add("tiny", "1.0")
    index.add("urgent", "0.1")
    with watching_gate(tmp_path / "gate", index, ToldChecker(index)) as gate:
        with_alpha(gate, tmp_path)
        for number in range(1000):
            index.add("tiny", f"1.{number + 1}", CLOCK.wall() - 4 * DAY)

        gate.watcher.look()
        gate.until(lambda: len(gate.ask("changes")["changes"]) > 1)

        assert gate.change(2)["subject"].startswith("Move tiny from 1.0 to 1.")
        assert len(gate.ask("changes")["changes"]) == 2
