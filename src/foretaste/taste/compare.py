"""Compare: what the runs of a search showed, state by state, measured against the base.

A *regression* is a test that fails in a state, never passed there, and fails in a way that the base
does not show. What fails on the base every time is *red*; what failed and passed in one and the
same state fails by *chance*, and tells nothing of a state where it fails until it has passed there
or shown something else.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from foretaste.taste.belief import repeated_by_chance
from foretaste.taste.outcome import COMMAND, OF_IMPORTS, Ending, Failure, Outcome, Signature
from foretaste.taste.units import Bits, any_around

Key = tuple[str, Signature]
"""A failure as it is recognised again: the test, and how it fails."""

BASE: Bits = 0
FEWER = Failure(
    test="(tests)",
    signature=Signature(type="FewerTests", message="far fewer tests ran than on the base"),
    message="far fewer tests ran than on the base",
)
"""A run that ended well, but of less than `SHARE` of the tests: they may have vanished."""
SHARE = 0.5
CERTAIN = 0.001
"""Chance that fails a test so often on end is no chance any more."""
FULL_RUNS = 2
"""Runs of all tests after which those that are still missing are taken to be gone for good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One trial that has told: of which state, of which tests (all where none is named)."""

    number: int
    at: Bits
    tests: tuple[str, ...] = ()
    outcome: Outcome

    @property
    def size(self) -> int:
        """How many tests are known to have run."""
        outcome = self.outcome
        return len(outcome.passed) + outcome.counted + len(outcome.failures)


@dataclass(slots=True)
class Tally:
    """How often one test passed in one state, and how often it failed in which way."""

    passes: int = 0
    fails: Counter[Signature] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is known of every state that was tried.

    `tallies` has the tests that ever failed. `regressions` and `unclear` hold, by state, what is
    believed to be broken and what has to be run again before anything can be said; `clean` are the
    states that passed.
    """

    runs: tuple[Run, ...]
    tallies: Mapping[str, Mapping[Bits, Tally]]
    samples: Mapping[Key, Failure]
    chance: frozenset[Key]
    regressions: Mapping[Bits, tuple[Key, ...]]
    unclear: Mapping[Bits, tuple[str, ...]]
    clean: frozenset[Bits]

    def at(self, state: Bits) -> tuple[Run, ...]:
        """Return the runs of a state."""
        return tuple(run for run in self.runs if run.at == state)

    def tally(self, test: str, state: Bits) -> Tally:
        """Return how a test did in a state."""
        return self.tallies.get(test, {}).get(state) or Tally()

    def is_passing(self, state: Bits) -> bool:
        """Whether a state passed, or lies within one that did."""
        return any_around(state, self.clean)


def record_of(runs: Sequence[Run]) -> Record:
    """Return what the runs showed."""
    told = tuple(run for run in runs if run.outcome.ending is not Ending.LOST)
    size = max((run.size for run in told if run.at == BASE), default=0)
    failures = {run.number: _failures(run, size) for run in told}
    names = sorted({test for found in failures.values() for test in found})
    tallies = {test: _tallies(test, told, failures, size) for test in names}
    chance = _chance_in(tallies)
    reader = _Reader(tallies, chance, told)
    standings = {state: reader.standing(state) for state in dict.fromkeys(run.at for run in told)}
    return Record(
        runs=told,
        tallies=tallies,
        samples=_samples(failures),
        chance=chance,
        regressions={state: broken for state, (broken, _) in standings.items() if broken},
        unclear={state: again for state, (_, again) in standings.items() if again is not None},
        clean=frozenset(state for state, found in standings.items() if found == CLEAN),
    )


def _samples(failures: Mapping[int, Mapping[str, Failure]]) -> dict[Key, Failure]:
    """Return the first failure of each kind."""
    return {
        (failure.test, failure.signature): failure
        for found in reversed(tuple(failures.values()))
        for failure in found.values()
    }


def _chance_in(tallies: Mapping[str, Mapping[Bits, Tally]]) -> frozenset[Key]:
    """Return the failures of tests that passed in the same state."""
    return frozenset(
        (test, signature)
        for test, states in tallies.items()
        for tally in states.values()
        if tally.passes
        for signature in tally.fails
    )


def _failures(run: Run, size: int) -> dict[str, Failure]:
    """Return what failed in a run by test: of those asked for, where some were."""
    found = {failure.test: failure for failure in run.outcome.failures}
    if run.tests:
        return {test: found[test] for test in run.tests if test in found}
    if run.outcome.ending is Ending.PASSED and run.size < SHARE * size:
        found[FEWER.test] = FEWER
    return found


def _tallies(
    test: str, runs: Sequence[Run], failures: Mapping[int, Mapping[str, Failure]], size: int
) -> dict[Bits, Tally]:
    found: dict[Bits, Tally] = {}
    for run in runs:
        failure = failures[run.number].get(test)
        tally = found.setdefault(run.at, Tally())
        if failure is not None:
            tally.fails[failure.signature] += 1
        elif _passed(run, test, size):
            tally.passes += 1
    return found


def _passed(run: Run, test: str, size: int) -> bool:
    """Whether a test that did not fail in a run is known to have passed there."""
    outcome = run.outcome
    if run.tests and test not in run.tests:
        return False
    if test in outcome.passed or outcome.ending is Ending.PASSED:
        return True
    # unittest says how many ran and which failed: the others passed, if all of them ran.
    whole = all(failure.test != COMMAND and not failure.hung for failure in outcome.failures)
    return bool(outcome.counted) and whole and run.size >= size and test != COMMAND


Standing = tuple[tuple[Key, ...], tuple[str, ...] | None]
CLEAN: Standing = ((), None)


def _has_tested(outcome: Outcome) -> bool:
    """Whether any test passed; imports that work do not tell that the tests would."""
    return bool(outcome.counted) or any(not name.startswith(OF_IMPORTS) for name in outcome.passed)


class _Reader:
    """Reads what each state showed against the base."""

    def __init__(
        self,
        tallies: Mapping[str, Mapping[Bits, Tally]],
        chance: frozenset[Key],
        runs: Sequence[Run],
    ) -> None:
        self._tallies = tallies
        self._chance = chance
        self._runs = runs
        base = [run for run in runs if run.at == BASE]
        self._base = any(_has_tested(run.outcome) for run in base)
        self._passed = frozenset().union(*(run.outcome.passed for run in base))

    def standing(self, state: Bits) -> Standing:
        """Return the regressions of a state, and what must be run again before it is known.

        None is for nothing; no names are for all tests. The base is clean as soon as anything at
        all passed there: the others are compared with it.
        """
        if state == BASE:
            return CLEAN if self._base else ((), ())
        broken: list[Key] = []
        again: list[str] = []
        for key in self._open(state):
            if key in self._chance and not self._is_certain(key, state):
                again.append(key[0])
            elif key in self._chance or not self._is_red(key):
                broken.append(key)
        if broken:
            return tuple(broken), None
        if again:
            return (), tuple(dict.fromkeys(again))
        return (), (() if self._is_partial(state) else None)

    def _open(self, state: Bits) -> Iterator[Key]:
        """Yield what failed in a state and never passed there."""
        for test, states in self._tallies.items():
            tally = states.get(state)
            if tally is not None and not tally.passes:
                yield from ((test, signature) for signature in tally.fails)

    def _is_red(self, key: Key) -> bool:
        """Whether the base fails so as well, or always with the same type of exception."""
        test, signature = key
        tally = self._tallies[test].get(BASE) or Tally()
        if signature in tally.fails:
            return True
        return not tally.passes and any(each.type == signature.type for each in tally.fails)

    def _is_certain(self, key: Key, state: Bits) -> bool:
        """Whether a test that fails by chance elsewhere fails here too often for that."""
        test, signature = key
        states = self._tallies[test]
        failed = sum(tally.fails[signature] for at, tally in states.items() if at != state)
        passed = sum(tally.passes for at, tally in states.items() if at != state)
        times = states[state].fails[signature]
        return repeated_by_chance(failed, passed, times) < CERTAIN

    def _is_partial(self, state: Bits) -> bool:
        """Whether tests that passed on the base were not reached in this state so far."""
        runs = [run for run in self._runs if run.at == state]
        whole = [run for run in runs if not run.tests]
        if len(whole) >= FULL_RUNS or any(run.outcome.ending is Ending.PASSED for run in whole):
            return False
        reached = {failure.test for run in runs for failure in run.outcome.failures}
        return not self._passed - {COMMAND} <= reached.union(*(run.outcome.passed for run in runs))
