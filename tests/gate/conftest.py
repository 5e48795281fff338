"""A gate with two projects, made once; each test gets a copy of its folder and a gate on it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running_gate import RunningGate, running_gate, set_up


@pytest.fixture(name="made", scope="session")
def made_fixture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a gate that was set up through its front door, and stopped."""
    work = tmp_path_factory.mktemp("made")
    with running_gate(work / "gate") as gate:
        set_up(gate, work)
        assert gate.stop() == 0
    return work / "gate"


@pytest.fixture(name="folder")
def folder_fixture(made: Path, tmp_path: Path) -> Path:
    """Return a copy of the folder, for one test."""
    ignored = shutil.ignore_patterns("push.sock", "gate.json")
    return Path(shutil.copytree(made, tmp_path / "gate", symlinks=True, ignore=ignored))


@pytest.fixture(name="gate")
def gate_fixture(folder: Path) -> Iterator[RunningGate]:
    """Return a gate that runs, with the projects alpha and beta."""
    with running_gate(folder) as gate:
        yield gate
