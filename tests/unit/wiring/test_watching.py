"""A watcher's loops run while the gate does; one that breaks is told, and ends the other."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
import structlog
import structlog.testing

from foretaste.service.watch.watcher import Watcher
from foretaste.wiring.watching import watching

DEADLINE = 20.0


@dataclass
class Loops:
    """Two loops that run until they are closed; `breaks` is what the first of them raises."""

    breaks: Exception | None = None
    broken: str = ""
    ran: list[str] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)

    @property
    def checks(self) -> Any:
        """What runs the second loop."""
        return Second(self)

    def run(self) -> None:
        """Run the first loop."""
        self.ran.append(threading.current_thread().name)
        if self.breaks is not None:
            raise self.breaks
        assert self.closed.wait(DEADLINE)

    def close(self) -> None:
        """End both."""
        self.closed.set()


@dataclass
class Second:
    """The loop of checks."""

    loops: Loops

    def run(self) -> None:
        """Run until closed."""
        self.loops.ran.append(threading.current_thread().name)
        assert self.loops.closed.wait(DEADLINE)


def running() -> set[str]:
    """The names of the threads that run."""
    return {each.name for each in threading.enumerate()}


def test_both_loops_run_while_inside() -> None:
    loops = Loops()

    with watching(cast("Watcher", loops)):
        assert {"watcher", "releases"} <= running()

    assert sorted(loops.ran) == ["releases", "watcher"]
    assert not {"watcher", "releases"} & running()
    assert loops.broken == ""


def test_a_loop_that_breaks_is_told_and_ends_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    # The program's own logger may be set up by a gate that another test ran.
    said = structlog.testing.CapturingLogger()
    logger = structlog.wrap_logger(said, processors=[])
    monkeypatch.setattr("foretaste.wiring.watching.LOG", logger)
    loops = Loops(breaks=ValueError("no disk"))

    with watching(cast("Watcher", loops)):
        assert loops.closed.wait(DEADLINE)

    assert loops.broken == "the watcher has stopped: ValueError('no disk')"
    assert [call.kwargs["event"] for call in said.calls] == ["the watcher has stopped"]


def test_a_gate_without_a_watcher_watches_nothing() -> None:
    with watching(None):
        assert not {"watcher", "releases"} & running()
