"""A gate ends when it is told to: with all its builds, and with the status that says how."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.running_gate import RunningGate, all_gone, processes


@pytest.mark.parametrize(("number", "status"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_ends_with_its_builds_and_runs_them_again(
    gate: RunningGate, tmp_path: Path, number: signal.Signals, status: int
) -> None:
    clone = gate.clone("alpha", tmp_path / "alpha")
    slow = "for wait in 1 2 3 4 5 6 7 8; do sleep 0.25; done\n"
    clone.commit("check.sh", "A slow one", content=slow)
    clone.push("-otopic=slow", "-oapprove", "HEAD:refs/for/main", token=gate.token)
    gate.until(lambda: [build["state"] for build in gate.change(2)["builds"]] == ["running"])
    assert gate.process is not None
    ours = [pid for pid, words in processes() if str(gate.folder) in words]
    assert len(ours) > 1

    assert gate.stop(number) == status

    assert all_gone(ours)
    assert gate.strays() == []
    assert not (gate.folder / "gate.json").exists()
    gate.start()
    assert gate.ended(2) == ["merged"]
