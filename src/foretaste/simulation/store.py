"""The store's twin in memory: what it holds outlives the gate that is simulated, as a disk does.

A simulation may kill the gate at any write, before or after the write took effect, and may let
the store refuse writes for a while, as a full disk does.
"""

from __future__ import annotations

import enum
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import get_args

from foretaste.core.events import Deed, Event, Recorded
from foretaste.core.facts import Facts
from foretaste.core.names import BuildId, ChangeId
from foretaste.core.subjects import Sort, Subject, build_story_of, story_of, subjects
from foretaste.ports.errors import PermanentError, TransientError
from foretaste.ports.store import Due

_DEEDS = get_args(Deed)
_ONE_GATE = "one gate at a time may run on a store"


class Moment(enum.Enum):
    """When a write kills the gate: before it took effect, or after, unacknowledged."""

    BEFORE = "before"
    AFTER = "after"


class Crash(BaseException):
    """The gate was killed; like a real kill it is stopped by no `except Exception`."""


class MemoryStore:
    """The port `Store` in memory; may be used from any thread.

    `refuse_writes` makes every write raise a `TransientError` while it is True. `writes` counts
    the writes that were tried: of the lease, of events and of snapshots.
    """

    def __init__(self) -> None:
        self.refuse_writes = False
        self.writes = 0
        self._lock = threading.Lock()
        self._crash: tuple[int, Moment] | None = None
        self._events: list[Recorded] = []
        self._index: dict[Subject, list[int]] = {}
        self._outbox: dict[int, Deed] = {}
        self._facts = Facts()
        self._lease = 0
        self._holder = ""
        self._until = 0.0

    def crash_at(self, n: int, moment: Moment = Moment.BEFORE) -> None:
        """Kill the gate at the n-th write from now, counted from 1; 0 takes it back."""
        self._crash = (self.writes + n, moment) if n else None

    def acquire(self, holder: str, now: float, seconds: float) -> int:
        """Take the lease; that of a gate that crashed here is taken over at once.

        Raises:
            PermanentError: another live gate holds it (FT808).
        """
        with self._write():
            if self._until > now and self._holder not in {"", holder}:
                what = f"another gate runs on this store: {self._holder}, until {self._until}"
                raise PermanentError("FT808", what, hint=_ONE_GATE)
            self._lease, self._holder, self._until = self._lease + 1, holder, now + seconds
        return self._lease

    def renew(self, lease: int, now: float, seconds: float) -> None:
        """Hold the lease for longer.

        Raises:
            PermanentError: it was lost to another (FT809).
        """
        with self._write():
            self._check(lease)
            self._until = now + seconds

    def append(
        self, lease: int, at: float, events: Sequence[Event], done: Sequence[int] = ()
    ) -> tuple[Recorded, ...]:
        """Store the events, add a row for each deed among them, drop the rows `done`.

        Raises:
            TransientError: writes are refused (FT801); nothing was stored.
            PermanentError: the lease was lost (FT809).
        """
        with self._write():
            self._check(lease)
            first = len(self._events) + 1
            recorded = tuple(
                Recorded(seq=seq, at=at, event=event) for seq, event in enumerate(events, first)
            )
            for one in recorded:
                self._take(one)
            for key in done:
                self._outbox.pop(key, None)
        return recorded

    def facts(self) -> Facts:
        """Return the facts of the newest snapshot, empty ones where there is none."""
        return self._facts

    def since(self, seq: int, limit: int = 0) -> Iterator[Recorded]:
        """Yield the events after number `seq`, in order, at most `limit` (0: all)."""
        end = seq + limit if limit else len(self._events)
        yield from self._events[seq:end]

    def outbox(self) -> tuple[Due, ...]:
        """Return the rows that are not done, in order."""
        return tuple(Due(key=key, deed=deed) for key, deed in sorted(self._outbox.items()))

    def snapshot(self, facts: Facts) -> None:
        """Keep the facts in place of older ones.

        Raises:
            TransientError: writes are refused (FT801).
            PermanentError: they tell of more than the log does (FT810).
        """
        with self._write():
            if facts.seq > len(self._events):
                what = f"the log ends at event {len(self._events)}, the facts at {facts.seq}"
                raise PermanentError("FT810", what)
            if facts.seq >= self._facts.seq:
                self._facts = facts

    def story(self, change: str) -> tuple[Recorded, ...]:
        """Return the events that concern one change, its prospects and its builds, in order."""
        return story_of(ChangeId(change), self._about)

    def build_events(self, build: str) -> tuple[Recorded, ...]:
        """Return the events that concern one build, and those that made its prospect, in order."""
        return build_story_of(BuildId(build), self._about)

    def verify(self) -> int:
        """Return how many events the log holds; nothing can alter it here."""
        return len(self._events)

    @contextmanager
    def _write(self) -> Iterator[None]:
        with self._lock:
            self.writes += 1
            moment = self._due()
            if moment is Moment.BEFORE:
                self._kill()
            if self.refuse_writes:
                hint = "let the simulation take the refusal back"
                raise TransientError("FT801", "the disk that holds the store is full", hint=hint)
            yield
            if moment is Moment.AFTER:
                self._kill()

    def _due(self) -> Moment | None:
        return self._crash[1] if self._crash is not None and self._crash[0] == self.writes else None

    def _kill(self) -> None:
        self._crash = None
        self._holder = ""  # its process is gone, as the real store sees for itself
        raise Crash

    def _check(self, lease: int) -> None:
        if lease != self._lease:
            what = f"the lease {lease} was lost: {self._holder} has taken over as {self._lease}"
            raise PermanentError("FT809", what, hint=_ONE_GATE)

    def _take(self, recorded: Recorded) -> None:
        self._events.append(recorded)
        for subject in subjects(recorded.event):
            self._index.setdefault(subject, []).append(recorded.seq)
        if isinstance(recorded.event, _DEEDS):
            self._outbox[recorded.seq] = recorded.event

    def _about(self, sort: Sort, names: Collection[str]) -> Iterator[Recorded]:
        seqs = {seq for name in names for seq in self._index.get((sort, name), ())}
        return (self._events[seq - 1] for seq in sorted(seqs))
