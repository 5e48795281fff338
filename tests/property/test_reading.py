"""Whatever a trial leaves, reading it says no more than it shows, and nothing that does harm.

A run that did not end well is never read as one that did; what comes of hostile output is short
and free of control characters; and what differs by chance leaves a signature as it is.
"""

from __future__ import annotations

from collections.abc import Iterator

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foretaste.taste.outcome import COMMAND, Ending, Outcome
from foretaste.taste.reading import TRACES, Case, Left, read
from foretaste.taste.signatures import (
    LINE_LENGTH,
    MESSAGE_LENGTH,
    SIGNATURE_LENGTH,
    cleaned,
    settled,
)
from foretaste.taste.stacks import SHOWN_LINES
from foretaste.taste.traces import FRAMES, TRACE_LINES

LAW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
DOUBLE, SINGLE, STARS = "=" * 70, "-" * 70, "*" * 70
_piece = st.sampled_from(
    [
        "Traceback (most recent call last):",
        '  File "/env/lib/python3.9/site-packages/dep/x.py", line 3, in f',
        "    call()",
        "ValueError: \x1b[31mx\x1b[0m is 3",
        "SyntaxError: invalid",
        "During handling of the above exception, another exception occurred:",
        "  + Exception Group Traceback (most recent call last):",
        "  | ExceptionGroup: two (2 sub-exceptions)",
        "    | TypeError: of dep",
        DOUBLE,
        SINGLE,
        STARS,
        "FAIL: test_a (m.C)",
        "ERROR: setUpClass (m.C.setUpClass)",
        "test_a (m.C) ... ok",
        "Ran 3 tests in 0.1s",
        "OK",
        "FAILED (failures=2, errors=1)",
        "Exception ignored in: <x>",
        "Timeout (0:00:05)!",
        "Fatal Python error: Aborted",
        "Thread 0x01 (most recent call first):",
        '  File "/job/work/a.py", line 3 in test_a',
        "[foretaste] stacks of process 7:",
        'File "m.py", line 3, in m.f',
        "Failed example:",
        "    f()",
        "=== short test summary info ===",
        "FAILED a.py::test_a - E: 1",
        "___ test_a ___",
        "E   KeyError: 1",
        "2 failed, 3 passed in 0.1s",
        "a.py:3: UserWarning: \u202eold",
        "no tests ran",
        "",
    ]
)
_texts = st.text(max_size=60)
logs = st.lists(_piece | _texts, max_size=40).map("\n".join)
cases = st.builds(
    Case,
    name=_texts,
    outcome=st.sampled_from(["passed", "failed", "error", "skipped", "odd"]),
    type=st.sampled_from(["", "ValueError", "(unfinished)", "a.b.C"]) | _texts,
    message=_texts,
    trace=logs,
)
lefts = st.builds(
    Left,
    status=st.none() | st.integers(-70, 260),
    timed_out=st.booleans(),
    lost=st.sampled_from(["", "", "", "the worker vanished"]),
    broken=st.sampled_from(["", "", "", "it cannot be built"]),
    cases=st.none() | st.lists(cases, max_size=4).map(tuple),
    log=logs,
    stalled=st.booleans(),
    seconds=st.floats(0, 9),
)


@LAW
@given(lefts)
def test_only_what_ended_well_has_passed(left: Left) -> None:
    outcome = read(left)

    if outcome.ending is Ending.PASSED:
        assert left.status == 0
        assert not any((left.timed_out, left.lost, left.broken))
        assert outcome.failures == ()
        assert not any(case.outcome in {"failed", "error"} for case in left.cases or ())
    else:
        assert outcome.failures or outcome.ending is Ending.LOST


@LAW
@given(lefts)
def test_a_run_is_lost_only_where_nothing_is_known(left: Left) -> None:
    ended = left.status is not None or left.timed_out or left.broken

    assert (read(left).ending is Ending.LOST) == bool(left.lost or not ended)


@LAW
@given(lefts)
def test_a_time_out_is_always_a_hang(left: Left) -> None:
    outcome = read(left)

    if left.timed_out and not left.lost:
        assert outcome.ending is Ending.HUNG
        assert left.broken or any(failure.hung for failure in outcome.failures)


@LAW
@given(lefts)
def test_no_test_has_passed_and_failed(left: Left) -> None:
    outcome = read(left)

    assert outcome.passed.isdisjoint(failure.test for failure in outcome.failures)
    assert left.cases or len({*outcome.passed}) <= 1 + left.log.count("... ok")


def _said(outcome: Outcome) -> Iterator[str]:
    yield from outcome.warnings
    for failure in outcome.failures:
        yield failure.signature.type
        yield failure.signature.message
        yield failure.message
        yield failure.trace
        yield from failure.frames


@LAW
@given(lefts)
def test_nothing_is_said_that_a_terminal_obeys(left: Left) -> None:
    for text in _said(read(left)):
        assert text == cleaned(text)


@LAW
@given(lefts)
def test_what_is_said_is_short(left: Left) -> None:
    failures = read(left).failures

    for number, failure in enumerate(failures):
        assert len(failure.signature.type) <= LINE_LENGTH
        assert len(failure.signature.message) <= SIGNATURE_LENGTH
        assert len(failure.message) <= MESSAGE_LENGTH
        assert len(failure.frames) <= 2 * FRAMES + SHOWN_LINES
        assert failure.trace.count("\n") <= TRACE_LINES + SHOWN_LINES + 4
        assert all(len(line) <= 2 * LINE_LENGTH for line in failure.trace.split("\n"))
        assert number < TRACES or not failure.trace or failure.test == COMMAND


@LAW
@given(
    st.text(alphabet="abc XYZ'\"().,:/-_=", max_size=40),
    st.text(alphabet="abc XYZ'\"().,:/-_=", max_size=40),
    st.integers(0, 2**64),
    st.integers(0, 2**64),
)
def test_an_address_is_no_part_of_a_signature(
    before: str, after: str, one: int, other: int
) -> None:
    first, second = (settled(f"{before} 0x{number:x} {after}") for number in (one, other))

    assert first == second


@LAW
@given(_texts)
def test_what_is_settled_stays(text: str) -> None:
    once = settled(text)

    assert settled(settled(once)) == settled(once)


@LAW
@given(lefts)
def test_a_run_is_read_in_one_way(left: Left) -> None:
    assert read(left) == read(left)
