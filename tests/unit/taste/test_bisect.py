"""A bisection's answers: what a trial says, what the ends say, what is left when it is over."""

from __future__ import annotations

import pytest

from foretaste.taste.bisect import Answer, Bisection, answer_to, span_of
from foretaste.taste.outcome import Ending, Failure, Outcome, Signature

LINE = [("a", []), ("b", ["a"]), ("c", ["b"]), ("d", ["c"])]
WANTED = Failure(test="t", signature=Signature(type="ImportError", message="no escape"))
OTHER = Failure(test="t", signature=Signature(type="OSError", message="disk"))


def begun(fork: str = "", repeats: int = 1) -> Bisection:
    return Bisection(span=span_of(LINE, "old", "d", fork), repeats=repeats)


def failed(*failures: Failure, passed: frozenset[str] = frozenset()) -> Outcome:
    return Outcome(ending=Ending.FAILED, failures=failures, passed=passed)


@pytest.mark.parametrize(
    ("outcome", "answer"),
    [
        (Outcome(ending=Ending.PASSED), Answer.PASSED),
        (Outcome(ending=Ending.LOST, why="the disk is full"), Answer.UNCLEAR),
        (failed(WANTED), Answer.BROKEN),
        (failed(OTHER), Answer.UNCLEAR),
        (failed(OTHER, WANTED), Answer.BROKEN),
        (failed(Failure(test="u", signature=OTHER.signature)), Answer.UNCLEAR),
        (
            failed(Failure(test="u", signature=OTHER.signature), passed=frozenset({"t"})),
            Answer.PASSED,
        ),
        (Outcome(ending=Ending.HUNG, failures=(WANTED,)), Answer.BROKEN),
    ],
)
def test_only_the_failure_that_is_looked_for_counts(outcome: Outcome, answer: Answer) -> None:
    assert answer_to(outcome, [WANTED]) is answer


def test_the_ends_come_first_and_nothing_else_beside_them() -> None:
    state = begun(fork="base")

    assert state.ask() == "d"
    assert state.ask(["d"]) == "old"
    assert state.ask(["d", "old"]) == "base"
    assert state.ask(["d", "old", "base"]) is None


@pytest.mark.parametrize(
    ("commit", "answer", "why"),
    [
        ("d", Answer.PASSED, "the commit of the new release does not show"),
        ("d", Answer.UNCLEAR, "the commit of the new release cannot be built"),
        ("old", Answer.BROKEN, "the commit of the old release shows the failure, too"),
        ("base", Answer.BROKEN, "older than where the releases' lines parted"),
    ],
)
def test_an_end_that_is_not_as_its_release_ends_it(commit: str, answer: Answer, why: str) -> None:
    state = begun(fork="base").tell(commit, answer)

    assert state.ask() is None
    assert state.result().commits == ()
    assert why in state.result().why


def test_an_old_release_that_cannot_be_built_counts_as_its_files_do() -> None:
    state = begun().tell("d", Answer.BROKEN).tell("old", Answer.UNCLEAR)

    assert state.most() == 2
    assert state.ask() == "b"
    state = state.tell("b", Answer.PASSED)
    assert state.ask() == "c"
    state = state.tell("c", Answer.BROKEN)
    assert state.ask() is None
    assert state.result().commits == ("c",)
    assert state.result().why == ""


def test_a_break_is_believed_when_it_was_there_each_time() -> None:
    state = begun(repeats=2).tell("d", Answer.BROKEN)

    assert state.ask() == "d"
    assert state.tell("d", Answer.BROKEN).ask() == "old"
    assert state.tell("d", Answer.PASSED).ask() is None


def test_what_runs_beside_splits_what_is_left() -> None:
    state = begun().tell("d", Answer.BROKEN).tell("old", Answer.PASSED)

    assert state.ask() == "b"
    assert state.ask(["b"]) == "a"
    assert state.ask(["b", "a"]) == "c"
    assert state.ask(["b", "a", "c"]) is None


def test_commits_that_cannot_be_tried_are_named() -> None:
    state = begun().tell("d", Answer.BROKEN).tell("old", Answer.PASSED)
    for commit in ("b", "c"):
        state = state.tell(commit, Answer.UNCLEAR)
    state = state.tell("a", Answer.PASSED)

    assert state.ask() is None
    assert state.result().commits == ("b", "c", "d")
    assert state.result().unclear == ("b", "c")
    assert not state.result().found
    assert state.result().why == "2 commits between could not be tried"


def test_a_result_that_is_asked_for_early_says_so() -> None:
    assert begun().result().why == "not done"
    assert begun().most() == 2


def test_answers_that_no_single_break_gives_are_said_to_be_so() -> None:
    history = [("a", []), ("b", []), ("c", []), ("d", ["a", "b", "c"])]
    state = Bisection(span=span_of(history, "old", "d"))
    for commit, answer in {
        "d": Answer.BROKEN, "old": Answer.PASSED, "a": Answer.BROKEN, "b": Answer.BROKEN,
    }.items():  # fmt: skip
        state = state.tell(commit, answer)

    assert state.ask() is None
    assert state.result().why == "the answers do not fit a single break"
    assert state.most() == 0
