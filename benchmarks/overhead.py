"""What the gate costs beyond the tests: builds of a trivial pytest file, with and without it.

Each build is the job of a change of its own: the gate merges it, plans, makes a working folder,
starts the command in the sandbox, reads the JUnit report, records and lands it, with as many builds
at once as there are workers. The comparison runs the same command in the same sandbox profile, as
often, under `xargs` with as many at once. They take turns, a part of the builds each, so that a
machine that becomes slower meanwhile slows both. The environment is made before either.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import resource
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import _baseline
from _gate import APP, PATIENCE, USER, Given, approve, open_gate, propose, wait_for
from _paper import Paper, Table

from foretaste.adapters.clock import SystemClock
from foretaste.adapters.executors.bases import WarmBases
from foretaste.adapters.git.trees import GitTrees
from foretaste.adapters.uv.environments import Supplies, UvEnvironments
from foretaste.core.events import BuildEnded
from foretaste.core.names import ChangeId, Oid
from foretaste.ports.environments import Environment
from foretaste.ports.executor import EnvironmentSpec, Finished, Observation, Source, Started
from foretaste.wiring.house import House

BUILDS: Final = 200
AIM: Final = 1.15
RUN: Final = "python -m pytest -q -p no:cacheprovider --junitxml=$FORETASTE_JUNIT"
SETTINGS: Final = f"""
[user.{USER}]
roles = ["push", "approve"]

[project.app]
gate = ["tests"]

[project.app.job.tests]
run = "{RUN}"
install = ["pytest"]
evidence = "junit"
"""
TESTS: Final = {
    "pyproject.toml": '[project]\nname = "app"\nversion = "1"\n',
    "test_trivial.py": "def test_sum() -> None:\n    assert 1 + 1 == 2\n",
}
TURN: Final = 50
"""So many builds before it is the other's turn."""

FILES: Final = 20
"""So many files have a paragraph for every change, so that no working folder grows."""

PHASES: Final = {
    "fetch": "environment: resolving",
    "build": "environment: wheels",
    "environment": "environment: installing",
    "workspace": "working folder and start of the sandbox",
    "test": "the command",
}


@dataclass(slots=True)
class Slots:
    """Notes when builds begin and end, and passes on what is said of them."""

    house: House
    began: dict[str, float] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)

    def __call__(self, seen: Observation) -> None:
        """Note one observation and tell the gate."""
        now = self.house.clock.monotonic()
        if isinstance(seen, Started):
            self.began[seen.attempt] = now
        elif isinstance(seen, Finished):
            self.ended[seen.attempt] = now
        self.house.gate.tell(seen)

    def busy(self) -> float:
        """Return for how many seconds slots had a build, all together."""
        return sum(end - self.began[attempt] for attempt, end in self.ended.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was measured, in seconds.

    `own_cpu` is the processor time of the gate's process alone, `thread` how long its thread was at
    work, `busy` for how long slots had a build.
    """

    xargs_wall: float
    xargs_cpu: float
    gate_wall: float
    gate_cpu: float
    own_cpu: float
    thread: float
    busy: float
    phases: Counter[str]


class Meter:
    """Counts the processor time of this process and of all that it starts, ended or not.

    The kernel counts it for a control group (version 1) that only a privileged user can make;
    elsewhere, and below it, `read` says 0.
    """

    def __init__(self) -> None:
        self._folder = Path("/sys/fs/cgroup/cpuacct", f"foretaste-bench-{os.getpid()}")
        try:
            self._folder.mkdir()
            (self._folder / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")
        except OSError:
            self._folder = Path(os.devnull)

    def read(self) -> float:
        """Return the seconds so far."""
        try:
            return int((self._folder / "cpuacct.usage").read_text(encoding="ascii")) / 1e9
        except OSError:
            return 0.0

    def close(self) -> None:
        """Give the group up."""
        with contextlib.suppress(OSError):
            (self._folder.parent / "cgroup.procs").write_text(str(os.getpid()), encoding="ascii")
            self._folder.rmdir()


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where both ways are run, how many at once, and how processor time is counted."""

    folder: Path
    workers: int
    meter: Meter


def own_cpu() -> float:
    """Return the processors' seconds of this process alone."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def warm(house: House, folder: Path) -> tuple[Environment, Path]:
    """Make the environment and the files of the branch, as an earlier build would have."""
    trees, clock, sandbox = GitTrees(house.shelf), house.clock, house.builds.sandbox
    bases = WarmBases(folder / "bases", trees, clock)
    supplies = Supplies(trees=trees, bases=bases, sandbox=sandbox, clock=clock)
    commit = next(tip for ref, tip in house.gate.facts.tips.items() if ref.project == APP)
    source = Source(project=APP, commit=commit, tree=house.builds.contents.tree(APP, commit))
    environments = UvEnvironments(house.layout.environments, supplies)
    spec = EnvironmentSpec(install=("pytest",))
    return environments.make(spec, (source,), lambda _: None), bases.folder(source)


def under_xargs(runs: _baseline.Runs, numbers: range, meter: Meter) -> tuple[float, float]:
    """Run the command so often without a gate; return the seconds, of the wall and processors."""
    clock, used = SystemClock(), meter.read()
    began = clock.monotonic()
    runs.run(numbers)
    return clock.monotonic() - began, meter.read() - used


def land(house: House, changes: Sequence[ChangeId]) -> float:
    """Approve the changes, wait until they have landed, and return the seconds that it took."""
    began = house.clock.monotonic()
    approve(house, changes)
    wait_for(house, changes, began + PATIENCE)
    return house.clock.monotonic() - began


def phases(house: House) -> Counter[str]:
    """Return the seconds of all builds, by phase."""
    total: Counter[str] = Counter()
    for recorded in house.store.since(0):
        if isinstance(recorded.event, BuildEnded):
            total.update(dict(recorded.event.evidence.phases))
    return total


def compared(house: House, commits: Sequence[Oid], place: Place) -> Figures:
    """Run both ways on an open gate."""
    environment, files = warm(house, place.folder)
    command = _baseline.Command(run=RUN, files=files, environment=environment)
    runs, meter = _baseline.Runs(place.folder, command, place.workers), place.meter
    first, *rest = propose(house, commits)
    slots = Slots(house=house)
    house.start()
    land(house, [first])
    if house.gate.hands is None:
        raise SystemExit("the gate is not open")
    house.gate.hands = replace(house.gate.hands, listener=slots)
    counted = phases(house)
    xargs, gate, own, thread = [0.0, 0.0], [0.0, 0.0], 0.0, 0.0
    for start in range(0, len(rest), TURN):
        part = rest[start : start + TURN]
        xargs = _sum(xargs, under_xargs(runs, range(start, start + len(part)), meter))
        thread -= house.gate.tick_seconds
        own -= own_cpu()
        used = meter.read()
        wall = land(house, part)
        gate = _sum(gate, (wall, meter.read() - used))
        own += own_cpu()
        thread += house.gate.tick_seconds
    runs.close()
    return Figures(
        xargs_wall=xargs[0],
        xargs_cpu=xargs[1],
        gate_wall=gate[0],
        gate_cpu=gate[1],
        own_cpu=own,
        thread=thread,
        busy=slots.busy(),
        phases=phases(house) - counted,
    )


def _sum(one: Sequence[float], other: Sequence[float]) -> list[float]:
    return [mine + theirs for mine, theirs in zip(one, other, strict=True)]


def text(file: int, changes: int, changed: int | None = None) -> str:
    """Return a file with a paragraph for each of its changes, one of them changed."""
    return "".join(
        f"paragraph {number}{' changed' if number == changed else ''}\n\n\n\n\n\n"
        for number in range(file, changes, FILES)
    )


def measure(builds: int, workers: int) -> Figures:
    """Run so many builds both ways."""
    count = builds + 1
    changes = [
        {f"text{number % FILES}.txt": text(number % FILES, count, number)}
        for number in range(count)
    ]
    base = TESTS | {f"text{file}.txt": text(file, count) for file in range(FILES)}
    given = Given(settings=SETTINGS, base=base, workers=workers)
    with tempfile.TemporaryDirectory(prefix="foretaste-bench-") as name:
        place = Place(folder=Path(name), workers=workers, meter=Meter())
        place.folder.chmod(0o755)
        try:
            with open_gate(place.folder / "gate", given, changes) as (house, commits):
                return compared(house, commits, place)
        finally:
            place.meter.close()


def report(paper: Paper, found: Figures, builds: int, workers: int) -> None:
    """Print the figures, a build."""
    table = Table(f"{builds} builds, {workers} at once", "seconds", "processor seconds")
    table.add("xargs", f"{found.xargs_wall:.1f}", f"{found.xargs_cpu:.1f}")
    table.add("gate", f"{found.gate_wall:.1f}", f"{found.gate_cpu:.1f}")
    paper.show(table)

    def each(seconds: float) -> str:
        return f"{1000 * seconds / builds:.1f}"

    parts = Table("of one build, in its slot", "ms")
    for phase, words in PHASES.items():
        parts.add(words, each(found.phases[phase]))
    parts.add("report, log, hand-over", each(found.busy - sum(found.phases.values())))
    parts.add("the slot waits for the gate", each(workers * found.gate_wall - found.busy))
    parts.add("in all", each(workers * found.gate_wall))
    parts.add("the same under xargs", each(workers * found.xargs_wall))
    paper.show(parts)
    gate = Table("of one build, beside it", "ms")
    gate.add("the gate's thread: merging, planning, recording, landing", each(found.thread))
    gate.add("processor time of the gate's own process", each(found.own_cpu))
    paper.show(gate)
    paper.ratio("gate : xargs, on the wall", found.gate_wall / found.xargs_wall, f"aim {AIM}")
    if found.xargs_cpu:
        paper.ratio("gate : xargs, processor time", found.gate_cpu / found.xargs_cpu)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--builds", type=int, default=BUILDS)
    parser.add_argument("--workers", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    options = parser.parse_args()
    paper = Paper("Builds of a trivial test", __doc__ or "")
    found = measure(options.builds, options.workers)
    report(paper, found, options.builds, options.workers)
    if options.write:
        paper.write()


if __name__ == "__main__":
    main()
