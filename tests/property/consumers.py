"""Made-up consumers: which sets of moves break which of their tests, and a search driven on them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from foretaste.taste.finding import Finding
from foretaste.taste.isolate import (
    Effort,
    Suspects,
    Trial,
    ask,
    begin,
    finding,
    tell,
    unwanted,
)
from foretaste.taste.lattice import Lattice, Moved
from foretaste.taste.moves import Move
from foretaste.taste.outcome import COMMAND, Ending, Failure, Outcome, Signature

Toss = Callable[[], float]
"""The next number of [0, 1)."""


def tosses(*words: object) -> Toss:
    """Return numbers that look like chance and are the same for the same words."""
    numbers = iter(range(1_000_000))

    def toss() -> float:
        text = f"{words}/{next(numbers)}".encode()
        return int.from_bytes(hashlib.blake2b(text, digest_size=7).digest()) / 2**56

    return toss


def lattice_from(keys: Sequence[str], needs: Mapping[str, Sequence[str]] | None = None) -> Lattice:
    """Return a lattice of moves from version 1 to 2, where some need others."""
    found = {key: {key, *(needs or {}).get(key, ())} for key in keys}
    for through in keys:
        for key in keys:
            if through in found[key]:
                found[key] |= found[through]
    return Lattice(
        base=dict.fromkeys(keys, "1"),
        moves={key: Move(key=key, old="1", new="2") for key in keys},
        needs={key: frozenset(needed) for key, needed in found.items()},
    )


def states_of(lattice: Lattice) -> list[Moved]:
    """Return every state that can be installed, the smallest first."""
    keys = sorted(lattice.moves)
    subsets = (some for count in range(len(keys) + 1) for some in combinations(keys, count))
    return sorted({lattice.below(some) for some in subsets}, key=lambda state: (len(state), *state))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One way of failing: where all of `needs` are moved and not all of `unless`, at a rate."""

    needs: frozenset[str]
    test: str = COMMAND
    type: str = "ImportError"
    message: str
    unless: frozenset[str] | None = None
    rate: float = 1.0
    hung: bool = False

    def shows(self, moved: Moved) -> bool:
        """Whether it can show in a state."""
        healed = self.unless is not None and self.unless <= moved
        return self.needs <= moved and not healed

    @property
    def failure(self) -> Failure:
        """The failure."""
        signature = Signature(type=self.type, message=self.message)
        return Failure(test=self.test, signature=signature, hung=self.hung)


def rule(*needs: str, test: str = COMMAND, message: str = "", rate: float = 1.0) -> Rule:
    """Return a break by some moves; its message names them, or says what is given."""
    words = message or f"cannot import from {' '.join(needs)}"
    kind = "ImportError" if rate == 1.0 else "AssertionError"
    return Rule(needs=frozenset(needs), test=test, type=kind, message=words, rate=rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """Tests with rules by which they fail; without names of tests, a script is one test.

    Of a script, the first rule that fails hides the others; where it is `fickle`, another one each
    time.
    """

    rules: tuple[Rule, ...]
    tests: frozenset[str] = frozenset()
    fickle: bool = False

    def run(self, moved: Moved, only: Sequence[str], toss: Toss) -> Outcome:
        """Return what one run shows."""
        failures = [each for each in self.rules if each.shows(moved) and toss() < each.rate]
        if self.fickle:
            failures.sort(key=lambda _: toss())
        found: dict[str, Failure] = {}
        for each in failures:
            found.setdefault(each.test, each.failure)
        found = {test: failure for test, failure in found.items() if not only or test in only}
        ran = frozenset(only) or self.tests or frozenset({COMMAND})
        hung = any(failure.hung for failure in found.values())
        failed = Ending.HUNG if hung else Ending.FAILED
        return Outcome(
            ending=failed if found else Ending.PASSED,
            passed=ran - {*found},
            failures=tuple(found.values()),
        )


def pointing(
    lattice: Lattice, factor: float = 30.0, steps: Mapping[str, float] | None = None
) -> Suspects:
    """Return suspects by whom a failure's message names, beside the size of their steps."""

    def suspects(_: Lattice, failures: tuple[Failure, ...]) -> dict[str, float]:
        single = {key: (steps or {}).get(key, 1.0) for key in lattice.moves}
        for key in single:
            if any(key in failure.signature.message.split() for failure in failures):
                single[key] *= factor
        return {key: max(single[one] for one in lattice.unit(key)) for key in single}

    return suspects


def pointing_nowhere(lattice: Lattice, _: tuple[Failure, ...]) -> dict[str, float]:
    """Return the same suspicion for every move."""
    return dict.fromkeys(lattice.moves, 1.0)


@dataclass(slots=True)
class Driver:
    """Runs a search on a consumer; `pick` chooses which of the running trials ends next."""

    lattice: Lattice
    consumer: Consumer
    suspects: Suspects
    effort: Effort = field(default_factory=Effort)
    slots: int = 1
    toss: Toss = lambda: 0.5
    pick: Callable[[list[int]], int] = min
    trials: list[Trial] = field(default_factory=list)
    cancelled: set[int] = field(default_factory=set)
    outcomes: dict[int, Outcome] = field(default_factory=dict)

    def find(self) -> Finding:
        """Return the finding."""
        search = begin(self.lattice, self.effort, self.suspects)
        running: dict[int, Trial] = {}
        while (found := finding(search)) is None:
            search, asked = ask(search, self.slots)
            self.trials += asked
            running |= {trial.number: trial for trial in asked}
            assert 0 < len(running) <= self.slots
            number = self.pick(sorted(running))
            trial = running.pop(number)
            outcome = self._outcome(trial)
            self.outcomes[number] = outcome
            search = tell(search, number, outcome)
            for each in unwanted(search):
                del running[each]
                self.cancelled.add(each)
                search = tell(search, each, Outcome(ending=Ending.LOST, why="cancelled"))
        return found

    def _outcome(self, trial: Trial) -> Outcome:
        return self.consumer.run(trial.moved, trial.tests, self.toss)

    def states(self) -> Iterator[tuple[str, ...]]:
        """Yield the moves of each trial, in the order in which they were asked for."""
        return (tuple(sorted(trial.moved)) for trial in self.trials)


SIX = ("click", "flask", "itsdangerous", "jinja2", "markupsafe", "werkzeug")


def driven(lattice: Lattice, *rules: Rule, slots: int = 1, tests: Sequence[str] = ()) -> Driver:
    """Return a driver of a search in which failures point at what they name."""
    consumer = Consumer(rules=rules, tests=frozenset(tests))
    return Driver(lattice=lattice, consumer=consumer, suspects=pointing(lattice), slots=slots)


def blamed(found: Finding) -> list[set[str]]:
    """Return the sets that are blamed."""
    return [set(culprit.keys) for culprit in found.culprits]
