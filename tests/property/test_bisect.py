"""The law of a bisection: whatever the history, the break is found or among those that are named."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from hypothesis import given
from hypothesis import strategies as st

from foretaste.taste.bisect import Answer, Bisected, Bisection, Span, span_of

MOST = 40


@st.composite
def histories(draw: st.DrawFn) -> list[tuple[str, Sequence[str]]]:
    """Draw commits with one or two parents each, all of which the last one has."""
    size = draw(st.integers(1, MOST))
    parents: list[set[int]] = [set() for _ in range(size)]
    for child in range(1, size):
        parents[child] = draw(st.sets(st.integers(0, child - 1), min_size=0, max_size=2))
    childless = set(range(size - 1)) - {each for given in parents for each in given}
    parents[-1] |= childless
    return [(f"c{each}", [f"c{one}" for one in sorted(parents[each])]) for each in range(size)]


def has(span: Span, commit: str, ancestor: str) -> bool:
    """Whether a commit of the span has another among its ancestors, or is it."""
    bit = 1 << span.commits.index(ancestor)
    return bool(span.before.get(commit, 0) & bit)


def answered(
    span: Span, truth: Mapping[str, Answer], slots: int = 1, repeats: int = 1
) -> tuple[Bisected, int]:
    """Bisect with so many trials at once, the latest started answering first; count the trials."""
    state = Bisection(span=span, repeats=repeats)
    running: list[str] = []
    trials = 0
    while True:
        while len(running) < slots and (asked := state.ask(running)) is not None:
            assert asked not in running
            running.append(asked)
            trials += 1
        if not running:
            return state.result(), trials
        commit = running.pop()
        state = state.tell(commit, truth[commit])


def truth_of(span: Span, culprit: str, unclear: frozenset[str] = frozenset()) -> dict[str, Answer]:
    """Say of each commit, and of the old release's, how its trial comes out."""
    truth = {span.old: Answer.PASSED}
    for commit in span.commits:
        answer = Answer.BROKEN if has(span, commit, culprit) else Answer.PASSED
        truth[commit] = Answer.UNCLEAR if commit in unclear else answer
    return truth


@given(histories(), st.data(), st.integers(1, 4), st.integers(1, 3))
def test_the_break_is_found_in_any_history(
    history: list[tuple[str, Sequence[str]]], data: st.DataObject, slots: int, repeats: int
) -> None:
    span = span_of(history, "old", history[-1][0])
    culprit = data.draw(st.sampled_from(span.commits))

    found, _ = answered(span, truth_of(span, culprit), slots, repeats)

    assert found.commits == (culprit,)
    assert found.found


@given(histories(), st.data(), st.integers(1, 4))
def test_the_break_is_among_those_that_are_named(
    history: list[tuple[str, Sequence[str]]], data: st.DataObject, slots: int
) -> None:
    span = span_of(history, "old", history[-1][0])
    culprit = data.draw(st.sampled_from(span.commits))
    unclear = data.draw(st.frozensets(st.sampled_from(span.commits))) - {span.new}
    truth = truth_of(span, culprit, unclear)

    found, trials = answered(span, truth, slots)

    assert culprit in found.commits
    assert set(found.unclear) <= unclear
    assert found.found or set(found.unclear)
    assert trials <= len(truth)
    for commit in set(found.commits) - {culprit} - unclear:
        # Any other that is named is one that shows the break, and could not be told from it.
        assert truth[commit] is Answer.BROKEN


@given(st.integers(1, 200), st.data(), st.integers(1, 3))
def test_a_straight_line_takes_no_more_than_halving_does(
    size: int, data: st.DataObject, repeats: int
) -> None:
    history = [(f"c{each}", [f"c{each - 1}"]) for each in range(size)]
    span = span_of(history, "old", history[-1][0])
    place = data.draw(st.integers(0, size - 1))

    found, trials = answered(span, truth_of(span, f"c{place}"), repeats=repeats)

    assert found.commits == (f"c{place}",)
    steps = math.ceil(math.log2(size))
    # The two ends come first; a commit that passes is never tried twice.
    assert trials <= (1 + steps) * repeats + 1


@given(st.integers(2, 100), st.data())
def test_a_stretch_that_does_not_build_is_jumped_over(size: int, data: st.DataObject) -> None:
    history = [(f"c{each}", [f"c{each - 1}"]) for each in range(size)]
    span = span_of(history, "old", history[-1][0])
    first = data.draw(st.integers(0, size - 2))
    last = data.draw(st.integers(first, size - 2))
    culprit = data.draw(st.integers(0, size - 1).filter(lambda at: not first <= at <= last + 1))
    unclear = frozenset(f"c{each}" for each in range(first, last + 1))

    found, _ = answered(span, truth_of(span, f"c{culprit}", unclear))

    assert found.commits == (f"c{culprit}",)


@given(st.integers(2, 60), st.data())
def test_a_break_that_comes_and_goes_is_one_that_the_commit_before_has_not(
    size: int, data: st.DataObject
) -> None:
    history = [(f"c{each}", [f"c{each - 1}"]) for each in range(size)]
    span = span_of(history, "old", history[-1][0])
    truth = {f"c{each}": data.draw(st.sampled_from([Answer.PASSED, Answer.BROKEN]))
             for each in range(size - 1)}  # fmt: skip
    truth |= {"old": Answer.PASSED, span.new: Answer.BROKEN}

    found, _ = answered(span, truth, slots=3)

    assert found.found
    place = span.commits.index(found.commits[0])
    assert truth[span.commits[place]] is Answer.BROKEN
    assert place == 0 or truth[span.commits[place - 1]] is Answer.PASSED
