"""Follow: what is done after events are stored, by whoever has the time.

A follower lags by a moment and may die at any time: what it does is done again from where the log
says it was.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from foretaste.core.events import Landed, Recorded
from foretaste.ports.errors import PortError, TransientError
from foretaste.ports.history import History
from foretaste.ports.store import Store
from foretaste.service.gate import Gate
from foretaste.service.settings import OWN

PATIENCE = 1.0
"""Seconds that it waits for news before it looks whether it is to stop."""


@dataclass(slots=True)
class Follower:
    """Keeps the history filled, and the gate's settings those that have landed."""

    gate: Gate
    store: Store
    history: History
    reconfigure: Callable[[], None]
    count: Callable[[Recorded], None]
    complain: Callable[[PortError], None]
    seen: int = 0

    def run(self, stop: threading.Event) -> None:
        """Follow the log until told to stop."""
        while not stop.is_set():
            if self.gate.wait(self.seen, PATIENCE) > self.seen:
                self.step()

    def step(self) -> None:
        """Take in everything that is new."""
        for recorded in self.store.since(self.seen):
            self.count(recorded)
            if _settings_landed(recorded):
                self._attempt(self.reconfigure)
            self.seen = recorded.seq
        self._attempt(self.history.catch_up)

    def _attempt(self, action: Callable[[], object]) -> None:
        try:
            action()
        except TransientError:
            return  # the next news brings another attempt
        except PortError as error:
            self.complain(error)


def _settings_landed(recorded: Recorded) -> bool:
    event = recorded.event
    return isinstance(event, Landed) and any(move.ref == OWN for move in event.moves)
