"""The store: the log of events, the outbox of what they cause, and the lease.

Events are the truth. One call of `append` is one transaction: the events, the outbox rows of
the deeds among them, and the rows that are done now. When it returns, it is on the disk.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from foretaste.core.events import Deed, Event, Recorded
from foretaste.core.facts import Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """An outbox row: a deed that was decided and not confirmed; `key` is its event's number."""

    key: int
    deed: Deed


class Store(Protocol):
    """Keeps what happened. Every write carries the lease's number and fails without it."""

    def acquire(self, holder: str, now: float, seconds: float) -> int:
        """Take the lease and return its number, higher than every one before.

        Raises:
            PermanentError: another live gate holds it (says which and until when).
        """
        ...

    def renew(self, lease: int, now: float, seconds: float) -> None:
        """Hold the lease for longer.

        Raises:
            PermanentError: it was lost to another; whoever held it must stop acting.
        """
        ...

    def append(
        self, lease: int, at: float, events: Sequence[Event], done: Sequence[int] = ()
    ) -> tuple[Recorded, ...]:
        """Store the events, add a row for each deed among them, drop the rows `done`.

        Raises:
            TransientError: the store cannot be written (disk full, locked); nothing was stored.
            PermanentError: the lease was lost.
        """
        ...

    def facts(self) -> Facts:
        """Return the facts of the newest snapshot, empty ones where there is none."""
        ...

    def since(self, seq: int, limit: int = 0) -> Iterator[Recorded]:
        """Yield the events after number `seq`, in order, at most `limit` (0: all)."""
        ...

    def outbox(self) -> tuple[Due, ...]:
        """Return the rows that are not done, in order."""
        ...

    def snapshot(self, facts: Facts) -> None:
        """Keep the facts, so that the next start replays only what came after."""
        ...

    def story(self, change: str) -> tuple[Recorded, ...]:
        """Return the events that concern one change, in order."""
        ...

    def build_events(self, build: str) -> tuple[Recorded, ...]:
        """Return the events that concern one build, in order."""
        ...

    def verify(self) -> int:
        """Check the log's hash chain and return how many events it holds.

        Raises:
            PermanentError: a row was altered, removed or inserted; says which.
        """
        ...
