"""Real incidents, each checked as a project: is the answer right, and what did it cost?

Every case is a folder with the versions that worked, a date at which they broke, the consumer's
test and what has to be held back (see the README of the cases). For each, a project is made and
`foretaste check` is run in it, as anybody would. Trials are runs of the tests; `beyond` are those
beside the first of the base and of the candidate. The two columns after it are how many runs
simpler ways would need on the same case, simulated from what is known of it: making one move after
the other, and halving the list of moves until the rest passes. Both are let try sets of releases
that no installer would install, and neither is let meet a flake, nor confirms what it finds.
Where the index as of then gives other releases of the culprits than the incident had, a second
check is given the incident's.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from _cases import (
    Answer,
    Case,
    bisection,
    check,
    cost,
    faults,
    load_cases,
    median,
    one_by_one,
)
from _paper import ROOT, Paper, Table

from foretaste.adapters.clock import SystemClock

CASES: Final = ROOT.parent / "shared" / "cases"
AIM: Final = 2
"""Trials beyond base and candidate, in the median of the cases with several moves."""

BUDGET: Final = 240.0
"""Seconds that all of the cases may take, warm, on two processors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One case with its answer."""

    case: Case
    answer: Answer
    faults: tuple[str, ...]

    @property
    def beyond(self) -> int:
        """How many trials it took beside the first of base and candidate."""
        return max(0, self.answer.trials - 2)

    @property
    def one_by_one(self) -> int:
        """How many trials making one move after the other takes, beyond base and candidate."""
        return cost(one_by_one, self.case)

    @property
    def bisection(self) -> int:
        """How many trials halving takes, beyond base and candidate."""
        return cost(bisection, self.case)

    @property
    def record(self) -> dict[str, Any]:
        """Return everything as plain values."""
        said = self.answer.said
        return {
            "case": self.case.name,
            "kind": self.case.kind,
            "moves": len(self.case.moves),
            "expected": self.case.verdict,
            "verdict": self.answer.verdict,
            "right": not self.faults,
            "faults": list(self.faults),
            "culprits": self.answer.sets,
            "hold_back": dict(said.get("hold_back", {})),
            "trials": self.answer.trials,
            "beyond": self.beyond,
            "one_by_one": self.one_by_one,
            "bisection": self.bisection,
            "seconds": round(self.answer.seconds, 2),
            "phases": dict(said.get("seconds", {})),
            "reason": said.get("reason", ""),
            "base_failures": said.get("base_failures", []),
            "runs": said.get("runs", []),
            "strayed": self.answer.strayed,
            "errors": self.answer.errors,
        }


def rows(cases: Sequence[Case], options: argparse.Namespace) -> Iterator[Row]:
    """Check the cases, so many at once, and give each when it is done, in their order."""

    def one(case: Case) -> Row:
        answer = check(case, options.jobs)
        return Row(case=case, answer=answer, faults=tuple(faults(case, answer)))

    with ThreadPoolExecutor(max_workers=options.at_once) as pool:
        yield from pool.map(one, cases)


def shown(found: Sequence[Row]) -> Table:
    """Return the table of all cases."""
    head = ("case", "moves", "verdict", "culprits", "held", "trials", "beyond")
    table = Table(*head, "one by one", "bisection", "seconds", "right")
    for row in found:
        table.add(
            row.case.name,
            str(len(row.case.moves)),
            row.answer.verdict or "none",
            "; ".join(" + ".join(sorted(each)) for each in row.answer.sets),
            ", ".join(sorted(row.answer.held)),
            str(row.answer.trials),
            str(row.beyond),
            str(row.one_by_one),
            str(row.bisection),
            f"{row.answer.seconds:.1f}",
            "no" if row.faults else "yes",
        )
    return table


def summed(paper: Paper, found: Sequence[Row], wall: float) -> bool:
    """Say what it comes to in all; return whether everything is right."""
    right = sum(not row.faults for row in found)
    paper.say(f"Right: {right} of {len(found)}, in {wall:.0f} s of wall time.")
    for row in found:
        for fault in row.faults:
            paper.say(f"- {row.case.name}: {fault}")
    for row in found:
        if row.answer.strayed:
            paper.say(f"- {row.case.name} was given its releases: as of then, {row.answer.strayed}")
    several = [row for row in found if len(row.case.moves) > 1 and row.answer.said]
    if several:
        beyond = median([row.beyond for row in several])
        paper.ratio(
            f"trials beyond base and candidate, median of {len(several)} with several moves",
            beyond,
            f"aim {AIM}",
        )
        mine = sum(row.beyond for row in several) or 1
        paper.ratio("one by one : ours, trials", sum(row.one_by_one for row in several) / mine)
        paper.ratio("bisection : ours, trials", sum(row.bisection for row in several) / mine)
    paper.ratio("wall time : its limit", wall / BUDGET, f"limit {BUDGET:.0f} s for all, warm")
    return right == len(found)


def asked() -> argparse.Namespace:
    """Return what the command line asks for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=CASES, help="the cases")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="a part of the name")
    parser.add_argument("--jobs", type=int, default=2, help="trials at once in each check")
    parser.add_argument("--at-once", type=int, default=1, help="checks at once")
    parser.add_argument("--warm", action="store_true", help="run twice and show the second")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    return parser.parse_args()


def run(cases: Sequence[Case], options: argparse.Namespace) -> tuple[list[Row], float]:
    """Run all cases and return their rows and the seconds of wall time."""
    clock = SystemClock()
    began = clock.monotonic()
    found = []
    for row in rows(cases, options):
        found.append(row)
        word = "wrong" if row.faults else "right"
        print(f"{row.case.name}: {word}, {row.answer.seconds:.1f} s", file=sys.stderr, flush=True)
    return found, clock.monotonic() - began


def main() -> None:
    """Run the cases and print; exit status 1 where an answer is wrong."""
    options = asked()
    if options.folder == CASES and not CASES.is_dir():
        print("there are no cases here; give their folder")
        return
    cases = load_cases(options.folder, options.only)
    if options.warm:
        run(cases, options)
    found, wall = run(cases, options)
    if options.json:
        print(json.dumps({"cases": [row.record for row in found], "seconds": round(wall, 1)}))
        raise SystemExit(any(row.faults for row in found))
    paper = Paper("Real incidents", __doc__ or "")
    paper.show(shown(found))
    right = summed(paper, found, wall)
    if options.write:
        paper.write()
    raise SystemExit(not right)


if __name__ == "__main__":
    main()
