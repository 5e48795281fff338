"""Concluding: how sure what was found is, what still has to be repeated, and the finding itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import and_

from foretaste.taste.belief import EQUAL, UNEQUAL, odds_of_chance, odds_of_same, sure
from foretaste.taste.breaks import Break, View
from foretaste.taste.compare import BASE, FEWER, Record
from foretaste.taste.explanation import Cause
from foretaste.taste.finding import Baseline, Culprit, Finding, Flake, Verdict
from foretaste.taste.holding import Landing, Question
from foretaste.taste.lattice import Moved
from foretaste.taste.outcome import COMMAND, Ending
from foretaste.taste.units import Bits, each_of

REPEATS = 8
"""Repetitions that are asked for at once, at most."""
NAMED = 50
"""Tests that a repetition names, at most."""
ENOUGH = 20
"""Passes on the base after which it is enough that it may well have the same chance of failing."""


EVERY_TIME = "whether it is so every time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What was found so far: what may land, and what breaks."""

    view: View
    landing: Landing
    causes: tuple[Cause, ...]

    @property
    def is_whole(self) -> bool:
        """Whether the whole candidate passes."""
        return self.landing.at == self.view.units.every


def named(tests: Sequence[str]) -> tuple[str, ...]:
    """Return the tests that a repetition names; none, which is all, where it cannot choose."""
    if COMMAND in tests or FEWER.test in tests:
        return ()
    return tuple(tests[:NAMED])


def together(asked: Iterable[Iterable[Question]]) -> list[Question]:
    """Return what several have to run again, where one run of a state serves all of them."""
    found: dict[tuple[Bits, int], Question] = {}
    for questions in asked:
        counts: Counter[Bits] = Counter()
        for each in questions:
            place = each.at, counts[each.at]
            counts[each.at] += 1
            known = found.get(place, each)
            tests = (*known.tests, *each.tests) if known.tests and each.tests else ()
            found[place] = replace(known, tests=tuple(dict.fromkeys(tests)))
    return list(found.values())


def doubts(view: View) -> list[Question]:
    """Return the repetitions that come before anything is concluded from a failure."""
    return together(
        [
            Question(
                at=each.smallest(view.units.every),
                tests=named(each.tests),
                why="whether that was chance",
            )
        ]
        for each in view.breaks
        if view.doubted(each)
    )


def _odds(view: View, each: Break, failed: int, passed: int) -> float:
    """Return the odds that a break is chance, would it have failed and passed so often."""
    pointing = view.ranking.evidence(each.signature, each.causes) * each.odd
    return odds_of_chance(failed, passed, pointing)


def repetitions(known: Known, confidence: float) -> list[Question]:
    """Return what has to be run again until every cause is believed.

    A pass where all is to go on speaks for every cause at once, a failure for one: whatever takes
    fewer runs.
    """
    doubtful = [
        (cause, each)
        for cause in known.causes
        for each in _evidence(known.view, cause)
        if sure(_odds(known.view, each, each.failed, each.passed)) < confidence
    ]
    failing = together(_repeated(known, cause, each, confidence) for cause, each in doubtful)
    passes = [_passes_needed(known.view, each, confidence) for _, each in doubtful]
    if max(passes, default=0) >= min(len(failing), REPEATS):
        return failing
    tests = [each.tests for _, each in doubtful]
    return together(
        [Question(at=known.landing.at, tests=named(some), why=EVERY_TIME)] * max(passes)
        for some in tests
    )


def _passes_needed(view: View, each: Break, confidence: float) -> int:
    """Return how many passes more would make a cause believed, at most `REPEATS`."""
    more = 0
    while more < REPEATS and sure(_odds(view, each, each.failed, each.passed + more)) < confidence:
        more += 1
    return more


def _evidence(view: View, cause: Cause) -> Iterator[Break]:
    """Yield of the breaks of a cause that came and went together the one that speaks most clearly.

    A test that fails by chance beside a real break must be believed for what it shows itself.
    """
    groups: dict[frozenset[Bits], list[Break]] = {}
    for each in cause.breaks:
        groups.setdefault(each.seen, []).append(each)
    for those in groups.values():
        yield min(those, key=lambda each: _odds(view, each, each.failed, each.passed))


def _repeated(known: Known, cause: Cause, each: Break, confidence: float) -> Iterator[Question]:
    failed, passed = each.failed, each.passed
    for _ in range(REPEATS):
        if sure(_odds(known.view, each, failed, passed)) >= confidence:
            break
        if failed > passed + 1:
            passed, at = passed + 1, known.landing.at
        else:
            failed, at = failed + 1, cause.at
        yield Question(at=at, tests=named(each.tests), why=EVERY_TIME)


def _shaky(known: Known) -> Mapping[str, tuple[int, int, int]]:
    """Return the tests that fail by chance where it may land and not on the base.

    For each: how often it failed and passed there, and how often it passed on the base. A test that
    failed so in states which have no move in common fails by itself: no run of the base is needed.
    """
    record = known.view.record
    found: dict[str, tuple[int, int, int]] = {}
    for test, signature in sorted(record.chance, key=lambda key: (key[0], key[1].message)):
        there = record.tally(test, known.landing.at)
        states = [at for at, each in record.tallies[test].items() if each.fails[signature]]
        if there.fails[signature] and reduce(and_, states):
            passed = record.tally(test, BASE).passes
            found[test] = (there.fails[signature], there.passes, passed)
    return found


def _is_unequal(failed: int, passed: int, base: int) -> bool:
    """Whether a test fails more often than on the base, as far as can be told."""
    return failed > 1 and odds_of_same(failed, passed, base) <= UNEQUAL


def _is_rare(failed: int, passed: int, base: int) -> bool:
    """Whether a test fails so seldom that the base may well have the same chance of it."""
    return base >= ENOUGH and odds_of_same(failed, passed, base) > EQUAL


def unstable(known: Known) -> tuple[str, ...]:
    """Return the tests that fail sometimes where it may land, and never on the base."""
    return tuple(test for test, counts in _shaky(known).items() if _is_unequal(*counts))


def comparisons(known: Known) -> Iterator[Question]:
    """Yield the runs that tell whether the base has the same chance of failing."""
    left = {
        test: counts
        for test, counts in _shaky(known).items()
        if not _is_unequal(*counts) and not _is_rare(*counts)
    }
    if not left:
        return
    there = min(passed for _, passed, _ in left.values())
    base = min(passed for _, _, passed in left.values())
    for _ in range(REPEATS):
        if base <= there:
            base, at = base + 1, BASE
        else:
            there, at = there + 1, known.landing.at
        yield Question(at=at, tests=named(tuple(left)), why="whether the base fails so, too")


def baseline(record: Record) -> Baseline:
    """Return how the base did."""
    shaky = any(
        tally.passes and tally.fails
        for states in record.tallies.values()
        for at, tally in states.items()
        if at == BASE
    )
    return Baseline.FLAKY if shaky else Baseline.PASSED


def _flakes(record: Record, landing: Bits) -> Iterator[Flake]:
    for test in sorted({test for test, _ in record.chance}):
        states = [record.tally(test, at) for at in {BASE, landing}]
        failed = sum(tally.fails.total() for tally in states)
        passed = sum(tally.passes for tally in states)
        if failed and passed:
            yield Flake(test=test, rate=failed / (failed + passed), runs=failed + passed)


def _red(record: Record) -> tuple[str, ...]:
    tallies = {test: record.tally(test, BASE) for test in record.tallies}
    return tuple(test for test, tally in tallies.items() if tally.fails and not tally.passes)


def conclude(known: Known, trials: int) -> Finding:
    """Return the finding when nothing more has to be asked."""
    record = known.view.record
    shaky = unstable(known)
    if not known.is_whole:
        verdict = Verdict.REJECT
    else:
        verdict = Verdict.UNDECIDED if shaky else Verdict.ACCEPT
    reasons = [*_reasons(known), *([_shaky_reason(known, shaky)] if shaky else [])]
    return Finding(
        verdict=verdict,
        baseline=baseline(record),
        culprits=tuple(_culprits(known)),
        held=_held(known, shaky),
        accepted=frozenset() if shaky else known.view.units.moved(known.landing.at),
        flaky=tuple(each for each in _flakes(record, known.landing.at) if each.test not in shaky),
        red=_red(record),
        unstable=shaky,
        trials=trials,
        reason=" ".join(reasons),
    )


def undecided(known: Known, trials: int, reason: str) -> Finding:
    """Return the finding of a search that ends before it knows: what passed for sure may go on."""
    record = known.view.record
    return Finding(
        verdict=Verdict.UNDECIDED,
        baseline=baseline(record),
        culprits=tuple(_culprits(known)),
        held=_held(known, ()),
        accepted=known.view.units.moved(known.landing.at),
        flaky=tuple(_flakes(record, known.landing.at)),
        red=_red(record),
        trials=trials,
        reason=reason,
    )


def without_base(trials: int, baseline: Baseline, every: Moved, reason: str) -> Finding:
    """Return the finding where there is no base to compare with."""
    return Finding(
        verdict=Verdict.UNDECIDED,
        baseline=baseline,
        held=dict.fromkeys(sorted(every), "nothing to compare with"),
        trials=trials,
        reason=reason,
    )


def _culprits(known: Known) -> Iterator[Culprit]:
    view = known.view
    for cause in known.causes:
        odds = min(_odds(view, each, each.failed, each.passed) for each in cause.breaks)
        keys = view.units.moved(cause.units)
        yield Culprit(
            keys=keys,
            needed=view.units.moved(cause.at) - keys,
            confidence=sure(odds),
            failures=tuple(failure for each in cause.breaks for failure in each.failures),
            alone=_number(view.record, cause.at),
            without=_number(view.record, known.landing.at) if known.landing.at else None,
        )


def _number(record: Record, state: Bits) -> int | None:
    """Return the first trial of all tests in a state that says what is believed of it."""
    wanted = Ending.PASSED if state in record.clean else None
    runs = [run for run in record.at(state) if not run.tests]
    fitting = [run for run in runs if (run.outcome.ending is Ending.PASSED) is (wanted is not None)]
    found = fitting or runs
    return found[0].number if found else None


def _held(known: Known, shaky: Sequence[str]) -> dict[str, str]:
    """Return why each move is held that does not land."""
    units = known.view.units
    away = units.every if shaky else units.every & ~known.landing.at
    blamed: Bits = 0
    for cause in known.causes:
        blamed |= cause.units
    found: dict[str, str] = {}
    for unit in each_of(away):
        found |= dict.fromkeys(units.members[unit], _why(known, unit, blamed & away))
    return dict(sorted(found.items()))


def _why(known: Known, unit: int, blamed: Bits) -> str:
    units = known.view.units
    if blamed >> unit & 1:
        return "culprit"
    needed = units.moved(units.below[unit] & blamed)
    if needed:
        return f"needs {', '.join(sorted(needed))}"
    return "not known to pass"


def _reasons(known: Known) -> Iterator[str]:
    """Yield what is to be said beside the verdict."""
    gone = _gone(known)
    if gone:
        shown = ", ".join(gone[:3]) + (", …" if gone[3:] else "")
        yield f"{len(gone)} tests that passed on the base did not run: {shown}."


def _gone(known: Known) -> list[str]:
    """Return the tests that passed on the base and were not seen where it may land."""
    record = known.view.record
    before = frozenset().union(*(run.outcome.passed for run in record.at(BASE)))
    runs = record.at(known.landing.at)
    seen = frozenset().union(*(run.outcome.passed for run in runs))
    failed = {failure.test for run in runs for failure in run.outcome.failures}
    return sorted(before - seen - failed - {COMMAND})


def _shaky_reason(known: Known, shaky: Sequence[str]) -> str:
    failed, passed, base = _shaky(known)[shaky[0]]
    return (
        f"{shaky[0]} failed in {failed} of {failed + passed} runs and never in {base} of the base: "
        "nobody is blamed for it."
    )
