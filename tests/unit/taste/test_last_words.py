"""Doctests, pytest's summaries, warnings and the last words of a command are read from a log."""

from __future__ import annotations

import pytest

from foretaste.taste.doctests import Example, difference, examples_in
from foretaste.taste.endings import last_words, says_no_tests, signal_of
from foretaste.taste.summaries import Told, summary_in
from foretaste.taste.warned import WARNINGS, warnings_in

STARS = "*" * 70


def test_examples_that_failed_are_found() -> None:
    log = (
        f'{STARS}\nFile "m.py", line 4, in m.f\nFailed example:\n    f()\nExpected:\n    2\n'
        f'Got:\n    1\n    more\n{STARS}\nFile "m.py", line 9, in m.g\nFailed example:\n    g()\n'
        f"Expected nothing\nGot:\n    3\n{STARS}\n2 items had failures:\n   1 of   1 in m.f\n"
    )
    first, second = examples_in(log)

    assert (first.test, second.test) == ("m.f", "m.g")
    assert difference(first) == "f(): expected 2, got 1 more"
    assert difference(second) == "g(): expected nothing, got 3"
    assert STARS not in first.text


def test_a_line_of_stars_alone_is_no_example() -> None:
    assert list(examples_in(f"{STARS}\nhello\n{STARS}")) == []
    assert difference(Example(test="m", text="")) == ": expected nothing, got nothing"


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (0, ""),
        (1, ""),
        (-11, "Segmentation fault"),
        (139, "Segmentation fault"),
        (-9, "Killed"),
        (137, "Killed"),
        (-6, "Aborted"),
        (-40, "Signal 40"),
        (128, ""),
        (255, ""),
        (-200, ""),
    ],
)
def test_a_status_may_be_a_signal(status: int, name: str) -> None:
    assert signal_of(status) == name


def test_no_tests_is_told_by_status_and_words() -> None:
    assert says_no_tests(5, "=== no tests ran in 0.01s ===")
    assert says_no_tests(5, "Ran 0 tests in 0.000s\n\nNO TESTS RAN")
    assert not says_no_tests(5, "error 5")
    assert not says_no_tests(1, "no tests ran")


def test_last_words_are_lines_that_say_something() -> None:
    log = "one\ntwo\n  three \n-----\nmake: *** [test] Error 1\n[foretaste] stacks\n\nfour\n***\n"

    assert last_words(log) == ("four", "three", "two")
    assert last_words("") == ()


def test_the_last_words_of_pytest_are_what_it_does_not_know() -> None:
    log = "ERROR: usage: x\nx: error: unrecognized arguments: --cov\n  inifile: /a\n  rootdir: /\n"

    assert last_words(log)[0] == "x: error: unrecognized arguments: --cov"


def test_a_summary_names_tests_and_what_was_raised() -> None:
    log = """\
=================================== ERRORS ====================================
_________________ ERROR collecting tests/test_gone.py _________________
tests/test_gone.py:1: in <module>
    from dep import gone
E   ImportError: cannot import name 'gone'
=================================== FAILURES ===================================
_________________ C.test_a[x - y] _________________
>       raise ValueError("long words that the summary cuts")
E       ValueError: long words that the summary cuts

test_a.py:15: ValueError
_________________ ERROR at setup of test_b _________________
E       fixture 'gone' not found
____________ summary ____________
=========================== short test summary info ============================
FAILED test_a.py::C::test_a[x - y] - ValueError: long words th...
ERROR test_a.py::test_b - fixture 'gone' not found
FAILED test_a.py::test_c - AssertionError: 1
FAILED test_a.py::test_c - AssertionError: again
ERROR tests/test_gone.py
something else
=============== 2 failed, 12 passed, 1 warning, 2 errors in 0.65s ===============
FAILED not::inside - X: a summary
3 passed in 0.10s
"""
    summary = summary_in(log)

    assert summary.passed == 15
    found = dict(summary.failed)
    assert [*found] == [
        "test_a.py::C::test_a[x - y]",
        "test_a.py::test_b",
        "test_a.py::test_c",
        "tests/test_gone.py",
    ]
    first = found["test_a.py::C::test_a[x - y]"]
    assert (first.type, first.message) == ("ValueError", "long words that the summary cuts")
    assert "test_a.py:15: ValueError" in first.text
    assert found["test_a.py::test_b"].type == "Failed"
    assert found["test_a.py::test_b"].message == "fixture 'gone' not found"
    assert found["test_a.py::test_c"] == Told(type="AssertionError", message="1", text="")
    assert found["tests/test_gone.py"].type == "ImportError"


def test_a_summary_that_is_cut_off_is_read_to_there() -> None:
    summary = summary_in(
        "__ x ___\n___ test_a ___\n== short test summary info ==\nFAILED a::test_a"
    )

    assert [test for test, _ in summary.failed] == ["a::test_a"]
    assert summary.passed == 0


def test_a_section_at_the_end_of_a_log_is_read_to_there() -> None:
    log = "== short test summary info ==\nFAILED a.py::test_a\n___ test_a ___\nE   KeyError: 3"

    assert summary_in(log).failed[0][1].type == "KeyError"


def test_warnings_are_told_once_and_without_lines() -> None:
    log = """\
/env/lib/python3.9/site-packages/dep/x.py:12: DeprecationWarning: f() is going away
  warnings.warn("f() is going away")
/env/lib/python3.9/site-packages/dep/x.py:99: DeprecationWarning: f() is going away
  /job/work/a.py:3: sqlalchemy.exc.MovedIn20Warning: at 0x7f00
/usr/lib/python3.9/json/__init__.py:3: UserWarning
Warning: nothing of it
"""
    assert warnings_in(log) == (
        "dep/x.py: DeprecationWarning: f() is going away",
        "./a.py: sqlalchemy.exc.MovedIn20Warning: at 0x…",
        "<python>: UserWarning: ",
    )


def test_of_very_many_warnings_the_first_are_told() -> None:
    log = "\n".join(f"a.py:1: UserWarning: {'x' * number}" for number in range(WARNINGS + 9))

    assert len(warnings_in(log)) == WARNINGS
