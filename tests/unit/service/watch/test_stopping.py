"""A check that nobody waits for ends what runs and starts nothing; exclusions reach the resolver."""

from __future__ import annotations

import queue
import threading

import pytest

from foretaste.ports.environments import Say
from foretaste.ports.errors import TransientError
from foretaste.ports.executor import Ending, Finished, JobSpec, Observation
from foretaste.ports.releases import Asking, Pin, Pins
from foretaste.service.watch.stopping import Excluding, Stoppable
from foretaste.simulation.executor import MemoryExecutor
from tests.fakes.watched import DEADLINE


def spec(attempt: str) -> JobSpec:
    """Return a build."""
    return JobSpec(attempt=attempt, label=attempt, sources=(), run="true")


def test_what_runs_is_ended_and_nothing_is_started_any_more() -> None:
    executor, stop = MemoryExecutor(width=3), threading.Event()
    stoppable = Stoppable(executor=executor, stop=stop)
    told: queue.SimpleQueue[Observation] = queue.SimpleQueue()
    assert stoppable.slots() == 3
    with stoppable.watched():
        stoppable.start(spec("a"), told.put)
        stoppable.start(spec("b"), told.put)
        stoppable.cancel("b")
        assert stoppable.running() == {"a"}

        stop.set()

        seen = [told.get(timeout=DEADLINE) for _ in range(4)]
        ended = [each for each in seen if isinstance(each, Finished)]
        assert [(each.attempt, each.ending) for each in ended] == [
            ("b", Ending.CANCELLED),
            ("a", Ending.CANCELLED),
        ]
        with pytest.raises(TransientError, match="FT950"):
            stoppable.start(spec("c"), told.put)
    stoppable.close()
    assert executor.closed


def test_a_check_that_ends_by_itself_leaves_nothing_behind() -> None:
    before = threading.active_count()
    with Stoppable(executor=MemoryExecutor(), stop=threading.Event()).watched():
        assert threading.active_count() == before + 1

    assert threading.active_count() == before


class Asked:
    """A resolver that keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[Asking] = []

    def resolve(self, asking: Asking, _say: Say) -> Pins:
        """Keep a question."""
        self.asked.append(asking)
        return {}

    def pin(self, asking: Asking, _say: Say) -> Pins:
        """Keep a question."""
        return {name: Pin(name=name, version=version) for name, version in asking.base.items()}


def test_what_is_ruled_out_is_never_taken() -> None:
    resolver = Asked()
    excluding = Excluding(resolver=resolver, excluded={"tiny": "!=1.2", "other": "!=3"})
    asking = Asking(python="", requirements=("tiny",), excluded={"tiny": "!=1.1"})

    assert excluding.resolve(asking, print) == {}

    assert resolver.asked[0].excluded == {"tiny": "!=1.1,!=1.2", "other": "!=3"}
    base = Asking(python="", requirements=(), base={"tiny": "1.0"})
    assert set(excluding.pin(base, print)) == {"tiny"}
