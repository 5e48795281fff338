"""Outcomes told to a search by hand."""

from __future__ import annotations

from collections.abc import Sequence

from foretaste.taste.isolate import Effort, Search, ask, begin, tell
from foretaste.taste.lattice import Lattice
from foretaste.taste.outcome import COMMAND, Ending, Failure, Outcome, Signature
from tests.property.consumers import pointing


def begun(lattice: Lattice, effort: Effort | None = None) -> Search:
    """Return a search that has just begun."""
    return begin(lattice, effort or Effort(), pointing(lattice))


def passed(*tests: str) -> Outcome:
    """Return the outcome of a run in which these tests passed."""
    return Outcome(ending=Ending.PASSED, passed=frozenset(tests or {COMMAND}))


def failed(message: str, test: str = COMMAND, beside: Sequence[str] = ()) -> Outcome:
    """Return the outcome of a run in which a test failed with a message."""
    signature = Signature(type="AssertionError", message=message)
    return Outcome(
        ending=Ending.FAILED,
        passed=frozenset(beside),
        failures=(Failure(test=test, signature=signature),),
    )


LOST = Outcome(ending=Ending.LOST, why="the worker vanished")


def answered(search: Search, outcomes: Sequence[Outcome], slots: int = 1) -> Search:
    """Return a search after one outcome for each trial that it asks for, in order."""
    left = list(outcomes)
    numbers: list[int] = []
    while left:
        search, trials = ask(search, slots)
        numbers += [trial.number for trial in trials]
        search = tell(search, numbers.pop(0), left.pop(0))
    return search
