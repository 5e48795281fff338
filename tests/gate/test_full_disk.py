"""A disk that is full: the gate lands nothing, says so everywhere, and goes on by itself."""

from __future__ import annotations

import resource
from pathlib import Path

import httpx2

from tests.gate.audit import audit
from tests.running_gate import CLOCK, DEADLINE, RunningGate


def limit(gate: RunningGate, size: int) -> None:
    """Let the gate's process write files up to this size only; the kernel refuses the rest."""
    assert gate.process is not None
    resource.prlimit(gate.process.pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def test_a_full_disk_stops_landing_until_there_is_space(gate: RunningGate, tmp_path: Path) -> None:
    clone = gate.clone("alpha", tmp_path / "alpha")
    clone.commit("a.txt", "Before")
    clone.push("-otopic=a", "HEAD:refs/for/main", token=gate.token)
    tip = gate.git("alpha", "rev-parse", "main")
    limit(gate, 1024)

    refused = gate.post("changes/2/approve")
    clone.commit("b.txt", "Meanwhile")
    said = clone.push("-otopic=b", "HEAD:refs/for/main", token=gate.token, fails=True)

    assert refused.status_code == 503
    assert refused.json()["error"]["code"] == "FT510"
    assert "error[" in said
    health = httpx2.get(f"{gate.url}/healthz")
    assert health.status_code == 503
    assert health.json()["why"]
    page = httpx2.get(f"{gate.url}/").text
    assert "disk" in page
    assert gate.git("alpha", "rev-parse", "main") == tip
    limit(gate, resource.RLIM_INFINITY)
    _until_well(gate)
    clone.push("-otopic=b", "HEAD:refs/for/main", token=gate.token)
    numbers = [int(each["change"]) for each in gate.ask("changes")["changes"]]
    gate.cli("approve", *map(str, numbers[:-1]))
    assert set(gate.ended(*numbers)) == {"merged"}
    audit(gate)


def _until_well(gate: RunningGate) -> None:
    """Ask until the gate is well again, which it comes to be by itself."""
    until = CLOCK.monotonic() + DEADLINE
    with httpx2.Client(timeout=DEADLINE) as client:
        while client.get(f"{gate.url}/healthz").status_code != 200:
            assert CLOCK.monotonic() < until
