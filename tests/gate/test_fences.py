"""One gate at a time, on a log that nobody else wrote (G93, G95)."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import subprocess
from pathlib import Path

import httpx2
import pytest

from tests.gate.audit import audit
from tests.running_gate import DEADLINE, RunningGate, free_port

TRIES = 20


def test_a_second_gate_on_the_same_folder_is_refused(gate: RunningGate) -> None:
    second = RunningGate(folder=gate.folder, port=free_port()).spawn()
    _, said = second.communicate(timeout=DEADLINE)

    assert second.returncode == 3
    assert "error[FT808]: another gate runs on this store" in said
    assert "Traceback" not in said
    assert httpx2.get(f"{gate.url}/healthz").status_code == 200


def stop_and_end_lease(process: subprocess.Popen[str], path: Path) -> None:
    """Stop a gate outside of its writes: one that is stopped in a write keeps everybody out."""
    for _ in range(TRIES):
        process.send_signal(signal.SIGSTOP)
        try:
            with contextlib.closing(sqlite3.connect(path, timeout=1)) as store, store:
                store.execute("update lease set until = 0")
        except sqlite3.OperationalError:
            process.send_signal(signal.SIGCONT)
        else:
            return
    pytest.fail("the gate was in a write each time that it was stopped")


def test_a_gate_that_was_stopped_past_its_lease_does_not_act(
    gate: RunningGate, tmp_path: Path
) -> None:
    """The lease is ended in the store, as 30 seconds would end it."""
    clone = gate.clone("alpha", tmp_path / "alpha")
    # Long enough that the second gate can be held before its own build of it ends.
    clone.commit("check.sh", "A slow one", content="sleep 8\n")
    clone.push("-otopic=slow", "-oapprove", "HEAD:refs/for/main", token=gate.token)
    gate.until(lambda: [build["state"] for build in gate.change(2)["builds"]] == ["running"])
    assert gate.process is not None
    stop_and_end_lease(gate.process, gate.folder / "gate.sqlite3")
    second = RunningGate(folder=gate.folder, port=free_port())
    second.start()
    try:
        before = second.git("alpha", "rev-parse", "main")
        second.cli("hold", "--why", "look at the first")
        gate.process.send_signal(signal.SIGCONT)

        with httpx2.Client(timeout=DEADLINE) as client:
            answer = client.post(
                f"{gate.url}/api/v1/changes/2/approve",
                headers={"Authorization": f"Bearer {gate.token}"},
                json={},
            )
            assert answer.status_code >= 500
            health = client.get(f"{gate.url}/healthz")
        assert health.status_code == 503
        assert "lease" in health.text
        assert second.git("alpha", "rev-parse", "main") == before
        second.cli("resume")
        assert second.ended(2) == ["merged"]
        audit(second)
    finally:
        second.stop(signal.SIGKILL)


@pytest.mark.parametrize(
    "deed",
    [
        "update event set body = replace(body, 'Add two projects', 'Add one project') where seq=3",
        "delete from event where seq = 7",
    ],
)
def test_a_log_that_was_altered_is_found(folder: Path, deed: str) -> None:
    with contextlib.closing(sqlite3.connect(folder / "gate.sqlite3")) as store, store:
        assert store.execute(deed).rowcount == 1

    process = RunningGate(folder=folder).spawn()
    _, said = process.communicate(timeout=DEADLINE)

    assert process.returncode == 3
    assert "error[FT807]" in said
    assert "Traceback" not in said
