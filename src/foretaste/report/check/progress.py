"""Progress: what a check is doing, a line for each step, for whoever waits."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import assert_never

from foretaste.report.check.sentences import failure_line, joined, test_name
from foretaste.report.phrases import duration, number
from foretaste.report.plain import one_line
from foretaste.taste.lattice import Moved
from foretaste.taste.moves import Move
from foretaste.taste.outcome import Ending, Outcome

NAMES = 4


def moving(moves: Sequence[Move]) -> str:
    """Return what can move: `3 packages can move: click 7.1.2 → 8.1.0, …`."""
    if not moves:
        return "nothing newer is allowed"
    ways = (one_line(f"{each.key} {each.old or '∅'} → {each.new or '∅'}") for each in moves)
    return f"{number(len(moves), 'package')} can move: {joined(ways, NAMES)}"


def trying(trial: int, moved: Moved, every: Moved, tests: Sequence[str] = ()) -> str:
    """Return what a trial is about to try; `tests` are those it is limited to."""
    if not moved:
        what = "the base"
    elif moved == every:
        what = "the candidate, with everything moved"
    elif len(moved) > len(every) / 2:
        what = f"the candidate without {joined(map(one_line, sorted(every - moved)), NAMES)}"
    else:
        what = f"the base with {joined(map(one_line, sorted(moved)), NAMES)}"
    only = f", {joined(map(test_name, tests), 1)} only" if tests else ""
    return f"trial {trial}: {what}{only}"


def trying_part(trial: int, part: Sequence[str], tests: Sequence[str] = ()) -> str:
    """Return that a trial is about to try what is held back part of the way."""
    only = f", {joined(map(test_name, tests), 1)} only" if tests else ""
    return f"trial {trial}: part of the way, with {joined(map(one_line, part), NAMES)}{only}"


def no_further(why: str) -> str:
    """Return that what is held back was not tried any further."""
    return f"what is held back is tried no further: {one_line(why)}"


def tried(trial: int, outcome: Outcome) -> str:
    """Return what came of a trial."""
    return f"trial {trial}: {_came(outcome)}"


def _tests(passed: Collection[str]) -> int:
    """Return how many tests passed; that a file could be collected is told as well, by its name."""
    return sum("::" in name for name in passed) or len(passed)


def _came(outcome: Outcome) -> str:
    took = f"in {duration(outcome.seconds)}"
    match outcome.ending:
        case Ending.PASSED:
            count = outcome.counted or _tests(outcome.passed)
            tests = f", {number(count, 'test')}" if count else ""
            return f"passed {took}{tests}"
        case Ending.FAILED | Ending.HUNG:
            verb = "failed" if outcome.ending is Ending.FAILED else "hung"
            first = f": {failure_line(outcome.failures[0])}" if outcome.failures else ""
            more = len(outcome.failures) - 1
            return f"{verb} {took}{first}" + (f", and {number(more, 'test')} more" * (more > 0))
        case Ending.LOST:
            return f"lost, which says nothing: {one_line(outcome.why) or 'no reason was given'}"
        case _:
            assert_never(outcome.ending)
