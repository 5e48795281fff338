"""What a trial left is read as an outcome, and never as a better one than it was."""

from __future__ import annotations

import pytest

from foretaste.taste.outcome import COMMAND, Ending, Signature
from foretaste.taste.reading import BROKEN, HANG, TRACES, UNFINISHED, Case, Left, read
from tests.unit.taste.test_stacks import IDLE, MAIN, TIMEOUT, WAITING

TRACE = """\
    def test_a():
>       dep.call()

tests/test_a.py:19:
_ _ _ _
>       return inner.take(1, 2)
E       TypeError: \x1b[31mtake()\x1b[0m takes 1

../env/lib/python3.11/site-packages/dep/__init__.py:5: TypeError"""


def _case(name: str, outcome: str = "failed", **more: str) -> Case:
    return Case(name=name, outcome=outcome, **more)


def test_a_command_that_passes_has_passed_as_one_test() -> None:
    outcome = read(Left(status=0, log="all is well", seconds=1.5))

    assert outcome.ending is Ending.PASSED
    assert outcome.passed == {COMMAND}
    assert outcome.failures == ()
    assert outcome.seconds == 1.5


def test_what_was_lost_says_nothing_of_the_state() -> None:
    outcome = read(Left(status=None, lost="the worker vanished"))

    assert outcome.ending is Ending.LOST
    assert outcome.why == "the worker vanished"
    assert read(Left(status=None)).ending is Ending.LOST


def test_told_tests_are_taken_as_they_are() -> None:
    cases = (
        _case("t.py", "passed"),
        _case("t.py::a", "passed"),
        _case("t.py::b", "skipped"),
        _case("t.py::c", type="TypeError", message="take() takes \x1b[1m1", trace=TRACE),
        _case("t.py::d", "error", message="OSError: port 4711 in use"),
        _case("t.py::d", "passed"),
    )
    outcome = read(Left(status=1, cases=cases))

    assert outcome.ending is Ending.FAILED
    assert outcome.passed == {"t.py", "t.py::a"}
    first, second = outcome.failures
    assert first.test == "t.py::c"
    assert first.signature == Signature(type="TypeError", message="take() takes 1")
    assert first.frames == ("./tests/test_a.py", "dep/__init__.py")
    assert "\x1b" not in first.trace + first.message
    assert second.signature == Signature(type="OSError", message="port N in use")


@pytest.mark.parametrize(
    ("message", "signature"),
    [
        ("a.b.Error: it broke", ("a.b.Error", "it broke")),
        ("it broke: somehow", ("Failed", "it broke: somehow")),
        ("", ("Failed", "")),
    ],
)
def test_a_told_test_without_a_class_has_the_one_that_its_message_begins_with(
    message: str, signature: tuple[str, str]
) -> None:
    (failure,) = read(Left(status=1, cases=(_case("a", message=message),))).failures

    assert (failure.signature.type, failure.signature.message) == signature


def test_a_run_that_passed_with_a_test_that_failed_has_failed() -> None:
    outcome = read(Left(status=0, cases=(_case("a"), _case("b", "passed"))))

    assert outcome.ending is Ending.FAILED
    assert [failure.test for failure in outcome.failures] == ["a"]


def test_a_run_that_failed_with_no_test_that_did_has_failed() -> None:
    outcome = read(Left(status=2, cases=(_case("b", "passed"),), log="coverage is too low"))

    assert outcome.ending is Ending.FAILED
    (failure,) = outcome.failures
    assert failure.test == COMMAND
    assert failure.signature == Signature(type="exit 2", message="coverage is too low")
    assert outcome.passed == {"b"}


def test_no_test_at_all_is_a_failure() -> None:
    outcome = read(Left(status=5, cases=(), log="=== no tests ran in 0.01s ==="))

    assert outcome.failures[0].signature == Signature(type="NoTests", message="no tests ran")


@pytest.mark.parametrize(
    ("log", "signature"),
    [
        ("Traceback (most recent call last):\nValueError: x is 3", ("ValueError", "x is 3")),
        ("first\nthe last line", ("exit 1", "the last line")),
        ("", ("exit 1", "")),
    ],
)
def test_a_command_fails_by_its_exception_or_last_words(
    log: str, signature: tuple[str, str]
) -> None:
    (failure,) = read(Left(status=1, log=log)).failures

    assert (failure.signature.type, failure.signature.message) == signature
    assert failure.test == COMMAND


def test_a_signal_is_told_with_where_it_struck() -> None:
    log = f"Fatal Python error: Segmentation fault\n\n{WAITING}"
    (failure,) = read(Left(status=-11, log=log)).failures

    assert failure.signature == Signature(
        type="Segmentation fault", message="stands in kazoo/recipe/lock.py, acquire"
    )
    assert failure.frames == ("tooz/drivers/zookeeper.py", "kazoo/recipe/lock.py")
    assert not failure.hung


def test_a_signal_belongs_to_the_test_that_did_not_end() -> None:
    cases = (_case("a", "passed"), _case("b", "error", type=UNFINISHED, message="began"))
    (failure,) = read(Left(status=139, cases=cases)).failures

    assert (failure.test, failure.signature.type) == ("b", "Segmentation fault")


def test_a_signal_counts_beside_tests_that_failed_before() -> None:
    first, second = read(Left(status=-9, cases=(_case("a", type="ValueError"),))).failures

    assert first.test == "a"
    assert (second.test, second.signature.type) == (COMMAND, "Killed")


def test_a_test_that_did_not_end_without_a_signal_keeps_its_words() -> None:
    cases = (_case("b", "error", type=UNFINISHED, message="it began"),)
    (failure,) = read(Left(status=1, cases=cases)).failures

    assert failure.signature == Signature(type=UNFINISHED, message="it began")


def test_a_time_out_is_a_hang_with_the_stacks() -> None:
    log = f"{TIMEOUT}\n{IDLE}\n{TIMEOUT}\n{WAITING}\n{MAIN}"
    outcome = read(Left(status=None, timed_out=True, log=log))

    assert outcome.ending is Ending.HUNG
    (failure,) = outcome.failures
    assert failure.test == COMMAND
    assert failure.hung
    assert failure.signature == Signature(
        type=HANG, message="stands in kazoo/recipe/lock.py, acquire"
    )
    assert failure.trace.startswith("a thread, innermost call first:")
    assert failure.frames[-1] == "kazoo/recipe/lock.py"
    assert outcome.passed == frozenset()


def test_a_time_out_belongs_to_the_test_that_did_not_end() -> None:
    cases = (_case("a", type="ValueError"), _case("b", "error", type=UNFINISHED))
    outcome = read(Left(status=None, timed_out=True, cases=cases))

    assert outcome.ending is Ending.HUNG
    assert [(each.test, each.hung) for each in outcome.failures] == [("a", False), ("b", True)]
    assert outcome.failures[1].signature.message == "stood nowhere that could be seen"


def test_a_state_that_cannot_be_tried_has_failed() -> None:
    log = 'building\nTraceback (most recent call last):\n  File "setup.py", line 3, in <module>\n'
    outcome = read(Left(status=None, broken="foo 2.0 cannot be built", log=log))

    assert outcome.ending is Ending.FAILED
    (failure,) = outcome.failures
    assert failure.signature == Signature(type=BROKEN, message="foo 2.0 cannot be built")
    assert failure.frames == ("./setup.py",)
    assert "building" in failure.trace
    assert read(Left(status=0, broken="too much memory")).passed == frozenset()


def test_a_command_counts_as_a_test_only_where_it_tells_of_none() -> None:
    told = read(Left(status=0, cases=(_case("a", "passed"),)))
    counted = read(Left(status=0, log="Ran 3 tests in 0.1s\n\nOK\n"))

    assert told.passed == {"a"}
    assert counted.passed == frozenset()
    assert counted.counted == 3
    assert read(Left(status=0, timed_out=True)).passed == frozenset()


def test_stacks_belong_to_the_failure_whose_test_stands_in_them() -> None:
    cases = (_case("t.py::test_a[x.y]", type="AssertionError", trace="late"), _case("t.py::test_b"))
    log = f"{TIMEOUT}\n{WAITING}\n{MAIN}\n"
    with_it, without = read(Left(status=1, cases=cases, log=log, stalled=True)).failures

    assert with_it.trace.startswith("late\n\nwhere it stood meanwhile:\na thread")
    assert with_it.frames == ("tooz/drivers/zookeeper.py", "kazoo/recipe/lock.py")
    assert with_it.signature.type == "AssertionError"
    assert without.trace == ""


def test_stacks_in_which_no_test_stands_belong_to_every_failure() -> None:
    cases = (_case("t.py::test_a"), _case("t.py::test_b"))
    log = f"{TIMEOUT}\n{WAITING}\n"
    stalled = read(Left(status=1, cases=cases, log=log, stalled=True))
    quick = read(Left(status=1, cases=cases, log=log))

    assert all("kazoo" in failure.trace for failure in stalled.failures)
    assert not any("kazoo" in failure.trace for failure in quick.failures)


def test_a_hang_has_its_stacks_once() -> None:
    left = Left(
        status=None,
        timed_out=True,
        stalled=True,
        cases=(_case("t.py::test_a", "error", type=UNFINISHED),),
        log=f"{TIMEOUT}\n{WAITING}\n",
    )
    (failure,) = read(left).failures

    assert failure.trace.count("kazoo") == 1


def test_unittest_is_read_from_the_log() -> None:
    double, single = "=" * 70, "-" * 70
    log = (
        "test_p (m.C) ... ok\n"
        f"{double}\nFAIL: test_a (m.C)\n{single}\nTraceback (most recent call last):\n"
        f"AssertionError: 1 != 2, so it fails\n\n{double}\nERROR: odd (m.C)\n{single}\nno trace\n\n"
        f"{single}\nRan 4 tests in 0.1s\n\nFAILED (failures=1, errors=1)\n"
    )
    outcome = read(Left(status=1, log=log))

    assert [(each.test, each.signature.type) for each in outcome.failures] == [
        ("m.C.test_a", "AssertionError"),
        ("m.C.odd", "Error"),
    ]
    assert outcome.passed == {"m.C.test_p"}
    assert outcome.counted == 1


EXAMPLE = """\
File "m.py", line 4, in m.f
Failed example:
    f()
Expected:
    2
"""


def test_doctest_is_read_from_the_log() -> None:
    stars = "*" * 70
    raised = "Exception raised:\n    Traceback (most recent call last):\n    KeyError: 'a'\n"
    log = (
        f"{stars}\n{EXAMPLE}Got:\n    1\n{stars}\n{EXAMPLE.replace('m.f', 'm.g')}{raised}{stars}\n"
    )
    first, second = read(Left(status=1, log=log)).failures

    assert (first.test, second.test) == ("m.f", "m.g")
    assert first.signature == Signature(type="DocTestFailure", message="f(): expected 2, got 1")
    assert first.frames == ("./m.py",)
    assert second.signature == Signature(type="KeyError", message="'a'")


def test_a_doctest_among_unittests_is_read_as_one() -> None:
    double, single = "=" * 70, "-" * 70
    log = (
        f"{double}\nFAIL: f (m)\nDoctest: m.f\n{single}\nTraceback (most recent call last):\n"
        f"AssertionError: Failed doctest test for m.f\n\n{single}\n{EXAMPLE}Got:\n    1\n\n"
        f"{single}\nRan 1 test in 0.1s\n\nFAILED (failures=1)\n"
    )
    (failure,) = read(Left(status=1, log=log)).failures

    assert failure.test == "m.f"
    assert failure.signature == Signature(type="DocTestFailure", message="f(): expected 2, got 1")


def test_a_pytest_that_could_not_be_watched_is_read_from_the_log() -> None:
    log = (
        "== short test summary info ==\nFAILED t.py::test_a - KeyError: 'a'\n"
        "=== 1 failed, 3 passed in 0.1s ===\n"
    )
    outcome = read(Left(status=1, log=log))

    assert outcome.counted == 3
    assert outcome.failures[0].test == "t.py::test_a"
    assert outcome.failures[0].signature == Signature(type="KeyError", message="'a'")
    assert outcome.failures[0].trace == "'a'"


def test_imports_stand_beside_what_the_log_tells() -> None:
    cases = (
        _case("import app", "passed"),
        _case("use dep.x", type="ImportError", message="no x"),
        _case("use dep.y", "skipped"),
    )
    log = "test_a (t.T) ... ok\n\n----\nRan 1 test in 0.1s\n\nOK\n"

    outcome = read(Left(status=0, cases=cases, log=log))

    assert outcome.ending is Ending.FAILED
    assert "import app" in outcome.passed
    assert [failure.test for failure in outcome.failures] == ["use dep.x"]
    assert len(outcome.passed) + outcome.counted == 2


def test_imports_hide_no_command_that_fails_and_none_that_passes() -> None:
    good = (_case("import app", "passed"),)

    failed = read(Left(status=1, cases=good, log="AssertionError"))
    passed = read(Left(status=0, cases=good, log=""))
    hung = read(Left(status=None, timed_out=True, cases=good))
    lost = read(Left(status=None, lost="gone", cases=good))

    assert [failure.test for failure in failed.failures] == [COMMAND]
    assert failed.ending is Ending.FAILED
    assert passed.ending is Ending.PASSED
    assert passed.passed == {COMMAND, "import app"}
    assert hung.ending is Ending.HUNG
    assert lost.passed == frozenset()


def test_of_very_many_failures_the_first_have_traces() -> None:
    cases = tuple(_case(str(number), trace="a trace") for number in range(TRACES + 3))
    failures = read(Left(status=1, cases=cases)).failures

    assert len(failures) == TRACES + 3
    assert failures[TRACES - 1].trace == "a trace"
    assert failures[TRACES].trace == ""


def test_warnings_are_read_beside_a_pass() -> None:
    outcome = read(Left(status=0, log="a.py:1: UserWarning: \x1b[1mold"))

    assert outcome.warnings == ("./a.py: UserWarning: old",)
