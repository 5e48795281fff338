"""Builds that are told how to end are processes, and none of them outlives its build."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.adapters.executors.told import ToldExecutor
from foretaste.ports.executor import Ending, Finished, JobSpec, Observation, Source
from tests.fakes.trees import PlainTrees


@pytest.fixture(name="executor")
def executor_fixture(tmp_path: Path) -> Iterator[ToldExecutor]:
    """An executor that is closed afterwards."""
    executor = ToldExecutor(tmp_path / "builds", TREES)
    yield executor
    executor.close()


TREES = PlainTrees()
APP = TREES.commit("app", {"a": "1"})
OTHER = TREES.commit("other", {"b": "2"})


def _start(executor: ToldExecutor, attempt: str, *sources: Source) -> list[Observation]:
    seen: list[Observation] = []
    spec = JobSpec(attempt=attempt, label="J", sources=sources or (APP,), run="true")
    executor.start(spec, seen.append)
    return seen


def _processes(executor: ToldExecutor, attempt: str) -> list[int]:
    """Return the processes that stand in the build's folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() == executor.folder(attempt):
                found.append(int(process.name))
        except OSError:
            continue
    return found


def test_a_build_stands_on_the_files_of_every_project(executor: ToldExecutor) -> None:
    _start(executor, "b1", APP, OTHER)
    folder = executor.folder("b1")

    assert (folder / "0-app" / "a").read_text(encoding="utf-8") == "1"
    assert (folder / "1-other" / "b").read_text(encoding="utf-8") == "2"
    assert len(_processes(executor, "b1")) == 1


def test_a_process_that_the_machine_killed_is_lost(executor: ToldExecutor) -> None:
    seen = _start(executor, "b1")
    os.kill(_processes(executor, "b1")[0], signal.SIGKILL)

    executor.end("b1", 0)

    assert seen[1:] == [Finished(attempt="b1", ending=Ending.LOST)]


def test_files_that_are_not_there_refuse_the_build(executor: ToldExecutor) -> None:
    seen = _start(executor, "b1", Source(project="app", commit="12" * 20, tree=""))

    assert [each.ending for each in seen if isinstance(each, Finished)] == [Ending.REFUSED]
    assert executor.running() == frozenset()


def test_a_place_that_cannot_be_written_loses_the_build(executor: ToldExecutor) -> None:
    executor.folder("b1").write_text("in the way", encoding="utf-8")

    seen = _start(executor, "b1")

    assert [each.ending for each in seen if isinstance(each, Finished)] == [Ending.LOST]


@pytest.mark.parametrize("way", ["cancel", "lose", "drop", "close"])
def test_no_process_and_no_folder_is_left(executor: ToldExecutor, way: str) -> None:
    _start(executor, "b1")

    match way:
        case "cancel":
            executor.cancel("b1")
        case "lose":
            executor.lose("b1")
        case "drop":
            executor.drop()
        case _:
            executor.close()

    assert _processes(executor, "b1") == []
    assert not executor.folder("b1").exists()


def test_a_death_is_told_to_nobody(executor: ToldExecutor) -> None:
    seen = _start(executor, "b1")

    executor.drop()

    assert len(seen) == 1
    assert executor.running() == frozenset()
