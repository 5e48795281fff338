"""Scenarios on git: the same files hold, and tell the same story, on real merges and processes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.core.names import ProjectName, Ref
from foretaste.simulation.run import Result, run_file
from foretaste.simulation.scenario import load
from foretaste.simulation.steps import act
from foretaste.simulation.world import World
from foretaste.wiring import simulate
from foretaste.wiring.simulating_on_git import GitPlace, run_on_git
from tests.scenario.test_scenarios import FILES

RUNNING = """
[[project]]
name = "R"
[[job]]
name = "J"
[[change]]
id = "A"
project = "R"
files = { "dir/a.txt" = "A" }
[[change]]
id = "B"
project = "R"
[[step]]
do = "approve A B"
"""


def _told(result: Result) -> list[str]:
    """Return the story; ids of commits are other ones on git."""
    return [re.sub(r"\b[0-9a-f]{12}\b", "COMMIT", line) for line in result.story]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_the_scenario_holds_and_tells_the_same_story(path: Path) -> None:
    on_git = run_on_git(path)

    assert on_git.differences == ()
    assert _told(on_git) == _told(run_file(path))


def test_a_scenario_that_does_not_hold_says_what_differs(tmp_path: Path) -> None:
    path = tmp_path / "wrong.toml"
    wrong = "[[step]]\nexpect = { running = [], tree = { R = { README = 'x' } } }\n"
    path.write_text(RUNNING + wrong, encoding="utf-8")

    result = simulate(path, "git")

    assert not result["ok"]
    assert result["differences"] == [
        "step 2: running: expected [], got ['J[A,B]', 'J[A]']",
        "step 2: tree: R README expected 'x', got 'R main'",
    ]


@pytest.fixture(name="place")
def place_fixture(tmp_path: Path) -> Iterator[GitPlace]:
    """A place whose processes are gone afterwards."""
    place = GitPlace(tmp_path / "place")
    yield place
    place.close()


@pytest.fixture(name="world")
def world_fixture(place: GitPlace, tmp_path: Path) -> World:
    """A world in which `J[A]` and `J[A,B]` run."""
    path = tmp_path / "running.toml"
    path.write_text(RUNNING, encoding="utf-8")
    world = World(scenario=load(path), place=place)
    act(world, "approve A B")
    return world


def _files(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_a_build_runs_on_the_files_of_its_prospect(world: World, place: GitPlace) -> None:
    running = world.running()

    first = _files(place.executor.folder(running["J[A]"].id))
    second = _files(place.executor.folder(running["J[A,B]"].id))

    assert first == {"0-R/README": "R main", "0-R/dir/a.txt": "A"}
    assert second == {**first, "0-R/b.own": "B"}


def test_what_lands_is_the_commit_that_was_tested(world: World, place: GitPlace) -> None:
    tested = world.gate.facts.prospects[world.running()["J[A,B]"].prospect].moves[0]

    act(world, "finish *")

    main = Ref(ProjectName("R"), "main")
    assert place.repository.tip(main) == tested.new
    assert place.repository.tree(main) == tested.tree
    assert place.read(main, "b.own") == "B"
    assert place.read(main, "nothing") is None
