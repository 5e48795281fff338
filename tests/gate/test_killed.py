"""`kill -9` at many moments, and a new start on the same folder each time.

Most moments are right after an event of a kind was stored, found by reading the database as it
grows: so the gate dies between what it decided and what it does. The others are plain times.
"""

from __future__ import annotations

import re
import signal
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.gate.audit import audit
from tests.live_forge import Clone
from tests.running_gate import CLOCK, DEADLINE, RunningGate, all_gone, processes

# After this many seconds, or after the n-th event of this kind since the start.
MOMENTS: tuple[float | tuple[str, int], ...] = (
    ("ChangesSeen", 1),
    ("LandWanted", 1),
    0.3,
    ("ProspectWanted", 1),
    ("Prepared", 1),
    ("BuildWanted", 1),
    ("LandWanted", 2),
    ("BuildStarted", 1),
    0.05,
    ("BuildEnded", 1),
    ("Landed", 1),
    ("Enqueued", 1),
    0.9,
    ("ReportWanted", 1),
    ("LandWanted", 1),
    ("TipsSeen", 1),
)


@dataclass
class Pusher:
    """Pushes approved changes, and remembers those that the gate acknowledged."""

    gate: RunningGate
    clone: Clone
    project: str
    acknowledged: set[int] = field(default_factory=set)
    made: int = 0

    def push(self) -> None:
        """Propose a change, be the gate there or not."""
        self.made += 1
        name = f"{self.project}{self.made}"
        self.clone.git("checkout", "-q", "-B", name, "origin/main")
        content = "broken\n" if self.made % 5 == 0 else "fine\n"
        self.clone.commit(f"{name}.txt", name, content=content)
        address = self.clone.url.replace("//", f"//x:{self.gate.token}@")
        options = [f"-otopic={name}", "-oapprove"]
        ended = subprocess.run(
            ["git", "-C", self.clone.path, "push", *options, address, "HEAD:refs/for/main"],
            capture_output=True,
            text=True,
            check=False,
            timeout=DEADLINE,
        )
        if ended.returncode == 0:
            self.acknowledged |= set(map(int, re.findall(r"change (\d+) ", ended.stderr)))


def has_come(gate: RunningGate, moment: float | tuple[str, int]) -> Callable[[], bool]:
    """Return what tells whether the moment has come, counted from now."""
    began = CLOCK.monotonic()
    if isinstance(moment, float):
        return lambda: CLOCK.monotonic() - began > moment
    kind, wanted = moment
    question = f"select count(*) from event where kind = '{kind}'"  # noqa: S608 - our own words
    before = gate.rows(question)[0][0]
    # Where nothing of the kind comes, the gate dies all the same.
    return lambda: (
        gate.rows(question)[0][0] - before >= wanted or CLOCK.monotonic() - began > DEADLINE / 4
    )


def kill(gate: RunningGate, moment: float | tuple[str, int]) -> bool:
    """Kill the gate when the moment has come, see that nothing of it stays; whether it came."""
    began = CLOCK.monotonic()
    come = has_come(gate, moment)
    assert gate.process is not None
    while not come():
        # Pause a millisecond, unless the gate has ended by itself, which is what must not be.
        with pytest.raises(subprocess.TimeoutExpired):
            gate.process.wait(0.001)
    folder = str(gate.folder)
    mine = [pid for pid, words in processes() if folder in words and pid != gate.process.pid]
    gate.stop(signal.SIGKILL)
    pushes = [pid for pid, words in processes() if "git-remote-http" in words or " push " in words]
    assert all_gone([pid for pid in mine if pid not in pushes])
    return CLOCK.monotonic() - began < DEADLINE / 4


def test_a_gate_that_is_killed_at_any_moment_goes_on(folder: Path, tmp_path: Path) -> None:
    gate = RunningGate(folder=folder)
    gate.start()
    pushers = [
        Pusher(gate, gate.clone(project, tmp_path / project), project)
        for project in ("alpha", "beta")
    ]
    came = 0
    try:
        for moment in MOMENTS:
            threads = [threading.Thread(target=pusher.push) for pusher in pushers]
            for thread in threads:
                thread.start()
            came += kill(gate, moment)
            for thread in threads:
                thread.join(DEADLINE)
            gate.start()
        acknowledged = sorted(set.union(*(pusher.acknowledged for pusher in pushers)))
        assert came >= 15
        assert len(acknowledged) > len(MOMENTS) / 2
        states = gate.ended(*acknowledged)

        assert set(states) == {"merged", "failed"}
        every = [int(each["change"]) for each in gate.ask("changes?limit=500")["changes"]]
        gate.ended(*every)
        audit(gate)
    finally:
        if gate.process is not None:
            gate.stop(signal.SIGKILL)
    assert gate.strays() == []
