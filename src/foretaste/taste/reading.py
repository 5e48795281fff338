"""Reading: what a trial left behind, as an outcome.

Where a watched pytest told of each test, that is taken as it is. Else the log is read for what
unittest, doctest and pytest write; else the command is one test, and its exception, its signal or
its last words say how it failed. An exit status other than 0 is always at least one failure:
nothing that a log says can turn it into a pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from foretaste.taste.doctests import Example, difference, examples_in
from foretaste.taste.endings import last_words, says_no_tests, signal_of
from foretaste.taste.outcome import COMMAND, OF_IMPORTS, Ending, Failure, Outcome, Signature
from foretaste.taste.signatures import LINE_LENGTH, MESSAGE_LENGTH, cleaned, in_short, portable
from foretaste.taste.stacks import (
    Call,
    Dump,
    blocked,
    dumps_of,
    last_of_each,
    shown,
    standing,
    without_dumps,
    without_runner,
)
from foretaste.taste.summaries import Told, summary_in
from foretaste.taste.traces import Trace, frames_of, last_trace, trimmed
from foretaste.taste.unittests import Block, told_in
from foretaste.taste.warned import warnings_in

BROKEN = "Broken"
"""The type of a failure that is a state which could not be tried."""
HANG = "Hang"
"""The type of a failure that is a time-out."""
UNFINISHED = "(unfinished)"
"""The type of a told test that began and of which no end was seen (`ports.executor`)."""
DOCTEST = "Failed doctest test for "
"""How unittest begins to tell of a doctest."""
_KINDS = {"FAIL": "Failure", "ERROR": "Error", "UNEXPECTED SUCCESS": "UnexpectedSuccess"}
"""How the names of tests begin that are told of imports (`ports.executor.Watch`)."""
_FAILING = ("failed", "error")
# Traces that are kept: the first failures say what thousands would.
TRACES = 100
# Lines from the end of a log that are shown where it holds no trace.
SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One test as the executor tells it; `outcome` is passed, failed, error or skipped."""

    name: str
    outcome: str
    type: str = ""
    message: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a trial left behind.

    `status` is the command's exit status, None where it did not come to its end. `lost` says, in a
    sentence, why nothing is known of the state; `broken` why the state could not be tried (it
    cannot be put together, it used too much memory): that is a failure of the state. `cases` are
    None where no test was told one by one. `log` is the end of both output streams, as they came.
    `stalled` is whether the run took so long that the stacks in the log belong to its failures.
    `seconds` is the wall time of the test phase.
    """

    status: int | None
    timed_out: bool = False
    lost: str = ""
    broken: str = ""
    cases: tuple[Case, ...] | None = None
    log: str = ""
    stalled: bool = False
    seconds: float = 0.0


def read(left: Left) -> Outcome:
    """Return what a trial showed.

    What is told of imports stands beside what the command's own tests told, by whatever way.
    """
    cases = left.cases or ()
    imports = tuple(case for case in cases if case.name.startswith(OF_IMPORTS))
    tests = tuple(case for case in cases if not case.name.startswith(OF_IMPORTS))
    outcome = _read(replace(left, cases=tests))
    if outcome.ending is Ending.LOST:
        return outcome
    failed = [_of_case(left, case) for case in imports if case.outcome in _FAILING]
    passed = {case.name for case in imports if case.outcome == "passed"}
    fails = outcome.ending is Ending.PASSED and failed
    return replace(
        outcome,
        ending=Ending.FAILED if fails else outcome.ending,
        passed=outcome.passed | passed,
        failures=outcome.failures + _traced(failed),
    )


def _traced(failures: Sequence[Failure]) -> tuple[Failure, ...]:
    """Return failures, so many of them with their traces."""
    return tuple(
        failure if number < TRACES else replace(failure, trace="")
        for number, failure in enumerate(failures)
    )


def _read(left: Left) -> Outcome:
    if left.lost:
        return Outcome(ending=Ending.LOST, why=left.lost, seconds=left.seconds)
    if left.status is None and not left.timed_out and not left.broken:
        return Outcome(ending=Ending.LOST, why="it came to no end", seconds=left.seconds)
    left = replace(left, log=cleaned(left.log))
    told = _told(left)
    failures = tuple(_ended(left, told.failures))
    ended = Ending.FAILED if failures else Ending.PASSED
    alone = not (told.passed or told.counted or failures)
    passed = alone and left.status == 0 and not left.timed_out
    return replace(
        told,
        passed=frozenset({COMMAND}) if passed else told.passed,
        ending=Ending.HUNG if left.timed_out else ended,
        failures=failures,
        warnings=warnings_in(left.log),
        seconds=left.seconds,
    )


def _told(left: Left) -> Outcome:
    """Return what is told of single tests, by the executor or by the log."""
    if left.cases:
        failed = [case for case in left.cases if case.outcome in _FAILING]
        passed = {case.name for case in left.cases if case.outcome == "passed"}
        return Outcome(
            ending=Ending.FAILED,
            passed=frozenset(passed - {case.name for case in failed}),
            failures=tuple(_of_case(left, case) for case in failed),
        )
    unittest = told_in(left.log)
    pytest = summary_in(left.log)
    found = [
        *(_of_block(block) for block in unittest.blocks),
        *(_of_example(example) for example in examples_in(left.log)),
        *(_of_summary(test, why) for test, why in pytest.failed),
    ]
    by_test = {failure.test: failure for failure in reversed(found)}
    return Outcome(
        ending=Ending.FAILED,
        passed=unittest.passed - {*by_test},
        counted=max(0, unittest.passing - len(unittest.passed)) + pytest.passed,
        failures=tuple(reversed(by_test.values())),
    )


def _of_case(left: Left, case: Case) -> Failure:
    """Return a told test that failed; one that did not end failed as the run did."""
    if case.type == UNFINISHED and left.timed_out:
        return _hang(left, case.name)
    if case.type == UNFINISHED and (signal := signal_of(left.status or 0)):
        return _crash(left, case.name, signal)
    trace = cleaned(case.trace)
    message = cleaned(case.message)
    kind = cleaned(case.type)[:LINE_LENGTH]
    if not kind:
        kind, message = _parted(message)
    return _failure(
        case.name,
        Trace(type=kind, message=message, frames=frames_of(trace.split("\n")), text=trace),
    )


def _parted(message: str) -> tuple[str, str]:
    """Return the class of an exception and its words, from a line that may begin with the class."""
    kind, colon, words = message.partition(": ")
    if colon and kind.replace(".", "").isidentifier():
        return kind[:LINE_LENGTH], words
    return "Failed", message


def _of_block(block: Block) -> Failure:
    found = last_trace(block.text, whole=True)
    if found is not None and found.message.startswith(DOCTEST):
        return _of_example(Example(test=block.test, text=block.text))
    bare = Trace(type=_KINDS[block.kind], message=block.text, frames=(), text=block.text)
    return _failure(block.test, found or bare)


def _of_example(example: Example) -> Failure:
    found = last_trace(example.text, whole=True)
    if found is not None and found.message.startswith(DOCTEST):
        found = None
    bare = Trace(
        type="DocTestFailure",
        message=difference(example),
        frames=frames_of(example.text.split("\n")),
        text=example.text,
    )
    return _failure(example.test, found or bare)


def _of_summary(test: str, told: Told) -> Failure:
    trace = Trace(
        type=told.type,
        message=told.message,
        frames=frames_of(told.text.split("\n")),
        text=told.text or told.message,
    )
    return _failure(test, trace)


def _failure(test: str, trace: Trace) -> Failure:
    return Failure(
        test=test,
        signature=Signature(type=trace.type, message=in_short(trace.message)),
        message=portable(trace.message[:MESSAGE_LENGTH]),
        trace=trimmed(trace.text),
        frames=trace.frames,
    )


def _hang(left: Left, test: str) -> Failure:
    """Return a test that was still running when the time was over."""
    return _stood(test, HANG, last_of_each([d for d in dumps_of(left.log) if not d.fatal]))


def _crash(left: Left, test: str, signal: str) -> Failure:
    """Return a test during which the interpreter died."""
    return _stood(test, signal, [dump for dump in dumps_of(left.log) if dump.fatal])


def _stood(test: str, kind: str, dumps: Sequence[Dump]) -> Failure:
    thread = blocked(dumps)
    where = standing(thread)
    return Failure(
        test=test,
        signature=Signature(type=kind, message=where),
        message=where,
        trace=shown(dumps),
        frames=_places(thread),
        hung=kind == HANG,
    )


def _places(thread: Sequence[Call]) -> tuple[str, ...]:
    """Return the files that a thread came through, innermost last."""
    return tuple(call.place for call in reversed(without_runner(thread)) if call.place)


def _ended(left: Left, failures: Sequence[Failure]) -> Iterator[Failure]:
    """Yield the failures, and the command's own where how it ended says more than they do."""
    stalled = _with_stacks(left, failures) if left.stalled else failures
    yield from _traced(stalled)
    if left.broken:
        yield _broken(left)
    elif left.timed_out:
        if not any(failure.hung for failure in failures):
            yield _hang(left, COMMAND)
    elif signal := signal_of(left.status or 0):
        if not any(failure.signature.type == signal for failure in failures):
            yield _crash(left, COMMAND, signal)
    elif left.status and not failures:
        yield _of_command(left, left.status)


def _of_command(left: Left, status: int) -> Failure:
    """Return the failure of a command that told of no test."""
    if says_no_tests(status, left.log):
        return _failure(COMMAND, Trace(type="NoTests", message="no tests ran", frames=(), text=""))
    found = last_trace(left.log, whole=False)
    words = "\n".join(last_words(without_dumps(left.log)))
    text = "\n".join(left.log.rstrip().split("\n")[-SHOWN:])
    bare = Trace(type=f"exit {status}", message=words, frames=(), text=text)
    return _failure(COMMAND, found or bare)


def _broken(left: Left) -> Failure:
    """Return the failure of a state that could not be tried."""
    trace = Trace(
        type=BROKEN,
        message=cleaned(left.broken),
        frames=frames_of(left.log.split("\n")),
        text="\n".join(left.log.split("\n")[-SHOWN:]),
    )
    return _failure(COMMAND, trace)


def _with_stacks(left: Left, failures: Sequence[Failure]) -> Sequence[Failure]:
    """Return the failures, those during which a dump was written with its stacks behind the trace.

    A dump belongs to the test whose function stands in it; where no test does, to every failure.
    """
    dumps = [dump for dump in dumps_of(left.log) if not dump.fatal]
    tests = {name for dump in dumps for name in _functions(dump)}
    return [
        _with_dumps(failure, [d for d in dumps if not tests or _function(failure) in _functions(d)])
        for failure in failures
    ]


def _functions(dump: Dump) -> frozenset[str]:
    """Return the project's functions in a dump that are called as tests are."""
    return frozenset(
        call.function
        for thread in dump.threads
        for call in thread
        if call.place.startswith("./") and call.function.startswith("test")
    )


def _function(failure: Failure) -> str:
    """Return the function of a test: "test_a" of "m.C.test_a (i=1)" and "a.py::test_a[x.y]"."""
    return re.split(r"[ \[]", failure.test, maxsplit=1)[0].rpartition("::")[2].rpartition(".")[2]


def _with_dumps(failure: Failure, dumps: Sequence[Dump]) -> Failure:
    if failure.hung or not dumps:
        return failure
    last = last_of_each(dumps)
    return replace(
        failure,
        trace=f"{failure.trace}\n\nwhere it stood meanwhile:\n{shown(last)}",
        frames=(*failure.frames, *_places(blocked(last))),
    )
