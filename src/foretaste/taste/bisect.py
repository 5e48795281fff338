"""Bisect: the first commit of an upstream that breaks what the one before did not.

Between two releases lie the commits that the new one has and the old one has not. One of them is
looked for: the *break*, which every commit that has it among its ancestors shows. Trials are asked
for and answers are told, as in `isolate`; nothing is run here.

The two releases' own commits are tried first, since what a tag holds need not be what was
uploaded. Where a break was mended and came again, it is one after every commit that passed.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from foretaste.taste.outcome import Ending, Failure, Outcome


class Answer(enum.Enum):
    """What one trial of a commit says of it; `UNCLEAR` for one that cannot be built or tried."""

    PASSED = "passed"
    BROKEN = "broken"
    UNCLEAR = "unclear"


def answer_to(outcome: Outcome, wanted: Sequence[Failure]) -> Answer:
    """Return what a trial says of the failure that is looked for, and of nothing else.

    A commit that fails in another way tells nothing of this one: the tests that are wanted may
    not have been reached.
    """
    if outcome.ending is Ending.LOST:
        return Answer.UNCLEAR
    if outcome.ending is Ending.PASSED:
        return Answer.PASSED
    seen = {(failure.test, failure.signature) for failure in outcome.failures}
    if seen & {(failure.test, failure.signature) for failure in wanted}:
        return Answer.BROKEN
    tests = {failure.test for failure in wanted}
    return Answer.PASSED if tests <= outcome.passed else Answer.UNCLEAR


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The commits that the release `new` has and `old` has not, parents before children.

    `before` holds for each, as bits in the order of `commits`, the commit itself with its
    ancestors here: thousands of commits are compared in every step. `fork` is where the two
    releases' lines parted, "" where `old` is an ancestor of `new`.
    """

    old: str
    new: str
    commits: tuple[str, ...]
    before: Mapping[str, int]
    fork: str = ""

    @property
    def ends(self) -> tuple[str, ...]:
        """The commits that are tried before any other."""
        return (self.new, self.old, self.fork) if self.fork else (self.new, self.old)


def span_of(
    commits: Iterable[tuple[str, Sequence[str]]], old: str, new: str, fork: str = ""
) -> Span:
    """Return the span of commits, each given with its parents, parents before children.

    `new` is the last, and has all of them among its ancestors. Parents that are not among them
    are passed over: `old` has them.
    """
    before: dict[str, int] = {}
    order: list[str] = []
    for commit, parents in commits:
        bits = 1 << len(order)
        for parent in parents:
            bits |= before.get(parent, 0)
        before[commit] = bits
        order.append(commit)
    return Span(old=old, new=new, commits=tuple(order), before=before, fork=fork)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bisection:
    """What is known so far; `tell` gives what is known after another trial.

    A commit is believed to be broken when `repeats` trials of it were; a single one that passed
    tells that it is not, since a break that is really there shows every time.
    """

    span: Span
    repeats: int = 1
    answers: Mapping[str, Answer] = field(default_factory=dict)
    failed: Mapping[str, int] = field(default_factory=dict)

    def tell(self, commit: str, answer: Answer) -> Bisection:
        """Return what is known when a trial of the commit has answered."""
        if answer is Answer.BROKEN:
            failed = self.failed.get(commit, 0) + 1
            counted = replace(self, failed={**self.failed, commit: failed})
            if failed < self.repeats:
                return counted
            return replace(counted, answers={**self.answers, commit: answer})
        return replace(self, answers={**self.answers, commit: answer})

    def ask(self, running: Collection[str] = ()) -> str | None:
        """Return the commit to try next, beside those that are being tried; None for none.

        None is the end where nothing is running: `result` then says what was found.
        """
        if self._stopped():
            return None
        waiting = [end for end in self.span.ends if end not in self.answers]
        if waiting:
            return next((end for end in waiting if end not in running), None)
        for part in self._parts(running):
            found = self._middle(part, running)
            if found is not None:
                return found
        return None

    def result(self) -> Bisected:
        """Return what was found; complete when `ask` has nothing more and nothing is running."""
        why = self._stopped()
        if why:
            return Bisected(commits=(), why=why)
        left = tuple(self._named(self._left()))
        unclear = tuple(each for each in left if self.answers.get(each) is Answer.UNCLEAR)
        if not left:
            return Bisected(commits=(), why="the answers do not fit a single break")
        if len(left) > 1:
            why = f"{len(unclear)} commits between could not be tried" if unclear else "not done"
        return Bisected(commits=left, unclear=unclear, why=why)

    def most(self) -> int:
        """Return how many commits would be tried from here on if all of them could be."""
        return (self._left().bit_count() - 1).bit_length() if self._left() else 0

    def _stopped(self) -> str:
        """Return why the ends already say that no break between them can be found."""
        new = self.answers.get(self.span.new)
        if new is Answer.PASSED:
            return "the commit of the new release does not show the failure of its files"
        if new is Answer.UNCLEAR:
            return "the commit of the new release cannot be built and tried"
        if self.answers.get(self.span.old) is Answer.BROKEN:
            return "the commit of the old release shows the failure, too"
        if self.span.fork and self.answers.get(self.span.fork) is Answer.BROKEN:
            return (
                "the break is older than where the releases' lines parted: "
                "it was mended on the old one's only"
            )
        return ""

    def _left(self) -> int:
        """Return, as bits, the commits that can be the break."""
        fine = 0
        for commit in self._answered(Answer.PASSED):
            fine |= self.span.before[commit]
        left = (1 << len(self.span.commits)) - 1
        for commit in self._answered(Answer.BROKEN):
            # One that a commit which passes has was mended on the way.
            if not fine & self._bit(commit):
                left &= self.span.before[commit]
        return left & ~fine

    def _answered(self, answer: Answer) -> Iterator[str]:
        given = self.span.before
        return (each for each, told in self.answers.items() if told is answer and each in given)

    def _bit(self, commit: str) -> int:
        """Return the commit's own bit: in the order, it is its ancestors' last."""
        return 1 << (self.span.before[commit].bit_length() - 1)

    def _named(self, bits: int) -> Iterator[str]:
        while bits:
            lowest = bits & -bits
            yield self.span.commits[lowest.bit_length() - 1]
            bits ^= lowest

    def _parts(self, running: Collection[str]) -> list[int]:
        """Return the parts into which what is running splits what is left, the largest first."""
        parts = [self._left()]
        for commit in sorted(running):
            before = self.span.before.get(commit, 0)
            parts = [part for each in parts for part in (each & before, each & ~before) if part]
        return sorted(parts, key=lambda part: (-part.bit_count(), part))

    def _middle(self, part: int, running: Collection[str]) -> str | None:
        """Return the commit that splits a part best, away from those that could not be tried.

        Commits that do not build mostly lie side by side. So with each of them the aim goes to
        another place, as in the sequence 1/2, 1/4, 3/4, 1/8, ... (van der Corput).
        """
        named = list(self._named(part))
        if len(named) == 1:
            # Were the break in this part, it would be this one: no trial could tell more.
            return None
        open_ = [each for each in named if each not in self.answers and each not in running]
        if not open_:
            return None
        unclear = sum(self.answers.get(each) is Answer.UNCLEAR for each in named)
        aim = len(named) * _spread(unclear + 1)
        weights = {each: (self.span.before[each] & part).bit_count() for each in open_}
        return min(open_, key=lambda each: abs(weights[each] - aim))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bisected:
    """The break: one commit, or those among which it could not be told, parents first.

    `unclear` are those of them that could not be tried. Where there is no commit, or more than
    one, `why` says it.
    """

    commits: tuple[str, ...]
    unclear: tuple[str, ...] = ()
    why: str = ""

    @property
    def found(self) -> bool:
        """Whether it is one commit."""
        return len(self.commits) == 1


def _spread(number: int) -> float:
    """Return the numberth place in the sequence 1/2, 1/4, 3/4, 1/8, 5/8, 3/8, 7/8, ..."""
    place, step = 0.0, 0.5
    while number:
        place += step * (number & 1)
        number >>= 1
        step /= 2
    return place
