"""Forward: how far packages that are held back can move after all, towards what breaks.

Between a held package's version in the base and the one in the candidate there may be others that
pass. Which of them fit together is for a resolver to say, so nothing is assumed of it: a *cap* is
the highest version that a held package may have, a try is a cap for each, and what is told is the
version that each then *reached*.

All of them are tried at once, since they may have to move together; each goes halfway to where it
breaks, by how likely each step breaks (a major one more than a minor, that more than a patch), and
at once to the newest where that is likely enough to pass. A failure that is a culprit's own is that
package's matter alone; after one that nobody knows, all go less far, until nothing is left to try
together; then one goes at a time, further than what passed. That an older version passes where a
newer one does is a guess that only chooses what is tried: what counts is what ran.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from packaging.version import InvalidVersion, Version

from foretaste.taste.belief import is_settled
from foretaste.taste.compare import Key, Run, record_of
from foretaste.taste.finding import Finding, Verdict
from foretaste.taste.lattice import Lattice, Moved
from foretaste.taste.moves import Move
from foretaste.taste.suspicion import MAJOR, MINOR, step, why
from foretaste.taste.units import Bits

Versions = Mapping[str, str]
"""A version for each of some packages, by key of the move."""

Place = tuple[str, int]
"""One of a key's versions, by its place among them."""

MOST_TRIALS = 6
"""Runs that moving forward may cost in one check, repetitions included."""
BELIEVED = 2
"""Failures on end after which one that no culprit showed is believed."""
LIKELY = 0.2
"""The newest is tried at once where it passes so often: that ends it."""
# Chosen, not measured: what `suspicion` gives a step, stretched, since one of many steps broke it.
STEEP = {MAJOR: 30.0, MINOR: 10.0}
HEALED = 30.0
HALF = 0.5
WARNING = "Warning"
INNERMOST = "innermost frame"


class Answer(enum.Enum):
    """What came of a try; `NONE` where it could not be made, or nobody can say what it showed."""

    PASSED = "passed"
    FAILED = "failed"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of a try: the version that each key reached, and which keys a failure is due to.

    `spent` counts the runs.
    """

    answer: Answer
    reached: Versions = field(default_factory=dict)
    blamed: Moved = frozenset()
    spent: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """One search for the highest caps that pass.

    `rungs` has for each key what may be tried, the oldest first, `ends` its versions in base and
    candidate. `company` is whether others move along that no cap holds. `at` is the place of the
    highest version that passes (-1: the base); `fails` are places that fail, `gone` those that
    nothing fits together with, `doubts` those where one of these holds of one of several keys.
    `left` counts runs. `apart` is whether one key goes at a time.
    """

    rungs: Mapping[str, tuple[str, ...]]
    ends: Mapping[str, tuple[str, str]]
    left: int = MOST_TRIALS
    company: bool = False
    at: Mapping[str, int] = field(default_factory=dict)
    fails: frozenset[Place] = frozenset()
    gone: frozenset[Place] = frozenset()
    doubts: frozenset[Place] = frozenset()

    @property
    def apart(self) -> bool:
        """Whether one key goes at a time, and nobody along: together, nothing is left to try."""
        return all(self._next(key, self.doubts) < 0 for key in self.rungs)

    def ask(self) -> dict[str, str] | None:
        """Return the caps to try next, for every key that has left its base; None for the end."""
        doubts = frozenset[Place]() if self.apart else self.doubts
        nexts = {key: self._next(key, doubts) for key in sorted(self.rungs)}
        places = {key: place for key, place in nexts.items() if place >= 0}
        if not places or self.left <= 0:
            return None
        if self.apart:
            first = next(iter(places))
            places = {first: places[first]}
        places = {**self.at, **places}
        return {key: self.rungs[key][place] for key, place in sorted(places.items())}

    def tell(self, caps: Versions, told: Told) -> Forward:
        """Return what is known after a try with these caps."""
        places = {key: self.rungs[key].index(version) for key, version in caps.items()}
        asked = {key: place for key, place in places.items() if place > self._at(key)}
        reached = {key: self._reached(key, place, told) for key, place in asked.items()}
        raised = {key: place for key, place in reached.items() if place > self._at(key)}
        # Of one that went alone it is known whose it is that nothing fits, or that it fails.
        sure = self.apart or (len(asked) == 1 and not self.company)
        spent = replace(self, left=self.left - told.spent)
        known = _missed(spent, asked, reached, sure=sure)
        if told.answer is Answer.PASSED:
            return replace(known, at={**known.at, **raised})
        if told.answer is Answer.FAILED:
            return _failed(known, raised, told.blamed, sure=sure)
        return known

    def failing(self, key: str) -> tuple[str, ...]:
        """Return the versions of a key that were tried and fail, the oldest first."""
        rungs = self.rungs[key]
        return tuple(rungs[place] for place in range(len(rungs)) if (key, place) in self.fails)

    def beyond(self, key: str) -> tuple[str, ...]:
        """Return the versions of a key above the newest that passes, the candidate's the last."""
        rest = self.rungs[key][self._at(key) + 1 :]
        new = self.ends[key][1]
        return rest if new in self.rungs[key] else (*rest, new)

    def _at(self, key: str) -> int:
        return self.at.get(key, -1)

    def _reached(self, key: str, place: int, told: Told) -> int:
        """Return the place of the newest rung that is no newer than what a try came to.

        What could not be tried came to less than was asked for.
        """
        if told.answer is Answer.NONE:
            return place - 1
        version = told.reached.get(key)
        if version is None:
            return -1
        return sum(Version(rung) <= Version(version) for rung in self.rungs[key]) - 1

    def _next(self, key: str, doubts: frozenset[Place]) -> int:
        """Return the place to try next: the newest, or the one that splits what is likely; or -1."""
        at, count = self._at(key), len(self.rungs[key])
        above = self.fails | doubts
        end = min((place for each, place in above if each == key), default=count)
        open_ = [place for place in range(at + 1, end) if (key, place) not in self.gone]
        if not open_:
            return -1
        risks = self._risks(key)[at + 1 : end + 1]
        passes = {place: sum(risks[place - at :]) / sum(risks) for place in open_}
        if passes[open_[-1]] >= LIKELY:
            return open_[-1]
        return min(open_, key=lambda place: (abs(passes[place] - HALF), -place))

    def _risks(self, key: str) -> list[float]:
        """Return for each place how likely the step to it breaks; the last leads to the candidate.

        Where the candidate itself is tried, the last stands for no break at all.
        """
        old, new = self.ends[key]
        rungs = self.rungs[key]
        risks = [_risk(*each) for each in pairwise((old, *rungs, new))]
        return [*risks[:-1], HEALED] if rungs[-1] == new else risks


def _missed(
    search: Forward, asked: Mapping[str, int], reached: Mapping[str, int], *, sure: bool
) -> Forward:
    """Return what is known once keys came to less than was asked: nothing fits with the rest."""
    missed = {
        (key, each) for key, place in reached.items() for each in range(place + 1, asked[key] + 1)
    }
    if sure:
        return replace(search, gone=search.gone | missed)
    return replace(search, doubts=search.doubts | missed)


def _failed(search: Forward, raised: Mapping[str, int], blamed: Moved, *, sure: bool) -> Forward:
    """Return what is known after a failure: it is that of the blamed, else of one of all."""
    guilty = set(raised) & blamed
    failed = {(key, raised[key]) for key in guilty or raised}
    if guilty or sure:
        return replace(search, fails=search.fails | failed)
    return replace(search, doubts=search.doubts | failed)


def _risk(old: str, new: str) -> float:
    weight = step(Move(key="", old=old, new=new))
    return STEEP.get(weight, weight)


def between(versions: Iterable[str], old: str, new: str) -> tuple[str, ...]:
    """Return the versions between two others, the oldest first.

    Pre-releases are among them where the old version is one. Where one of the two is not of PEP
    440, nobody knows what lies between.
    """
    try:
        low, high = Version(old), Version(new)
    except InvalidVersion:
        return ()
    found = {}
    for text in versions:
        try:
            version = Version(text)
        except InvalidVersion:
            continue
        if low < version < high and (low.is_prerelease or not version.is_prerelease):
            found[version] = text
    return tuple(found[version] for version in sorted(found))


def culprits_held(found: Finding, lattice: Lattice) -> Moved:
    """Return the held moves that may go part of the way: those that break, and that have a way."""
    blamed = frozenset[str]().union(*(culprit.keys for culprit in found.culprits))
    return followers(found, lattice, frozenset()) & blamed


def followers(found: Finding, lattice: Lattice, culprits: Moved) -> Moved:
    """Return the other held moves that have a way: they go as far as the culprits let them."""
    moves = lattice.moves
    return frozenset(
        key
        for key in found.held
        if moves[key].old is not None and moves[key].new is not None and not moves[key].builds
    ) - frozenset(culprits)


def is_worth_it(found: Finding, runs: Sequence[Run]) -> bool:
    """Whether a pass would tell that something passes: not where what breaks does so by chance."""
    if found.verdict is not Verdict.REJECT or found.unstable:
        return False
    broken = {
        (failure.test, failure.signature)
        for culprit in found.culprits
        for failure in culprit.failures
    }
    return bool(broken) and not broken & record_of(runs).chance


def rungs_of(
    found: Finding,
    lattice: Lattice,
    ways: Mapping[str, Sequence[str]],
    owners: Mapping[str, str],
) -> dict[str, tuple[str, ...]]:
    """Return what may be tried of each held culprit; `ways` has what lies between.

    A culprit that fails in the code of another one, which moves as well, may go all the way: what
    it broke is then no longer there (`culprits.md`: jinja2 3.0.3 and markupsafe 2.1.1).
    """
    keys = culprits_held(found, lattice)
    moving = {key for key in keys if ways.get(key)}
    rungs = {}
    for key in sorted(keys):
        way = tuple(ways.get(key, ()))
        if _is_in_code_of(found, key, moving - {key}, owners):
            way = (*way, str(lattice.moves[key].new))
        if way:
            rungs[key] = way
    return rungs


def _is_in_code_of(
    found: Finding, key: str, others: Iterable[str], owners: Mapping[str, str]
) -> bool:
    failures = [
        failure for culprit in found.culprits if key in culprit.keys for failure in culprit.failures
    ]
    places = [
        any(INNERMOST in why(failure, other, owners) for other in others) for failure in failures
    ]
    return bool(places) and all(places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What the runs of a state showed so far.

    `answer` is None while it has to be run again: the tests `again`, all where none is named.
    `broken` is what fails.
    """

    answer: Answer | None
    again: tuple[str, ...] = ()
    broken: tuple[Key, ...] = ()


def judged(runs: Sequence[Run], at: Bits, known: frozenset[Key]) -> Judged:
    """Return whether a state passes, compared with the base as the search compares.

    `known` are the culprits' own failures: those are believed at once, and so is what cannot be
    otherwise in another run, such as a warning that is an error to the project.
    """
    record = record_of(runs)
    if at in record.clean:
        return Judged(answer=Answer.PASSED)
    if at in record.unclear:
        return Judged(answer=None, again=record.unclear[at])
    broken = record.regressions.get(at, ())
    if not broken:
        return Judged(answer=None)
    sure = tuple(
        (test, signature)
        for test, signature in broken
        if (test, signature) in known
        or is_settled(signature)
        or signature.type.endswith(WARNING)
        or record.tally(test, at).fails[signature] >= BELIEVED
    )
    if sure:
        return Judged(answer=Answer.FAILED, broken=sure)
    return Judged(answer=None, again=tuple(dict.fromkeys(test for test, _ in broken)))


def failures_of(found: Finding, keys: Moved) -> dict[str, frozenset[Key]]:
    """Return how each of these culprits fails, as it is recognised again."""
    return {
        key: frozenset(
            (failure.test, failure.signature)
            for culprit in found.culprits
            if key in culprit.keys
            for failure in culprit.failures
        )
        for key in keys
    }
