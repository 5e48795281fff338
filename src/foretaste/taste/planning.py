"""Planning: what a search asks next, or what it has come to; from all that was told, each time anew.

Where trials disagree, or one turns out to be chance, what followed from it is gone by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from foretaste.taste.belief import is_settled
from foretaste.taste.breaks import Break, Ranking, View, breaks_of
from foretaste.taste.compare import BASE, Run, record_of
from foretaste.taste.concluding import (
    Known,
    comparisons,
    conclude,
    doubts,
    repetitions,
    undecided,
    without_base,
)
from foretaste.taste.explanation import Cause, explain, is_covered
from foretaste.taste.finding import Baseline, Finding
from foretaste.taste.holding import STRONG, Landing, Question, grow, hold
from foretaste.taste.units import Bits, Units, each_of, is_within

BROKEN_RUNS, SETTLED_RUNS = 4, 2
"""Runs of a base that never passes after which it is broken, not flaky; fewer where it says so."""
MATTERS = 0.05
"""A trial whose answer is surer than this is not waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How far a search may go: the probability to reach, and the runs that are left.

    `asked` is how many were asked for, `gone` are states that cannot be tried.
    """

    confidence: float
    left: int
    asked: int
    gone: frozenset[Bits] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What to ask, in the order of what matters, or what was found.

    `open` are the breaks whose cause is not known.
    """

    questions: tuple[Question, ...] = ()
    finding: Finding | None = None
    view: View | None = field(default=None, repr=False)
    open: tuple[Break, ...] = ()

    def may_matter(self, state: Bits) -> bool:
        """Whether the answer of a state that is not asked for any more could still tell much."""
        if self.view is None:
            return True
        if self.view.record.is_passing(state):
            return False
        return any(_tells(self.view, each, state) for each in self.open)


def _tells(view: View, each: Break, state: Bits) -> bool:
    """Whether a state may or may not show a break, as far as is known."""
    if each.is_in(state) or each.is_out(state):
        return False
    away = view.units.every & ~state
    if away and view.ranking.pointing(each.signature, away) > 1.0:
        # Without what the trace points at, it is good to know in any case.
        return True
    odds = view.suspicion(each, view.units.every)
    inside = sum(odds.get(unit, 0.0) for unit in each_of(state))
    return MATTERS < inside < 1 - MATTERS


def course_of(units: Units, runs: Sequence[Run], ranking: Ranking, limits: Limits) -> Course:
    """Return what a search does after these runs."""
    record = record_of(runs)
    if BASE not in record.clean:
        return _first(units, record.at(BASE), limits)
    view = View(units=units, record=record, breaks=breaks_of(record), ranking=ranking)
    questions, known, open_ = _searched(view, limits)
    questions = [_again(view, each) for each in questions]
    possible = tuple(each for each in questions if each.at not in limits.gone)
    if not questions:
        return Course(finding=conclude(known, limits.asked))
    if not possible:
        why = "a state could not be tried: its trials were lost again and again."
        return Course(finding=undecided(known, limits.asked, why))
    if limits.left <= 0:
        why = f"the budget of {limits.asked} trials is used up."
        return Course(finding=undecided(known, limits.asked, why))
    return Course(questions=possible, view=view, open=open_)


def _first(units: Units, base: Sequence[Run], limits: Limits) -> Course:
    """Return the course until the base has passed."""
    every = units.moved(units.every)
    reason = ""
    failures = [failure for run in base for failure in run.outcome.failures]
    hung = any(failure.hung or is_settled(failure.signature) for failure in failures)
    if len(base) >= (SETTLED_RUNS if hung else BROKEN_RUNS):
        reason = f"the base failed in {len(base)} of {len(base)} runs."
        return Course(finding=without_base(limits.asked, Baseline.FAILED, every, reason))
    if BASE in limits.gone or limits.left <= 0:
        reason = "the base could not be run."
        return Course(finding=without_base(limits.asked, Baseline.FAILED, every, reason))
    again = Question(at=BASE, why="the base: does it work?")
    whole = Question(at=units.every, why="the candidate: everything at once")
    return Course(questions=(again, whole) if limits.asked <= 1 else (again,))


def _searched(view: View, limits: Limits) -> tuple[list[Question], Known, tuple[Break, ...]]:
    """Return what is asked for next, what is known, and what is not yet explained."""
    held = hold(view)
    questions: list[Question] = []
    causes: tuple[Cause, ...] = ()
    open_: tuple[Break, ...] = ()
    landing = held if isinstance(held, Landing) else _largest(view)
    if landing.at != view.units.every:
        causes, open_, asked = _explained(view, landing)
        alone = [each for each in asked if isinstance(held, Landing) or each.hope >= STRONG]
        first = [held] if isinstance(held, Question) else []
        questions = list({each.at: each for each in (*reversed(alone), *first)}.values())
        questions = [*doubts(view), *reversed(questions)]
    known = Known(view=view, landing=landing, causes=causes)
    if not questions:
        more = grow(view, landing)
        questions = [] if more is None else [more]
    if not questions:
        questions = repetitions(known, limits.confidence)
    if not questions:
        questions = [*comparisons(known)]
    return questions, known, open_


def _largest(view: View) -> Landing:
    return Landing(at=max(view.record.clean, key=lambda each: (each.bit_count(), each)))


def _concerns(view: View, each: Break, landing: Landing) -> bool:
    """Whether a break has to do with what may land: the whole candidate does not heal it.

    Or it was met on the way there.
    """
    if view.units.every not in each.healed:
        return True
    return any(is_within(landing.at, state) for state in each.seen)


def _explained(
    view: View, landing: Landing
) -> tuple[tuple[Cause, ...], tuple[Break, ...], list[Question]]:
    """Return the causes that are known, the breaks that are left, and what to ask about them."""
    causes: dict[Bits, Cause] = {}
    left: list[tuple[Break, Question]] = []
    for each in view.breaks:
        if not _concerns(view, each, landing):
            continue
        found, question = _causes_of(view, each)
        known = replace(each, causes=tuple(cause.units for cause in found))
        for cause in found:
            before = causes[cause.at].breaks if cause.at in causes else ()
            causes[cause.at] = replace(cause, breaks=(*before, known))
        if question is not None:
            left.append((each, question))
    open_ = [
        (each, question)
        for each, question in left
        if not any(_settles(view, each, cause) for cause in causes.values())
    ]
    asked = {question.at: question for _, question in reversed(open_)}
    return (
        tuple(cause for cause in causes.values() if not _is_more(cause, causes.values())),
        tuple(each for each, _ in open_),
        list(reversed(asked.values())),
    )


def _causes_of(view: View, each: Break) -> tuple[list[Cause], Question | None]:
    """Return the causes of a break: one for what the others do not explain, until all is."""
    found: list[Cause] = []
    seen = each.seen
    while seen:
        more = explain(view, replace(each, seen=seen))
        if isinstance(more, Question):
            return found, more
        found.append(more)
        seen = frozenset(state for state in seen if not is_within(more.at, state))
    return found, None


def _settles(view: View, each: Break, cause: Cause) -> bool:
    """Whether a known cause says enough of a break: that it is another face of it."""
    if not is_covered(each, cause):
        return False
    odds = view.suspicion(each, view.units.every)
    best = max(odds, key=lambda unit: (odds[unit], unit), default=None)
    if best is None or cause.units >> best & 1 or view.units.below[best] in each.hidden:
        return True
    return view.ranking.pointing(each.signature, 1 << best) <= 1.0


def _is_more(cause: Cause, causes: Iterable[Cause]) -> bool:
    """Whether a cause only has more than another one has."""
    return any(
        other is not cause
        and other.units & cause.units
        and other.at != cause.at
        and not other.at & ~cause.at
        for other in causes
    )


def _again(view: View, question: Question) -> Question:
    """Return the question: of a state that is unclear, for what has to be run again."""
    if question.at not in view.record.unclear:
        return question
    tests = view.record.unclear[question.at]
    return replace(question, tests=tests, why="once more: it may have been chance")
