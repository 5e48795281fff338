"""Whoever waits is told what is tried, and what came of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.report.check.progress import moving, no_further, tried, trying, trying_part
from foretaste.taste.moves import Move
from foretaste.taste.outcome import COMMAND, Ending, Outcome
from tests.unit.report.check import found

EVERY = frozenset({"a", "b", "c", "d", "e", "f"})


@pytest.mark.parametrize(
    ("moves", "line"),
    [
        ((), "nothing newer is allowed"),
        ((("click", "7", "8"),), "1 package can move: click 7 → 8"),
        ((("a", None, "1"), ("b", "1", None)), "2 packages can move: a ∅ → 1, b 1 → ∅"),
        (
            tuple((name, "1", "2") for name in sorted(EVERY)),
            "6 packages can move: a 1 → 2, b 1 → 2, c 1 → 2, d 1 → 2 and 2 more",
        ),
    ],
)
def test_it_is_told_what_can_move(
    moves: tuple[tuple[str, str | None, str | None], ...], line: str
) -> None:
    assert moving([Move(key=key, old=old, new=new) for key, old, new in moves]) == line


@pytest.mark.parametrize(
    ("moved", "tests", "line"),
    [
        ("", (), "trial 3: the base"),
        ("abcdef", (), "trial 3: the candidate, with everything moved"),
        ("abcde", (), "trial 3: the candidate without f"),
        ("ab", (), "trial 3: the base with a, b"),
        ("", ("t::a", "t::b"), "trial 3: the base, t::a and 1 more only"),
        ("a", (COMMAND,), "trial 3: the base with a, the test command only"),
    ],
)
def test_it_is_told_what_a_trial_tries(moved: str, tests: tuple[str, ...], line: str) -> None:
    assert trying(3, frozenset(moved), EVERY, tests) == line


def test_it_is_told_what_goes_part_of_the_way() -> None:
    part = ("jinja2 3.0.3", "markupsafe 2.1.1")

    assert trying_part(7, part) == "trial 7: part of the way, with jinja2 3.0.3, markupsafe 2.1.1"
    assert trying_part(8, part[:1], ("t::a",)).endswith("with jinja2 3.0.3, t::a only")
    assert (
        no_further("the index\nis away")
        == "what is held back is tried no further: the index is away"
    )


@pytest.mark.parametrize(
    ("outcome", "line"),
    [
        (Outcome(ending=Ending.PASSED, seconds=2.1), "trial 3: passed in 2.1 s"),
        (
            Outcome(ending=Ending.PASSED, passed=frozenset({"t"}), seconds=2.1),
            "trial 3: passed in 2.1 s, 1 test",
        ),
        (
            Outcome(ending=Ending.PASSED, counted=47, seconds=2.1),
            "trial 3: passed in 2.1 s, 47 tests",
        ),
        (
            Outcome(ending=Ending.FAILED, failures=(found.failure(message="no"),), seconds=0.5),
            "trial 3: failed in 0.5 s: ImportError: no",
        ),
        (
            Outcome(ending=Ending.HUNG, failures=(found.failure(message="no"),) * 3, seconds=60),
            "trial 3: hung in 1 min 0 s: ImportError: no, and 2 tests more",
        ),
        (Outcome(ending=Ending.FAILED), "trial 3: failed in 0.0 s"),
        (Outcome(ending=Ending.LOST, why="gone"), "trial 3: lost, which says nothing: gone"),
        (Outcome(ending=Ending.LOST), "trial 3: lost, which says nothing: no reason was given"),
    ],
)
def test_it_is_told_what_came_of_a_trial(outcome: Outcome, line: str) -> None:
    assert tried(3, outcome) == line


@given(st.text())
def test_a_line_is_one_line(text: str) -> None:
    lost = Outcome(ending=Ending.LOST, why=text)
    for line in (
        moving([Move(key=text, old=text, new=None)]),
        trying(1, frozenset({text}), EVERY, (text,)),
        tried(1, lost),
    ):
        assert line.isprintable()
