"""Hold the branch coverage of each package to its floor.

Usage: coverage_floors.py COVERAGE_JSON

What decides must be covered whole: `core`, `taste`, `release` and `report` have no excuse, since
they touch nothing. Elsewhere 90 % of lines and branches together is asked for, package by package,
so that a well tested one does not make up for another. Exit 1 when a package is below its floor.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

WHOLE = frozenset({"core", "taste", "release", "report"})
FLOOR = 90.0
SHOWN = 12  # of the files below the floor, so many of the worst are listed for each package


@dataclass(slots=True)
class Tally:
    """Lines and branches of some files: how many there are, and how many the tests took."""

    there: int = 0
    taken: int = 0

    def add(self, summary: Mapping[str, int]) -> None:
        """Count one file, or one more."""
        self.there += summary["num_statements"] + summary["num_branches"]
        self.taken += summary["covered_lines"] + summary["covered_branches"]

    @property
    def percent(self) -> float:
        """What share was taken; all, where there is nothing to take."""
        return 100.0 * self.taken / self.there if self.there else 100.0


def package_of(path: str) -> str:
    """Return the package under `foretaste` that the file belongs to, "." for one right in it."""
    inside = PurePosixPath(path).parts
    below = inside[inside.index("foretaste") + 1 :]
    return below[0] if len(below) > 1 else "."


def floor_of(package: str) -> float:
    """Return the least percentage that is asked of the package."""
    return 100.0 if package in WHOLE else FLOOR


def worst(files: Mapping[str, Any], package: str) -> list[str]:
    """Name the package's files below its floor, worst first, with the lines never taken."""
    below = []
    for path, data in files.items():
        tally = Tally()
        tally.add(data["summary"])
        if package_of(path) == package and tally.percent < floor_of(package):
            gaps = {*data["missing_lines"], *(line for line, _ in data["missing_branches"])}
            lines = ",".join(str(line) for line in sorted(gaps))
            below.append((tally.percent, f"    {tally.percent:5.1f} %  {path}: {lines[:200]}"))
    return [line for _, line in sorted(below)[:SHOWN]]


def main() -> int:
    """Print a line a package, and what is missing where it is too much."""
    files = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["files"]
    tallies: dict[str, Tally] = {}
    for path, data in files.items():
        tallies.setdefault(package_of(path), Tally()).add(data["summary"])
    short = 0
    print("branch coverage by package (taken / floor):")
    for package, tally in sorted(tallies.items()):
        low = tally.percent < floor_of(package)
        short += low
        print(
            f"  {package:12} {tally.percent:5.1f} / {floor_of(package):.0f} {'LOW' if low else ''}"
        )
        if low:
            print("\n".join(worst(files, package)))
    if short:
        print(f"coverage: {short} of {len(tallies)} packages are below their floor")
        return 1
    print("coverage: every package holds its floor")
    return 0


if __name__ == "__main__":
    sys.exit(main())
