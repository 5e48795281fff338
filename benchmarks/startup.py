"""What it costs to start the program: `foretaste --help`, which is all that many calls need.

Processor seconds of the whole process, the least of several runs, since a start can only be
disturbed and never helped. The comparison is an interpreter that does nothing, once as everybody
starts it and once without `site`, which reads what is installed beside the program.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from _paper import Paper, Table

RUNS: Final = 20
LIMIT: Final = 0.15
"""Seconds that `foretaste --help` may take."""

PATIENCE: Final = 60.0
BIN: Final = Path(sys.executable).parent
COMMANDS: Final[Mapping[str, Sequence[str]]] = {
    "foretaste --help": (str(BIN / "foretaste"), "--help"),
    "foretaste --version": (str(BIN / "foretaste"), "--version"),
    "foretaste queue --help": (str(BIN / "foretaste"), "queue", "--help"),
    "python -c pass": (sys.executable, "-c", "pass"),
    "python -I -S -c pass": (sys.executable, "-I", "-S", "-c", "pass"),
}


def once(command: Sequence[str]) -> float:
    """Run a command to its end and return the processor seconds that it took.

    Raises:
        SystemExit: it fails.
    """
    before = _used()
    ended = subprocess.run(command, stdout=subprocess.DEVNULL, check=False, timeout=PATIENCE)
    if ended.returncode != 0:
        raise SystemExit(f"{' '.join(command)} ended with {ended.returncode}")
    return _used() - before


def _used() -> float:
    """Return the processor seconds of all that has ended below this process."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main() -> None:
    """Measure and print; exit status 1 where the start takes longer than it may."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    options = parser.parse_args()
    paper = Paper("Start of the program", __doc__ or "")
    least = dict.fromkeys(COMMANDS, 10.0)
    for _ in range(options.runs):
        for name, command in COMMANDS.items():
            least[name] = min(least[name], once(command))
    table = Table(f"the least of {options.runs} runs", "processor seconds")
    for name, seconds in least.items():
        table.add(name, f"{seconds:.3f}")
    paper.show(table)
    ours = least["foretaste --help"]
    paper.ratio("foretaste --help : python -c pass", ours / least["python -c pass"])
    paper.ratio("foretaste --help : its limit", ours / LIMIT, f"limit {LIMIT} s")
    if options.write:
        paper.write()
    raise SystemExit(ours > LIMIT)


if __name__ == "__main__":
    main()
