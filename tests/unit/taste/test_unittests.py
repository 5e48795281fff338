"""What unittest writes is read test by test."""

from __future__ import annotations

import pytest

from foretaste.taste.unittests import test_of as name_of
from foretaste.taste.unittests import told_in

DOUBLE, SINGLE = "=" * 70, "-" * 70


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("test_a (m.C)", "m.C.test_a"),
        ("test_a (m.C.test_a)", "m.C.test_a"),
        ("test_a (__main__.T)", "__main__.T.test_a"),
        ("test_a (m.C) (i=1)", "m.C.test_a (i=1)"),
        ("test_a (m.C.test_a) [why] (i=1)", "m.C.test_a [why] (i=1)"),
        ("setUpClass (m.C)", "m.C.setUpClass"),
        ("setUpModule (m)", "m.setUpModule"),
        ("test_gone (unittest.loader._FailedTest)", "test_gone"),
        ("test_gone (unittest.loader._FailedTest.test_gone)", "test_gone"),
        ("m.test_gone (unittest.loader.ModuleImportFailure)", "m.test_gone"),
        ("tooz.tests.test_a.C.test_b", "tooz.tests.test_a.C.test_b"),
        ("a test in words", "a test in words"),
    ],
)
def test_a_test_has_one_name_whatever_the_interpreter_calls_it(told: str, name: str) -> None:
    assert name_of(told) == name


def _block(kind: str, test: str, body: str) -> str:
    return f"{DOUBLE}\n{kind}: {test}\n{SINGLE}\n{body}\n\n"


def _end(ran: int, words: str) -> str:
    return f"{SINGLE}\nRan {ran} tests in 0.001s\n\n{words}\n"


def test_each_failure_has_its_text() -> None:
    told = told_in(
        "F.E\n"
        + _block("FAIL", "test_a (m.C)", "AssertionError: 1\n\nStdout:\nhello")
        + _block("ERROR", "test_b (m.C)\nWhat it is for", "ValueError: 2")
        + _end(3, "FAILED (failures=1, errors=1)")
    )

    assert [(each.kind, each.test) for each in told.blocks] == [
        ("FAIL", "m.C.test_a"),
        ("ERROR", "m.C.test_b"),
    ]
    assert told.blocks[0].text == "AssertionError: 1\n\nStdout:\nhello"
    assert told.blocks[1].text == "ValueError: 2"
    assert told.passing == 1


def test_a_failure_without_a_summary_is_one() -> None:
    told = told_in(f"{DOUBLE}\nFAIL: test_a (m.C)\nAssertionError: cut off")

    assert told.blocks[0].text == "AssertionError: cut off"
    assert told.passing == 0


def test_passing_tests_are_known_by_name_where_the_run_was_verbose() -> None:
    told = told_in(
        "test_a (m.C) ... ok\ntest_b (m.C.test_b) ... ok\ntest_c (m.C) ... FAIL\n"
        "test_d (m.C) ... skipped 'x'\ntest_e (m.C) ... unexpected success\n"
        "test_f (m.C) ... ok\n"
        + _block("ERROR", "test_f (m.C)", "in teardown")
        + _end(6, "FAILED (failures=1, errors=1, skipped=1, unexpected successes=1)")
    )

    assert told.passed == {"m.C.test_a", "m.C.test_b"}
    assert [(each.kind, each.test) for each in told.blocks] == [
        ("ERROR", "m.C.test_f"),
        ("UNEXPECTED SUCCESS", "m.C.test_e"),
    ]


def test_an_unexpected_success_with_a_block_is_one_failure() -> None:
    told = told_in(
        "test_e (m.C) ... unexpected success\n"
        + _block("UNEXPECTED SUCCESS", "test_e (m.C)", "")
        + _end(1, "FAILED (unexpected successes=1)")
    )

    assert [each.test for each in told.blocks] == ["m.C.test_e"]


@pytest.mark.parametrize(
    ("log", "passing"),
    [
        (_end(4, "OK"), 4),
        (_end(4, "OK (skipped=1, expected failures=1)"), 2),
        (_end(4, "OK") + _end(2, "OK (skipped=2)"), 4),
        (_end(0, "NO TESTS RAN"), 0),
        ("nothing", 0),
        # two subtests of one test, and an error outside of any
        (
            _block("FAIL", "test_a (m.C) (i=1)", "x")
            + _block("FAIL", "test_a (m.C) (i=2)", "x")
            + _block("ERROR", "setUpClass (m.D)", "x")
            + _end(3, "FAILED (failures=2, errors=1)"),
            2,
        ),
        # the log lacks the blocks
        (_end(9, "FAILED (failures=4)"), 5),
        (_end(1, "FAILED (errors=3)"), 0),
    ],
)
def test_passing_tests_are_counted(log: str, passing: int) -> None:
    assert told_in(log).passing == passing
