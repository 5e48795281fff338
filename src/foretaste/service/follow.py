"""Follow: what is done after events are stored, by whoever has the time.

A follower lags by a moment and may die at any time: what it does is done again from where the log
says it was.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from foretaste.core.events import Recorded
from foretaste.ports.errors import PortError, TransientError
from foretaste.ports.history import History
from foretaste.ports.store import Store
from foretaste.service.gate import Gate

PATIENCE = 1.0
"""Seconds that it waits for news before it looks whether it is to stop."""

PACE = 0.25
"""Seconds between two steps: what comes meanwhile is taken in together, as no person notices."""


def _nothing(_recorded: Recorded) -> None:
    """Keep nothing."""


@dataclass(slots=True)
class Follower:
    """Keeps the history filled, and what has to be kept of each event.

    `keep` is given each event, again where it met something passing; `seen` is the number of the
    last event that it took in.
    """

    gate: Gate
    store: Store
    history: History
    count: Callable[[Recorded], None]
    complain: Callable[[PortError], None]
    keep: Callable[[Recorded], None] = _nothing
    seen: int = 0
    again: bool = False

    def run(self, stop: threading.Event) -> None:
        """Follow the log until told to stop.

        Raises:
            PermanentError: the log cannot be read.
        """
        while not stop.is_set():
            news = self.gate.wait(self.seen, PATIENCE) > self.seen
            if news or self.again:
                self.again = not self.step()
                stop.wait(PATIENCE if self.again else PACE)

    def step(self) -> bool:
        """Take in everything that is new; False where some of it is to be tried again."""
        read = self._attempt(self._read)
        return self._told(self.history.catch_up) and read

    def _read(self) -> None:
        for recorded in self.store.since(self.seen):
            self._keep(recorded)
            self.count(recorded)
            self.seen = recorded.seq

    def _keep(self, recorded: Recorded) -> None:
        """Have an event kept; one that never can be is complained of, and passed over.

        Raises:
            TransientError: it may pass.
        """
        try:
            self.keep(recorded)
        except TransientError:
            raise
        except PortError as error:
            self.complain(error)

    def _told(self, action: Callable[[], object]) -> bool:
        """Do something of which people are told where it can never be done."""
        try:
            return self._attempt(action)
        except PortError as error:
            self.complain(error)
            return True

    def _attempt(self, action: Callable[[], object]) -> bool:
        """Do something; False where it is worth another attempt."""
        try:
            action()
        except TransientError:
            return False
        return True
