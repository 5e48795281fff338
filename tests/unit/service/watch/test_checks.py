"""One check runs at a time; one that is stopped counts for nothing, one that breaks ends nothing."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from foretaste.core.names import Oid, ProjectName, Ref
from foretaste.ports.errors import UserError
from foretaste.service.watch.asking import CheckedBump, Question
from foretaste.service.watch.checks import Answered, Checks
from foretaste.service.watch.standing import Ask
from tests.fakes.watched import DEADLINE, MemoryIndex, ToldChecker

ASK = Ask(
    subject="s",
    candidates=(),
    question=Question(
        ref=Ref(ProjectName("alpha"), "main"),
        commit=Oid("a" * 40),
        base={},
        as_of=datetime(2026, 1, 1, tzinfo=UTC),
    ),
)


class Bench:
    """Checks that run in a thread of their own, and what they told."""

    def __init__(self) -> None:
        self.checker = ToldChecker(MemoryIndex())
        self.told: queue.SimpleQueue[Answered] = queue.SimpleQueue()
        self.checks = Checks(self.checker, self.told.put)
        self.thread = threading.Thread(target=self.checks.run)

    def next(self) -> Answered:
        """Return the next answer."""
        return self.told.get(timeout=DEADLINE)


@pytest.fixture(name="bench")
def bench_fixture() -> Iterator[Bench]:
    """Return checks that run."""
    bench = Bench()
    bench.thread.start()
    yield bench
    bench.checks.close()
    bench.thread.join(DEADLINE)
    assert not bench.thread.is_alive()


def test_a_check_tells_what_came_of_it(bench: Bench) -> None:
    assert bench.checks.start(ASK)

    answered = bench.next()

    assert answered.ask is ASK
    assert answered.bump is not None
    assert (answered.bump.verdict, bench.checks.running()) == ("accept", None)


def test_only_one_runs_and_another_is_not_kept_waiting(bench: Bench) -> None:
    bench.checker.gate.clear()
    assert bench.checks.start(ASK)
    assert bench.checker.began.acquire(timeout=DEADLINE)

    assert not bench.checks.start(ASK)
    assert bench.checks.running() is ASK

    bench.checker.gate.set()
    bench.next()
    assert bench.checks.start(ASK)
    bench.next()


def test_one_that_is_stopped_counts_for_nothing(bench: Bench) -> None:
    bench.checker.gate.clear()
    bench.checks.start(ASK)
    assert bench.checker.began.acquire(timeout=DEADLINE)

    bench.checks.cancel("tiny 1.1 was yanked")
    bench.checks.cancel("later")

    answered = bench.next()
    assert (answered.stopped, answered.bump) == ("tiny 1.1 was yanked", None)


def test_errors_are_told_and_mistakes_too(bench: Bench) -> None:
    def wrong(_: Question) -> CheckedBump:
        raise ZeroDivisionError

    bench.checker.answer = lambda _: UserError("FT621", "nothing fits")
    bench.checks.start(ASK)
    answered = bench.next()
    assert answered.error is not None
    assert answered.error.code == "FT621"

    bench.checker.answer = wrong
    bench.checks.start(ASK)
    answered = bench.next()
    assert answered.error is not None
    assert (answered.error.code, "ZeroDivisionError" in answered.error.what) == ("FT946", True)


def test_stopping_nothing_does_nothing() -> None:
    bench = Bench()
    bench.checks.cancel("why")
    bench.checks.close()
    bench.checks.run()

    assert bench.told.empty()
