"""A gate that watches: a new release is proposed, tested by the project's own jobs, and landed.

The gate is whole and served on loopback, as `foretaste serve` does it; only the index and the check
of the releases are fakes.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.service.watch.asking import CheckedBump
from tests.fakes.watched import DAY, MemoryIndex, ToldChecker
from tests.watching_gate import (
    CLOCK,
    SETTINGS,
    WatchingGate,
    file_of,
    hold_the_queue,
    watching_gate,
    with_alpha,
)


@pytest.fixture(name="index")
def index_fixture() -> MemoryIndex:
    """Return an index with what alpha stands on."""
    index = MemoryIndex()
    index.add("tiny", "1.0", 0.0)
    index.add("urgent", "0.1", 0.0)
    return index


@pytest.fixture(name="gate")
def gate_fixture(tmp_path: Path, index: MemoryIndex) -> Iterator[WatchingGate]:
    """Return a gate that runs, with the project alpha and its lock."""
    with watching_gate(tmp_path / "gate", index, ToldChecker(index)) as gate:
        with_alpha(gate, tmp_path)
        yield gate


def test_a_new_release_is_proposed_tested_and_landed(gate: WatchingGate) -> None:
    assert gate.until_shown("current")["newer"] == []

    gate.index.add("tiny", "1.1", CLOCK.wall() - 4 * DAY)

    gate.watcher.look()
    gate.until(lambda: len(gate.ask("changes")["changes"]) == 2)
    assert gate.ended(2) == ["merged"], gate.change(2)
    assert file_of(gate) == "# What alpha stands on.\ntiny==1.1  # small\nurgent==0.1"
    change = gate.change(2)
    assert change["owner"] == "foretaste"
    assert change["subject"] == "Move tiny from 1.0 to 1.1"
    author = gate.git("alpha", "log", "-1", "--format=%an|%B", change["commit"])
    assert author.startswith("Foretaste|Move tiny from 1.0 to 1.1")
    assert "tiny 1.0 -> 1.1" in author
    assert gate.until_shown("current")["change"] == "2"


def test_a_young_release_is_tested_at_once_and_waits_until_it_is_old_enough(
    gate: WatchingGate,
) -> None:
    gate.index.add("tiny", "1.1", CLOCK.wall() - 60)

    shown = gate.until_shown("waiting")

    assert gate.checker.asked[-1].as_of.timestamp() > CLOCK.wall() - 60
    assert [(each["name"], each["state"]) for each in shown["newer"]] == [("tiny", "waits")]
    assert gate.ask("changes")["changes"][0]["change"] == "1"
    assert file_of(gate).count("tiny==1.0") == 1


def test_a_security_release_by_name_lands_at_once_and_takes_no_young_one_along(
    gate: WatchingGate,
) -> None:
    gate.index.add("tiny", "1.1", CLOCK.wall() - 60)
    gate.index.add("urgent", "0.2", CLOCK.wall() - 60)

    gate.watcher.look()
    gate.until(lambda: len(gate.ask("changes")["changes"]) == 2)

    assert gate.ended(2) == ["merged"], gate.change(2)
    assert file_of(gate).splitlines()[1:] == ["tiny==1.0  # small", "urgent==0.2"]


def test_a_yanked_release_takes_the_open_bump_back_and_says_why(gate: WatchingGate) -> None:
    hold_the_queue(gate)
    gate.index.add("tiny", "1.1", CLOCK.wall() - 4 * DAY)
    assert gate.until_shown("proposed")["change"] == "2"

    gate.index.yank("tiny", "1.1", "malware")

    shown = gate.until_shown("current")
    gate.cli("resume")
    assert gate.change(2)["reason"] == "ABANDONED"
    story = [line["text"] for line in gate.ask("changes/2/story")["story"]]
    assert "It was closed by foretaste: tiny 1.1 was yanked: malware." in story
    assert shown["change"] == ""
    assert "tiny==1.0" in file_of(gate)


def test_a_release_that_vanishes_while_it_is_checked_stops_the_check(gate: WatchingGate) -> None:
    gate.checker.gate.clear()
    gate.index.add("tiny", "1.1", CLOCK.wall() - 4 * DAY)
    gate.until_shown("checking")

    gate.index.remove("tiny", "1.1")

    gate.until_shown("current")
    assert [question.base["tiny"] for question in gate.checker.stopped] == ["1.0"]
    assert len(gate.ask("changes")["changes"]) == 1


def test_a_file_that_is_replaced_is_asked_about_anew(gate: WatchingGate) -> None:
    hold_the_queue(gate)
    gate.index.add("tiny", "1.1", CLOCK.wall() - 4 * DAY)
    gate.until_shown("proposed")
    asked = len(gate.checker.asked)
    gate.checker.gate.clear()

    gate.index.add("tiny", "1.1", CLOCK.wall() - 4 * DAY, data=b"another file")

    gate.until_shown("checking")
    assert len(gate.checker.asked) == asked + 1
    assert gate.change(2)["reason"] == "ABANDONED"


def test_a_newer_release_supersedes_the_open_bump(gate: WatchingGate) -> None:
    hold_the_queue(gate)
    gate.index.add("tiny", "1.1", CLOCK.wall() - 5 * DAY)
    gate.until_shown("proposed")

    gate.index.add("tiny", "1.2", CLOCK.wall() - 4 * DAY)
    gate.watcher.look()
    gate.until(lambda: gate.change(2)["revision"] == 2)

    gate.cli("resume")
    assert gate.ended(2) == ["merged"], gate.change(2)
    assert len(gate.ask("changes")["changes"]) == 2
    assert "tiny==1.2" in file_of(gate)


def test_what_is_held_back_is_shown_with_its_report_and_the_rest_goes_on(
    gate: WatchingGate,
) -> None:
    gate.checker.answer = lambda _: CheckedBump(
        verdict="reject",
        accepted={"urgent": "0.2"},
        held={"tiny": "test_small fails with it"},
        caps={"tiny": "<1.1"},
        report="# tiny 1.1 breaks alpha\n",
    )
    gate.index.add("tiny", "1.1", CLOCK.wall() - 4 * DAY)
    gate.index.add("urgent", "0.2", CLOCK.wall() - 4 * DAY)

    gate.watcher.look()
    gate.until(lambda: len(gate.ask("changes")["changes"]) == 2)
    assert gate.ended(2) == ["merged"]

    assert "tiny<1.1: test_small fails" in gate.git("alpha", "log", "-1", "--format=%B", "main^2")
    gate.checker.answer = lambda _: CheckedBump(
        verdict="reject", held={"tiny": "test_small fails with it"}, report="# tiny breaks alpha\n"
    )
    shown = gate.until_shown("held")
    assert shown["newer"][0]["why"] == "test_small fails with it"
    report = gate.ask("releases/alpha/report")
    assert "breaks alpha" in report["report"]


def test_a_restart_loses_nothing_and_doubles_nothing(tmp_path: Path, index: MemoryIndex) -> None:
    folder = tmp_path / "gate"
    with watching_gate(folder, index, ToldChecker(index)) as gate:
        with_alpha(gate, tmp_path)
        hold_the_queue(gate)
        index.add("tiny", "1.1", CLOCK.wall() - 4 * DAY)
        gate.until_shown("proposed")
        before = gate.change(2)

    again = ToldChecker(index)
    with watching_gate(folder, index, again) as gate:
        shown = gate.until_shown("proposed")
        gate.watcher.look()
        gate.until_shown("proposed")
        assert shown["change"] == "2"
        assert again.asked == []
        assert gate.change(2)["revision"] == before["revision"] == 1
        assert len(gate.ask("changes")["changes"]) == 2


def test_without_the_role_a_bump_waits_for_a_person(gate: WatchingGate, tmp_path: Path) -> None:
    clone = gate.clone("gate", tmp_path / "again")
    content = SETTINGS.replace('roles = ["approve"]', "roles = []")
    clone.commit("foretaste.toml", "Let people approve", content=content)
    clone.push("-otopic=people", "-oapprove", "HEAD:refs/for/main", token=gate.token)
    assert gate.ended(2) == ["merged"]
    gate.index.add("tiny", "1.1", CLOCK.wall() - 4 * DAY)
    gate.until_shown("proposed")
    assert gate.change(3)["approved_by"] == []

    gate.cli("approve", "3")

    assert gate.ended(3) == ["merged"]


def test_what_somebody_pushes_to_a_bump_is_left_to_people(
    gate: WatchingGate, tmp_path: Path
) -> None:
    hold_the_queue(gate)
    gate.index.add("tiny", "1.1", CLOCK.wall() - 4 * DAY)
    gate.until_shown("proposed")
    clone = gate.clone("alpha", tmp_path / "alpha")
    clone.commit("tiny.txt", "Use the new tiny")
    clone.push("-otopic=foretaste/bump", "HEAD:refs/for/main", token=gate.token)

    gate.index.add("tiny", "1.2", CLOCK.wall() - 4 * DAY)

    assert "left to people" in str(gate.until_shown("stuck")["why"])
    assert gate.change(2)["revision"] == 2
