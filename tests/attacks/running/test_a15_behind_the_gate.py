"""A15: a branch is moved behind the gate's back, forward and back, while a change is tested."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live_forge import Clone
from tests.running_gate import RunningGate


def passed_and_held(gate: RunningGate, clone: Clone) -> None:
    """Bring a change to where it would land next."""
    slow = "for wait in 1 2 3 4; do sleep 0.25; done\n"
    clone.commit("check.sh", "Wait", content=slow)
    clone.push("-otopic=slow", "-oapprove", "HEAD:refs/for/main", token=gate.token)
    number = len(gate.ask("changes")["changes"])
    gate.until(lambda: [b["state"] for b in gate.change(number)["builds"]] == ["running"])
    gate.cli("hold", "--why", "A15")
    gate.until(lambda: [b["state"] for b in gate.change(number)["builds"]] == ["passed"])


@pytest.mark.parametrize("direction", ["forward", "back"])
def test_it_is_seen_said_and_tested_again(
    gate: RunningGate, tmp_path: Path, direction: str
) -> None:
    clone = gate.clone("alpha", tmp_path / "alpha")
    if direction == "back":
        clone.commit("gone.txt", "To be taken away")
        clone.push("-otopic=gone", "-oapprove", "HEAD:refs/for/main", token=gate.token)
        assert gate.ended(2) == ["merged"]
        # From where the branch goes back to: one that brought the rest along would be no news.
        clone.git("reset", "-q", "--hard", "origin/main")
    passed_and_held(gate, clone)
    number = len(gate.ask("changes")["changes"])
    if direction == "forward":
        clone.git("checkout", "-q", "-B", "outside", "origin/main")
        outside = clone.commit("outside.txt", "Past the gate")
        gate.git("alpha", "fetch", "-q", str(clone.path), f"+{outside}:refs/heads/main")
    else:
        outside = gate.git("alpha", "rev-parse", "main~1")
        gate.git("alpha", "update-ref", "refs/heads/main", outside)

    gate.cli("resume")

    assert gate.ended(number) == ["merged"]
    change = gate.change(number)
    assert [build["state"] for build in change["builds"]] == ["passed", "passed"]
    assert gate.git("alpha", "rev-parse", "main^1") == outside
    assert "moved" in gate.cli("explain", str(number))
