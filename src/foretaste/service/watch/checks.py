"""Checks: the one check of releases that runs, in a thread of its own.

One at a time, whatever the index does: a check holds workers that builds of changes want too.
Nothing waits in a queue here; what is to be asked next is worked out when the one before has ended.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from foretaste.ports.errors import PermanentError, PortError
from foretaste.service.watch.asking import CheckedBump, Checker
from foretaste.service.watch.standing import Ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """How a check ended: with an answer, an error, or stopped, for `why`."""

    ask: Ask
    bump: CheckedBump | None = None
    error: PortError | None = None
    stopped: str = ""


@dataclass(slots=True)
class _Running:
    ask: Ask
    stop: threading.Event = field(default_factory=threading.Event)
    why: str = ""


class Checks:
    """Runs checks, one at a time; `tell` is told of each that has ended, from its thread."""

    def __init__(self, checker: Checker, tell: Callable[[Answered], None]) -> None:
        self._checker = checker
        self._tell = tell
        self._bell = threading.Condition()
        self._running: _Running | None = None
        self._begun = False
        self._closed = threading.Event()

    def running(self) -> Ask | None:
        """Return what is being checked, None where nothing is."""
        with self._bell:
            return None if self._running is None else self._running.ask

    def start(self, ask: Ask) -> bool:
        """Begin a check; False where another one runs."""
        with self._bell:
            if self._running is not None:
                return False
            self._running = _Running(ask)
            self._begun = False
            self._bell.notify_all()
            return True

    def cancel(self, why: str) -> None:
        """Stop the check that runs: its answer counts for nothing any more."""
        with self._bell:
            if self._running is not None:
                self._running.why = self._running.why or why
                self._running.stop.set()

    def close(self) -> None:
        """Stop the check that runs, and begin no other."""
        self.cancel("the gate stops")
        with self._bell:
            self._closed.set()
            self._bell.notify_all()

    def run(self) -> None:
        """Run what is started until closed."""
        while not self._closed.is_set():
            with self._bell:
                self._bell.wait_for(lambda: self._due() is not None or self._closed.is_set())
                running = self._due()
                self._begun = True
            if running is not None and not self._closed.is_set():
                self._end(running, self._answer(running))

    def _due(self) -> _Running | None:
        return None if self._begun else self._running

    def _answer(self, running: _Running) -> Answered:
        try:
            bump = self._checker.check(running.ask.question, running.stop)
        except PortError as error:
            return Answered(ask=running.ask, error=error)
        except Exception as error:  # noqa: BLE001 - one check's mistake is not the watcher's end
            what = f"the check has a mistake of its own: {type(error).__name__}: {error}"
            return Answered(ask=running.ask, error=PermanentError("FT946", what))
        return Answered(ask=running.ask, bump=bump)

    def _end(self, running: _Running, answered: Answered) -> None:
        with self._bell:
            self._running = None
        if running.stop.is_set():
            answered = Answered(ask=running.ask, stopped=running.why)
        self._tell(answered)
