"""How long a queue of approved changes takes when its job takes no time at all.

Everything is real but the job: git and its merges, SQLite with every write on the disk, the gate's
thread and the one that follows it. The job's executor says at once that it passed. The time is from
the first approval to the last landing; the changes, one file each, are proposed before it.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

from _gate import PATIENCE, USER, Given, approve, open_gate, propose, wait_for
from _paper import Paper, Table

from foretaste.ports.executor import Ending, Finished, JobSpec, Listener, Started

SIZES: Final = (20, 100, 400)
SLOTS: Final = 20
SETTINGS: Final = f"""
[policy]
workers = {SLOTS}

[user.{USER}]
roles = ["push", "approve"]

[project.app]
gate = ["noop"]

[project.app.job.noop]
run = "true"
install = []
"""
# What Zuul 14.3 took, in seconds, for as many changes (issue 2).
ZUUL: Final = {20: 14.0, 100: 194.0}


class InstantExecutor:
    """Passes every build the moment that it is started."""

    def slots(self) -> int:
        """Return how many builds may run at once."""
        return SLOTS

    def start(self, spec: JobSpec, listener: Listener) -> None:
        """Say that the build ran and passed."""
        listener(Started(attempt=spec.attempt))
        listener(Finished(attempt=spec.attempt, ending=Ending.EXITED, exit_status=0))

    def cancel(self, attempt: str) -> None:
        """Do nothing: the build is over."""

    def running(self) -> frozenset[str]:
        """Return nothing: every build is over."""
        return frozenset()

    def close(self) -> None:
        """Do nothing."""


def measure(size: int) -> float:
    """Return the seconds in which so many changes land."""
    changes = [{f"file{number}.txt": f"{number}\n"} for number in range(size)]
    base = {"README": "app\n"} | {f"src/{number}.py": "pass\n" for number in range(100)}
    with (
        tempfile.TemporaryDirectory(prefix="foretaste-bench-") as folder,
        open_gate(Path(folder), Given(settings=SETTINGS, base=base), changes) as (house, commits),
    ):
        if house.gate.hands is None:
            raise SystemExit("the gate is not open")
        house.gate.hands = replace(house.gate.hands, executor=InstantExecutor())
        names = propose(house, commits)
        house.start()
        began = house.clock.monotonic()
        approve(house, names)
        wait_for(house, names, began + PATIENCE)
        return house.clock.monotonic() - began


def main() -> None:
    """Measure each size and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=list(SIZES))
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    options = parser.parse_args()
    table = Table("changes", "seconds", "ms a change", "Zuul 14.3, seconds")
    each: dict[int, float] = {}
    for size in options.sizes:
        seconds = measure(size)
        each[size] = seconds / size
        zuul = f"{ZUUL[size]:.0f}" if size in ZUUL else ""
        table.add(str(size), f"{seconds:.2f}", f"{1000 * seconds / size:.1f}", zuul)
    paper = Paper("A queue of changes with an instant job", __doc__ or "")
    paper.show(table)
    first = min(each)
    for size in sorted(each)[1:]:
        paper.ratio(f"cost a change, {size} : {first} changes", each[size] / each[first])
    if options.write:
        paper.write()


if __name__ == "__main__":
    main()
