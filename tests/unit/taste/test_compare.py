"""What runs show is measured against the base: red, chance, gone, and what is left to blame."""

from __future__ import annotations

from collections.abc import Sequence

from foretaste.taste.compare import FEWER, Record, Run, record_of
from foretaste.taste.outcome import COMMAND, Ending, Failure, Outcome, Signature

BASE, NEW = 0, 1
MORE = 3


def key(test: str, message: str = "no", kind: str = "TypeError") -> tuple[str, Signature]:
    """Return a failure as it is recognised again."""
    return test, Signature(type=kind, message=message)


def outcome(
    *failed: tuple[str, Signature],
    passed: Sequence[str] = (),
    counted: int = 0,
    ending: Ending | None = None,
) -> Outcome:
    """Return the outcome of a run."""
    return Outcome(
        ending=ending or (Ending.FAILED if failed else Ending.PASSED),
        passed=frozenset(passed),
        counted=counted,
        failures=tuple(Failure(test=test, signature=signature) for test, signature in failed),
    )


def record(*runs: tuple[int, Outcome], tests: Sequence[str] = ()) -> Record:
    """Return what runs in these states showed; the last one ran only `tests`."""
    last = len(runs) - 1
    return record_of(
        [
            Run(number=number, at=at, outcome=told, tests=tuple(tests) if number == last else ())
            for number, (at, told) in enumerate(runs)
        ]
    )


def test_what_fails_and_did_not_on_the_base_is_a_regression() -> None:
    found = record((BASE, outcome(passed=["a", "b"])), (NEW, outcome(key("a"), passed=["b"])))

    assert found.regressions == {NEW: (key("a"),)}
    assert found.clean == {BASE}


def test_what_fails_as_on_the_base_is_none() -> None:
    red = outcome(key("a", "old"), passed=["b"])

    assert record((BASE, red), (NEW, red)).clean == {BASE, NEW}
    other = outcome(key("a", "new"), passed=["b"])
    assert record((BASE, red), (NEW, other)).clean == {BASE, NEW}
    worse = outcome(key("a", "new", "ValueError"), passed=["b"])
    assert record((BASE, red), (NEW, worse)).regressions == {NEW: (key("a", "new", "ValueError"),)}


def test_what_passed_in_the_same_state_is_chance_and_unclear_elsewhere() -> None:
    fails, passes = outcome(key("a"), passed=["b"]), outcome(passed=["a", "b"])

    found = record((BASE, passes), (NEW, fails), (NEW, passes), (MORE, fails))

    assert found.chance == {key("a")}
    assert found.clean == {BASE, NEW}
    assert found.unclear == {MORE: ("a",)}


def test_chance_that_fails_every_time_is_none_any_more() -> None:
    fails, passes = outcome(key("a"), passed=["b"]), outcome(passed=["a", "b"])

    found = record((BASE, passes), (BASE, fails), *[(BASE, passes)] * 6, *[(NEW, fails)] * 8)

    assert found.regressions == {NEW: (key("a"),)}


def test_other_failures_do_not_count_where_some_tests_were_asked_for() -> None:
    passes = outcome(passed=["a", "b"])

    found = record(
        (BASE, passes), (NEW, outcome(key("a"), key("b"))), (NEW, outcome(key("b"))), tests=["a"]
    )

    assert found.tally("b", NEW).fails == {key("b")[1]: 1}
    assert found.tally("a", NEW).passes == 0


def test_a_run_of_far_fewer_tests_is_a_failure_of_its_own() -> None:
    found = record((BASE, outcome(passed="abcdef")), (NEW, outcome(passed="ab")))

    assert found.regressions == {NEW: ((FEWER.test, FEWER.signature),)}
    again = record((BASE, outcome(passed="abcdef")), (NEW, outcome(passed="ab")), tests=["a", "b"])
    assert again.regressions == {}


def test_of_unittest_what_did_not_fail_has_passed_where_all_ran() -> None:
    base = outcome(counted=10)

    found = record(
        (BASE, base), (NEW, outcome(key("a"), counted=9)), (MORE, outcome(key("b"), counted=9))
    )

    assert found.tally("a", MORE).passes == 1
    fewer = record(
        (BASE, base), (NEW, outcome(key("a"), counted=9)), (MORE, outcome(key("b"), counted=5))
    )
    assert fewer.tally("a", MORE).passes == 0
    crashed = record(
        (BASE, base), (NEW, outcome(key("a"), counted=9)), (MORE, outcome(key(COMMAND), counted=9))
    )
    assert crashed.tally("a", MORE).passes == 0


def test_tests_that_were_not_reached_are_run_before_a_state_passes() -> None:
    passes = outcome(passed=["a", "b", "c", COMMAND])
    stopped = outcome(key("a"), passed=["b"])

    found = record((BASE, passes), (NEW, stopped), (NEW, outcome(passed=["a"])), tests=["a"])

    assert found.unclear == {NEW: ()}
    enough = record((BASE, passes), (NEW, stopped), (NEW, outcome(key("b"), passed=["a"])))
    assert enough.regressions == {}
    assert enough.clean == {BASE, NEW}


def test_what_was_lost_says_nothing() -> None:
    lost = Outcome(ending=Ending.LOST, why="gone")

    found = record((BASE, outcome(passed="a")), (NEW, lost))

    assert len(found.runs) == 1
    assert found.clean == {BASE}
    assert [run.number for run in found.at(BASE)] == [0]
    assert not found.is_passing(NEW)


def test_a_base_of_which_nothing_passes_is_no_base() -> None:
    assert record((BASE, outcome(key("a")))).clean == frozenset()


def test_imports_that_work_are_no_base_for_tests_of_which_none_passes() -> None:
    red = outcome(key("t::a"), passed=["import app", "use dep.name"])

    assert not record((BASE, red)).clean
    assert record((BASE, outcome(passed=["import app", COMMAND]))).clean == {BASE}
