"""Executors whose builds end when told to: one suite for real processes and for their twin."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from foretaste.adapters.executors.told import ToldExecutor
from foretaste.ports.executor import (
    Ending,
    Executor,
    Finished,
    JobSpec,
    Observation,
    Source,
    Started,
)
from foretaste.simulation.executor import MemoryExecutor
from tests.fakes.trees import PlainTrees


@dataclass(frozen=True)
class Told:
    """An executor, and how its builds are brought to an end from outside."""

    executor: Executor
    source: Source
    end: Callable[[str, int], None]
    lose: Callable[[str], None]

    def start(self, attempt: str) -> list[Observation]:
        """Begin a build; return the list of what is told of it, which grows."""
        seen: list[Observation] = []
        spec = JobSpec(attempt=attempt, label="J", sources=(self.source,), run="true")
        self.executor.start(spec, seen.append)
        return seen


@pytest.fixture(name="told", params=["memory", "processes"])
def told_fixture(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Told]:
    """What builds run on."""
    trees = PlainTrees()
    source = trees.commit("app", {"README": "hello\n"})
    if request.param == "memory":
        twin = MemoryExecutor()
        yield Told(
            executor=twin,
            source=source,
            end=lambda attempt, status: twin.end(attempt, Ending.EXITED, status),
            lose=lambda attempt: twin.end(attempt, Ending.LOST),
        )
        twin.close()
    else:
        real = ToldExecutor(tmp_path / "builds", trees)
        yield Told(executor=real, source=source, end=real.end, lose=real.lose)
        real.close()


@pytest.mark.parametrize("status", [0, 1])
def test_a_build_runs_until_it_is_told_how_to_end(told: Told, status: int) -> None:
    seen = told.start("b1")
    assert seen == [Started(attempt="b1")]
    assert told.executor.running() == {"b1"}

    told.end("b1", status)

    assert seen[1:] == [Finished(attempt="b1", ending=Ending.EXITED, exit_status=status)]
    assert told.executor.running() == frozenset()


def test_a_lost_build_has_no_status(told: Told) -> None:
    seen = told.start("b1")

    told.lose("b1")

    assert seen[1:] == [Finished(attempt="b1", ending=Ending.LOST)]


def test_a_cancelled_build_has_no_status(told: Told) -> None:
    seen = told.start("b1")

    told.executor.cancel("b1")

    assert seen[1:] == [Finished(attempt="b1", ending=Ending.CANCELLED)]
    assert told.executor.running() == frozenset()


def test_an_end_is_told_once(told: Told) -> None:
    seen = told.start("b1")
    told.end("b1", 0)

    told.end("b1", 1)
    told.lose("b1")
    told.executor.cancel("b1")
    told.executor.cancel("never-heard-of")

    assert len(seen) == 2


def test_many_cancels_at_once_are_one(told: Told) -> None:
    seen = told.start("b1")

    threads = [threading.Thread(target=told.executor.cancel, args=("b1",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [type(each) for each in seen] == [Started, Finished]


def test_a_second_start_of_an_attempt_does_nothing(told: Told) -> None:
    first = told.start("b1")
    assert told.start("b1") == []
    told.end("b1", 0)

    assert told.start("b1") == []
    assert len(first) == 2


def test_builds_end_each_by_itself(told: Told) -> None:
    first, second = told.start("b1"), told.start("b2")

    told.end("b2", 0)

    assert len(first) == 1
    assert len(second) == 2
    assert told.executor.running() == {"b1"}


def test_close_cancels_everything_and_what_comes_later_is_lost(told: Told) -> None:
    first, second = told.start("b1"), told.start("b2")

    told.executor.close()
    late = told.start("b3")

    assert {each.ending for each in (*first, *second) if isinstance(each, Finished)} == {
        Ending.CANCELLED
    }
    assert told.executor.running() == frozenset()
    assert [each.ending for each in late if isinstance(each, Finished)] == [Ending.LOST]
