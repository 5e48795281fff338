"""C42: a release that is withdrawn while it is tested ends the test, and is never let in."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from foretaste.wiring.gatechecks import GateChecker
from foretaste.wiring.house import House
from tests.fakes.dated_index import DatedFile, DatedIndex, dated_index
from tests.fakes.index import wheel
from tests.fakes.watched import DAY, MemoryIndex
from tests.live_forge import Clone
from tests.running_gate import processes
from tests.watching_gate import CLOCK, WatchingGate, file_of, watching_gate

SETTINGS = """\
[user.foretaste]
roles = ["approve"]

[project.alpha]
gate = ["tests"]

[project.alpha.job.tests]
run = "python check.py"
install = ["tiny"]
"""
CHECK = """\
import time, tiny
if tiny.value == "1.1":
    time.sleep(987654)
"""


class Both:
    """One index in two shapes: pages in memory for the watcher, files over HTTP for the check."""

    def __init__(self, served: DatedIndex) -> None:
        self.served, self.memory = served, MemoryIndex()

    def add(self, version: str, days: float) -> None:
        """Upload a release of tiny so many days ago."""
        at = CLOCK.wall() - days * DAY
        data = wheel("tiny", version, {"tiny.py": f"value = {version!r}\n"})
        name = f"tiny-{version}-py3-none-any.whl"
        day = datetime.fromtimestamp(at, UTC).isoformat()
        self.served.add(DatedFile(filename=name, data=data, day=day))
        self.memory.add("tiny", version, at)


@pytest.fixture(name="both")
def both_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Both]:
    """Return an index that has tiny 1.0."""
    with dated_index() as served:
        monkeypatch.setenv("UV_DEFAULT_INDEX", served.address)
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
        both = Both(served)
        both.add("1.0", 90)
        yield both


@pytest.fixture(name="gate")
def gate_fixture(tmp_path: Path, both: Both) -> Iterator[WatchingGate]:
    """Return a gate whose checks are real; its project has constraints and no other lock."""

    def checker(house: House) -> GateChecker:
        return GateChecker(house=house, folder=house.layout.watch / "checks")

    with watching_gate(tmp_path / "gate", both.memory, checker) as gate:
        clone = gate.clone("gate", tmp_path / "settings")
        clone.commit("foretaste.toml", "Add a project", content=SETTINGS)
        clone.push("-otopic=projects", "-oapprove", "HEAD:refs/for/main", token=gate.token)
        gate.until(lambda: len(gate.ask("projects")["projects"]) == 2)
        path = tmp_path / "first"
        subprocess.run(["git", "init", "-q", "-b", "main", str(path)], check=True)
        first = Clone(path=path, url=f"{gate.url}/git/alpha")
        (path / "check.py").write_text(CHECK, encoding="utf-8")
        (path / "constraints.txt").write_text("tiny==1.0\n", encoding="utf-8")
        first.git("add", ".")
        first.commit("first.txt", "Begin")
        first.push("HEAD:refs/heads/main", token=gate.token)
        yield gate


def sleeping() -> list[str]:
    """Return the sandboxed processes that run the check's script."""
    return [words for _, words in processes() if words.startswith("python check.py")]


def until(happened: object, gate: WatchingGate) -> None:
    """Wait until it has happened, with looks at the index between."""
    never, end = threading.Event(), CLOCK.monotonic() + 90
    assert callable(happened)
    while not happened():
        assert CLOCK.monotonic() < end, gate.ask("releases")
        gate.watcher.look()
        never.wait(0.2)


def test_a_release_that_is_yanked_while_it_is_tested_ends_the_test(
    gate: WatchingGate, both: Both
) -> None:
    before = len(sleeping())
    both.add("1.1", 9)
    until(lambda: len(sleeping()) > before, gate)

    both.memory.yank("tiny", "1.1", "malware")

    until(lambda: len(sleeping()) == before, gate)
    until(lambda: gate.ask("releases")["releases"][0]["state"] == "current", gate)
    assert len(gate.ask("changes")["changes"]) == 1
    assert file_of(gate, "constraints.txt") == "tiny==1.0"


def test_constraints_alone_are_a_lock_here(gate: WatchingGate, both: Both) -> None:
    both.add("1.2", 9)

    gate.watcher.look()
    until(lambda: len(gate.ask("changes")["changes"]) == 2, gate)

    assert gate.ended(2) == ["merged"], gate.change(2)
    assert file_of(gate, "constraints.txt") == "tiny==1.2"
