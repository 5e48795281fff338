"""D66: the gate is killed while jobs run, and while they are starting; nothing of them stays."""

from __future__ import annotations

import os
import select
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

GATE = """
import sys
from pathlib import Path
sys.path[:0] = [sys.argv[1]]
from tests.fakes.jobs import local_jobs
from foretaste.ports.executor import Output
with local_jobs(Path(sys.argv[2]), slots=3) as runner:
    mark = sys.argv[3]
    wait = "(setsid sleep 600 " + mark + " &); (sleep 600 " + mark + " &); echo up; exec sleep 600 "
    watches = [runner.start(wait + mark)[1] for _ in range(3)]
    if sys.argv[4] == "running":
        for watch in watches:
            watch.until(Output)
    print("up", flush=True)
    sys.stdin.read()
"""
DEADLINE_MS = 20_000


def members(mark: str) -> list[int]:
    """The processes that have the mark among their words."""
    found = []
    for path in Path("/proc").iterdir():
        with suppress(OSError):
            if path.name.isdigit() and mark.encode() in (path / "cmdline").read_bytes():
                found.append(int(path.name))
    return found


def gone(process: int) -> bool:
    """Wait until a process has ended; whether it did in time."""
    try:
        descriptor = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(DEADLINE_MS))
    finally:
        os.close(descriptor)


@pytest.mark.parametrize("when", ["running", "starting"])
def test_a_killed_gate_takes_its_jobs_along(tmp_path: Path, when: str) -> None:
    mark = f"{os.getpid()}{len(when)}.66"
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", GATE, str(root), str(tmp_path), mark, when],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as gate:
        assert gate.stdout is not None
        assert gate.stdout.readline() == "up\n"
        before = [process for process in members(mark) if process != gate.pid]
        if when == "running":
            # Three jobs of three sleeping processes each, and what confines them.
            assert len(before) >= 9
        gate.kill()
        gate.wait()

        stayed = [process for process in {*before, *members(mark)} if not gone(process)]

    assert stayed == []
    assert members(mark) == []
