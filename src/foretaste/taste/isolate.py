"""Isolate: the search for what breaks the candidate, by asking for trials and being told outcomes.

`begin` it; `ask` for the trials that are worth running now; `tell` each outcome; stop what is
`unwanted`; until there is a `finding`. Everything is decided anew from what was told so far, so
trials may answer in any order, and an answer that turns out to be chance is simply no longer one.

Base and candidate come first. Then what may go on (`holding`) and what breaks by itself
(`explanation`) are asked for side by side: for one culprit that is suspected rightly, these are two
trials, and they are its confirmation as well. At last failures are repeated until they are believed
(`belief`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from foretaste.taste.breaks import Ranking
from foretaste.taste.compare import FEWER, Run
from foretaste.taste.finding import Finding
from foretaste.taste.holding import Question
from foretaste.taste.lattice import Lattice, Moved
from foretaste.taste.outcome import Ending, Failure, Outcome, Signature
from foretaste.taste.planning import Course, Limits, course_of
from foretaste.taste.units import Bits, Units, units_of

Suspects = Callable[[Lattice, tuple[Failure, ...]], Mapping[str, float]]
"""Gives the weight of each move after these failures (`suspicion`)."""

LOST = 3
"""Trials of one state that may be lost before it is given up."""
SAMPLES = 10
"""Failures of one signature that are weighed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """How far a search goes: `budget` counts every run, `confidence` is a probability."""

    budget: int = 60
    confidence: float = 0.999


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """A run that is asked for: with these moves made, of these tests (all where none is named)."""

    number: int
    moved: Moved
    tests: tuple[str, ...] = ()
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A trial that is running, by its state; whether it is a step (`Question`)."""

    at: Bits
    tests: tuple[str, ...]
    step: bool

    def answers(self, question: Question) -> bool:
        """Whether it runs what is asked for, and in that state."""
        some = bool(question.tests) and {*question.tests} <= {*self.tests}
        return self.at == question.at and (some or not self.tests)


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """All that a search knows; `course` is what follows from it."""

    lattice: Lattice
    effort: Effort
    suspects: Suspects
    units: Units
    ranking: Ranking
    course: Course
    runs: tuple[Run, ...] = ()
    running: Mapping[int, Asked] = field(default_factory=dict)
    lost: Mapping[Bits, int] = field(default_factory=dict)
    count: int = 0


def begin(lattice: Lattice, effort: Effort, suspects: Suspects) -> Search:
    """Return a search that has asked nothing yet."""
    units = units_of(lattice)
    plain = _weights(units, suspects(lattice, ()))
    ranking = Ranking(plain=plain, by_signature={FEWER.signature: plain})
    limits = Limits(confidence=effort.confidence, left=effort.budget, asked=0)
    return Search(
        lattice=lattice,
        effort=effort,
        suspects=suspects,
        units=units,
        ranking=ranking,
        course=course_of(units, (), ranking, limits),
    )


def ask(search: Search, slots: int) -> tuple[Search, tuple[Trial, ...]]:
    """Return the trials to start now, where so many may run at once; none where none is useful."""
    if search.course.finding is not None:
        return search, ()
    asked: dict[int, Asked] = {}
    trials: list[Trial] = []
    stepping = any(each.step for each in search.running.values())
    for question in _matched(search)[0]:
        if question.step and stepping:
            continue
        number = search.count + len(trials) + 1
        if len(search.running) + len(trials) >= slots or number > search.effort.budget:
            break
        asked[number] = Asked(at=question.at, tests=question.tests, step=question.step)
        moved = search.units.moved(question.at)
        trials.append(Trial(number=number, moved=moved, tests=question.tests, why=question.why))
    return (
        replace(search, running={**search.running, **asked}, count=search.count + len(trials)),
        tuple(trials),
    )


def tell(search: Search, number: int, outcome: Outcome) -> Search:
    """Return what is known after a trial has ended; one that nobody asked for changes nothing."""
    asked = search.running.get(number)
    if asked is None:
        return search
    lost = search.lost
    if outcome.ending is Ending.LOST and number not in unwanted(search):
        lost = {**lost, asked.at: lost.get(asked.at, 0) + 1}
    run = Run(number=number, at=asked.at, tests=asked.tests, outcome=outcome)
    runs = (*search.runs, run)
    ranking = _ranked(search, outcome.failures)
    running = {each: what for each, what in search.running.items() if each != number}
    limits = Limits(
        confidence=search.effort.confidence,
        left=search.effort.budget - search.count + len(running),
        asked=search.count,
        gone=frozenset(at for at, times in lost.items() if times >= LOST),
    )
    return replace(
        search,
        ranking=ranking,
        course=course_of(search.units, runs, ranking, limits),
        runs=runs,
        running=running,
        lost=lost,
    )


def unwanted(search: Search) -> frozenset[int]:
    """Return the running trials whose answer cannot matter any more."""
    if search.course.finding is not None:
        return frozenset(search.running)
    return frozenset(
        number
        for number, each in _matched(search)[1].items()
        if each.tests or not search.course.may_matter(each.at)
    )


def finding(search: Search) -> Finding | None:
    """Return what was found, None while the search goes on."""
    return search.course.finding


def _matched(search: Search) -> tuple[list[Question], dict[int, Asked]]:
    """Return the questions that no running trial answers, and the trials that answer none."""
    left = dict(search.running)
    open_: list[Question] = []
    for question in search.course.questions:
        found = next((number for number, each in left.items() if each.answers(question)), None)
        if found is None:
            open_.append(question)
        else:
            del left[found]
    return open_, left


def _ranked(search: Search, failures: tuple[Failure, ...]) -> Ranking:
    """Return the ranking with the weights of every new signature."""
    known = search.ranking.by_signature
    new: dict[Signature, list[Failure]] = {}
    for failure in failures:
        if failure.signature not in known:
            new.setdefault(failure.signature, []).append(failure)
    weights = {
        signature: _weights(search.units, search.suspects(search.lattice, tuple(those[:SAMPLES])))
        for signature, those in new.items()
    }
    return replace(search.ranking, by_signature={**known, **weights})


def _weights(units: Units, suspicion: Mapping[str, float]) -> tuple[float, ...]:
    return tuple(max(suspicion[key] for key in keys) for keys in units.members)
