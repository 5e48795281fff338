"""News and tokens that a test writes: a feed of events, and a guard with a plain map."""

from __future__ import annotations

import threading
from collections.abc import Mapping

from foretaste.service.access import Principal
from foretaste.service.faces import Notice


class News:
    """A feed that a test writes: `tell` adds an event about something."""

    def __init__(self) -> None:
        self._bell = threading.Condition()
        self._told: list[Notice] = []
        self.asked = 0

    def tell(self, kind: str = "gate", subject: str = "") -> int:
        """Add an event and return its number."""
        with self._bell:
            seq = len(self._told) + 1
            self._told.append(Notice(seq=seq, kind=kind, subject=subject))
            self._bell.notify_all()
            return seq

    def newest(self) -> int:
        """Return the number of the newest event."""
        return len(self._told)

    def since(self, seq: int, limit: int) -> tuple[Notice, ...]:
        """Return the notices after a number."""
        self.asked += 1
        return tuple(self._told[seq : seq + limit])

    def wait(self, seq: int, timeout: float) -> int:
        """Wait for an event after a number."""
        with self._bell:
            self._bell.wait_for(lambda: len(self._told) > seq, timeout)
            return len(self._told)


class TokenBook:
    """A guard that knows the tokens of a plain map."""

    def __init__(self, people: Mapping[str, Principal]) -> None:
        self.people = dict(people)

    def authenticate(self, token: str) -> Principal | None:
        """Look the token up."""
        return self.people.get(token)
