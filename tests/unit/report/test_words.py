"""Every cause and step has its sentence, whole, on one line, with nothing left to fill in."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.core.cause import Blame, Cause, Explanation
from foretaste.core.names import BuildId, ChangeId
from foretaste.core.reasons import Reason, Standing
from foretaste.core.told import Step, Told
from foretaste.report.phrases import changes, detail, duration, listed, number, size
from foretaste.report.storyline import STEPS, storyline
from foretaste.report.words import SENTENCES, blame_sentence, what_next, why

A = ChangeId("12")
BLAME = Blame(
    cause=Cause.TESTS_FAILED,
    builds=("tests[3.11][10,12]",),
    build=BuildId("b7"),
    tests=("t::one",),
    paths=("a.txt",),
    detail="it said no.",
    count=3,
)
SAID = Explanation(
    change=A,
    standing=Standing.QUEUED,
    cause=Cause.BUILDING,
    blame=BLAME,
    because=ChangeId("10"),
    others=(ChangeId("10"), ChangeId("11")),
    names=("tests", "lint"),
    detail="it said no.",
    count=2,
    limit=3,
    place="web",
    project="flask",
    branch="main",
    revision=4,
    commit="0123456789abcdef",
)
SENTENCE = re.compile(r"[^\n{}]+\.")


@pytest.mark.parametrize("cause", Cause)
def test_every_cause_says_why_and_what_next(cause: Cause) -> None:
    said = replace(SAID, cause=cause, blame=replace(BLAME, cause=Cause.TESTS_FAILED))
    bare = Explanation(
        change=A,
        standing=Standing.OPEN,
        cause=cause,
        blame=replace(BLAME, tests=("t",)),
        project="flask",
        branch="main",
        place="web",
        names=("M",),
        commit="01",
    )

    for one in (said, bare):
        assert SENTENCE.fullmatch(why(one)), why(one)
        assert SENTENCE.fullmatch(what_next(one)), what_next(one)
        assert ".." not in why(one)
        assert "  " not in why(one)


def test_the_vocabulary_has_every_cause_and_step_once() -> None:
    assert set(SENTENCES) == set(Cause)
    assert set(STEPS) == set(Step)
    assert len({sentences.why for sentences in SENTENCES.values()}) == len(SENTENCES)


@pytest.mark.parametrize("step", Step)
def test_every_step_has_its_sentence(step: Step) -> None:
    full = Told(
        step=step,
        by="ann",
        others=(ChangeId("10"),),
        gone=(ChangeId("11"),),
        names=("tests",),
        label="tests[10,12]",
        seconds=75.0,
        tests=12,
        reason=Reason.DEPENDENCY_WAITS,
        blame=BLAME,
        detail="it said no",
        commit="0123456789abcdef",
        place="web",
        count=2,
        build=BuildId("b7"),
    )
    for told in (full, Told(step=step, blame=BLAME)):
        (line,) = storyline(A, (told,))
        assert SENTENCE.fullmatch(line.text), line.text
        assert line.code == step.value


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        (
            Reason.DEPENDENCY_WAITS,
            "It does not enter a queue: it needs change 10, which cannot enter yet.",
        ),
        (Reason.LANDING_REFUSED, "It does not enter a queue: LANDING_REFUSED."),
        (None, "It does not enter a queue: no reason was given."),
    ],
)
def test_a_reason_to_wait_is_worded_or_shown_as_its_code(reason: Reason | None, text: str) -> None:
    told = Told(step=Step.WAITED, reason=reason, others=(ChangeId("10"),))

    assert [line.text for line in storyline(A, (told,))] == [text]


@given(st.text(), st.sampled_from(Cause))
def test_what_comes_from_outside_stays_on_its_line(text: str, cause: Cause) -> None:
    said = replace(
        SAID,
        cause=cause,
        names=(text,),
        detail=text,
        place=text,
        project=text,
        branch=text,
        blame=replace(BLAME, tests=(text,), paths=(text,), detail=text, builds=(text,)),
    )

    for sentence in (why(said), what_next(said)):
        assert sentence.isprintable()


def test_a_blame_stands_by_itself() -> None:
    assert blame_sentence(A, BLAME) == "tests[3.11][10,12] failed: t::one."
    lost = replace(BLAME, cause=Cause.ATTEMPTS_EXHAUSTED, count=0)
    assert "again and again" in blame_sentence(A, lost)
    needed = Blame(cause=Cause.NEED_FAILED, because=ChangeId("10"))
    assert blame_sentence(A, needed) == "It needs change 10, which failed or left."
    silent = Blame(cause=Cause.JOB_FAILED, count=2)
    assert blame_sentence(A, silent) == "A required job failed with exit status 2."


def test_every_mistake_of_a_configuration_is_told() -> None:
    mistakes = "\n".join(f"pyproject.toml:{line}: there is no such key" for line in range(40))
    broken = Blame(cause=Cause.CONFIG_BROKEN, detail=mistakes)

    told = blame_sentence(A, broken)

    assert told.count("there is no such key") == 40
    assert "pyproject.toml:0: there is no such key · pyproject.toml:1: " in told
    assert detail(mistakes).endswith("…")


@pytest.mark.parametrize(
    ("names", "text"),
    [
        ([], ""),
        (["a"], "a"),
        (["a", "b"], "a and b"),
        (["a", "b", "c"], "a, b and c"),
        (["a", "b", "c", "d", "e"], "a, b, c and 2 more"),
    ],
)
def test_names_are_listed_as_people_list_them(names: list[str], text: str) -> None:
    assert listed(names) == text


def test_phrases_are_grammatical() -> None:
    assert (changes([]), changes(["1"]), changes(["1", "2"])) == ("", "change 1", "changes 1 and 2")
    assert (number(1, "test"), number(0, "test"), number(2, "day off", "days off")) == (
        "1 test",
        "0 tests",
        "2 days off",
    )
    assert (detail(""), detail("why.\n not"), detail("x" * 400)[-1]) == ("", ": why. · not", "…")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.04, "0.0 s"), (9.96, "10.0 s"), (12.4, "12 s"), (200, "3 min 20 s"), (7500, "2 h 5 min")],
)
def test_a_time_span_is_short(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1500, "1.5 kB"),
        (64 * 10**6, "64.0 MB"),
        (5 * 10**12, "5000.0 GB"),
    ],
)
def test_a_size_is_short(count: int, text: str) -> None:
    assert size(count) == text
