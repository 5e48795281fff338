"""Warm bases are written once, kept while builds may start from them, and pruned by age."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from foretaste.adapters.executors import bases
from foretaste.adapters.executors.bases import WarmBases
from foretaste.ports.errors import TransientError
from foretaste.simulation.clock import VirtualClock
from tests.fakes.trees import FullDisk, PlainTrees

HOUR = 3600.0


@pytest.fixture(name="clock")
def clock_fixture() -> VirtualClock:
    return VirtualClock()


def trees_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.name[0] != "."}


def test_a_tree_is_written_once_for_every_commit_that_has_it(
    tmp_path: Path, clock: VirtualClock
) -> None:
    trees = PlainTrees()
    warm = WarmBases(tmp_path, trees, clock)
    source = trees.commit("app", {"run*": "#!", "doc/a": "text", "link": "-> doc/a"})

    first = warm.folder(source)
    again = WarmBases(tmp_path, trees, clock).folder(source)

    assert first == again
    assert trees.exports == {source.commit: 1}
    assert stat.S_IMODE((first / "run").stat().st_mode) == 0o755
    assert stat.S_IMODE((first / "doc" / "a").stat().st_mode) == 0o644
    assert (first / "link").is_symlink()


def test_the_same_tree_of_two_projects_is_two_bases(tmp_path: Path, clock: VirtualClock) -> None:
    trees = PlainTrees()
    warm = WarmBases(tmp_path, trees, clock)

    folders = {warm.folder(trees.commit(name, {"a": "1"})) for name in ("app", "lib")}

    assert len(folders) == 2


def test_a_base_that_was_taken_away_is_written_again(tmp_path: Path, clock: VirtualClock) -> None:
    trees = PlainTrees()
    warm = WarmBases(tmp_path, trees, clock)
    source = trees.commit("app", {"a": "1"})
    base = warm.folder(source)
    (base / "a").unlink()
    base.rmdir()

    assert (warm.folder(source) / "a").read_text(encoding="utf-8") == "1"


def test_a_full_disk_leaves_no_half_a_base(tmp_path: Path, clock: VirtualClock) -> None:
    trees = FullDisk()
    warm = WarmBases(tmp_path, trees, clock)
    source = trees.commit("app", {"a": "1"})

    for _ in range(2):
        with pytest.raises(TransientError, match="FT630: a tree could not be written"):
            warm.folder(source)

    assert trees.tried == [source.commit] * 2  # it is tried again, and nothing is believed
    assert [path.name[-5:] for path in tmp_path.iterdir()] == [".lock"]


def test_the_oldest_are_pruned_and_those_in_use_are_not(
    tmp_path: Path, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bases, "_KEPT", 2)
    monkeypatch.setattr(bases, "_BETWEEN", 2)
    trees = PlainTrees()
    warm = WarmBases(tmp_path, trees, clock)

    def used(number: int) -> str:
        clock.advance(HOUR)
        return warm.folder(trees.commit("app", {"a": str(number)})).name

    names = [used(number) for number in range(4)]
    assert trees_in(tmp_path) == set(names)  # more than are kept, but any may be in use
    clock.advance(6 * HOUR)
    used(0)
    names += [used(4)]

    # Of those unused for six hours, only as many go as are too many: the ones used longest ago.
    assert trees_in(tmp_path) == {names[0], names[4]}


def test_what_a_killed_gate_left_goes_once_no_other_can_be_at_it(
    tmp_path: Path, clock: VirtualClock
) -> None:
    old, new = tmp_path / ".export-old", tmp_path / ".export-new"
    for path, age in ((old, 7 * HOUR), (new, HOUR)):
        path.mkdir()
        os.utime(path, (clock.wall() - age,) * 2)

    WarmBases(tmp_path, PlainTrees(), clock)

    assert [path.name for path in tmp_path.iterdir()] == [new.name]
