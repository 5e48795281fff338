"""The real incidents, as of then: are the candidates those that the incident had?

Each case is made a project and its base and candidate are put together as `foretaste check` does
it; nothing is tested. What differs from the record is told: a record may leave out what did not
matter, and the index then shows more than it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from _cases import Case, load_cases, write_project
from _paper import ROOT, Paper, Table
from packaging.utils import canonicalize_name

from foretaste.adapters.clock import SystemClock
from foretaste.ports.errors import PortError
from foretaste.service.check.states import base_of, candidate_of
from foretaste.service.check.subject import Wish
from foretaste.service.starts import CheckOptions, Voices
from foretaste.taste.moves import BUILD
from foretaste.wiring.bench import open_bench
from foretaste.wiring.subjects import subject_of

CASES: Final = ROOT.parent / "shared" / "cases"

Moves = Mapping[str, tuple[str | None, str | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What moves in one case: as the index was then, and by the record."""

    case: Case
    found: Moves
    recorded: Moves
    seconds: float
    error: str = ""

    @property
    def same(self) -> bool:
        """Whether they are the same."""
        return not self.error and self.found == self.recorded

    def differences(self) -> Iterator[str]:
        """Yield what differs, for people."""
        if self.error:
            yield self.error
            return
        for name in sorted({*self.found, *self.recorded}):
            found, recorded = self.found.get(name), self.recorded.get(name)
            if found != recorded:
                yield f"{name}: {_said(found)} then, {_said(recorded)} in the record"


def _said(move: tuple[str | None, str | None] | None) -> str:
    return "no move" if move is None else f"{move[0]} to {move[1]}"


def moves_of(case: Case) -> tuple[Moves, Moves]:
    """Return what moves in a case as the index was then, and by its record.

    Where releases are asked for by name, only those are compared.

    Raises:
        PortError: the case cannot be put together.
    """
    yanked = {canonicalize_name(name) for name in case.data.get("yanked") or ()}
    recorded = {
        name: (old, new) for name, (old, new) in case.moves.items() if not yanked or name in yanked
    }
    quiet = Voices(say=lambda _: None, detail=lambda _: None)
    with tempfile.TemporaryDirectory(prefix="foretaste-case-") as name:
        folder = Path(name)
        write_project(case, folder)
        options = CheckOptions(
            project=folder,
            base=folder / "base.txt",
            python=str(case.data["python"]),
            command="true",
        )
        wish = Wish(
            releases=tuple(f"{each}=={case.moves[each][1]}" for each in sorted(yanked)),
            as_of=datetime.fromisoformat(case.data["cand_date"]),
        )
        with open_bench(options, quiet) as bench:
            base = base_of(subject_of(options, bench), bench.tools)
            candidate = candidate_of(base, wish, bench.tools)
    before = {key: pin.version for key, pin in base.base.items() if not key.startswith(BUILD)}
    after = {key: pin.version for key, pin in candidate.items() if not key.startswith(BUILD)}
    names = {*before, *after}
    return {
        each: (before.get(each), after.get(each))
        for each in names
        if before.get(each) != after.get(each)
    }, recorded


def row_of(case: Case) -> Row:
    """Put one case together."""
    clock = SystemClock()
    began = clock.monotonic()
    try:
        found, recorded = moves_of(case)
    except PortError as error:
        took = clock.monotonic() - began
        return Row(case=case, found={}, recorded={}, seconds=took, error=str(error))
    took = clock.monotonic() - began
    return Row(case=case, found=found, recorded=recorded, seconds=took)


def main() -> None:
    """Put the cases together, and say which are as the record has them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=CASES, help="the cases")
    parser.add_argument("--only", nargs="+", default=(), metavar="NAME", help="a part of the name")
    parser.add_argument("--write", action="store_true", help="keep it in docs/benchmarks.md")
    options = parser.parse_args()
    paper = Paper("Resolutions", (__doc__ or "").strip())
    table = Table("case", "moves", "seconds", "as recorded")
    rows = []
    for case in load_cases(options.folder, options.only):
        row = row_of(case)
        rows.append(row)
        table.add(case.name, str(len(row.found)), f"{row.seconds:.1f}", "yes" if row.same else "no")
    paper.show(table)
    paper.say(f"As recorded: {sum(row.same for row in rows)} of {len(rows)}.")
    for row in rows:
        for text in row.differences():
            paper.say(f"- {row.case.name}: {text}")
    if options.write:
        paper.write()
    sys.exit(any(row.error for row in rows))


if __name__ == "__main__":
    main()
