"""The log's rows: events as text, each chained to the one before it by a hash.

A row that was edited, taken out or put in breaks the chain from there on; a log that was cut
short does not reach what its head names. That shows accidents and clumsy hands; whoever can
write the file and knows this module can write a chain that holds.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, get_args

from foretaste.adapters.sql.codec import CodecError, codec_of
from foretaste.core.events import Event, Recorded
from foretaste.ports.errors import PermanentError

UNREADABLE = "FT806"
ALTERED = "FT807"
VERSION = 1
"""How bodies are written; to be raised when an older program could misread one."""

KINDS: Mapping[str, type[Event]] = {kind.__name__: kind for kind in get_args(Event)}


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the log: the number and hash of its last event."""

    seq: int = 0
    hash: str = "0" * 64


@dataclass(frozen=True, slots=True)
class Row:
    """One event as it is stored; `at` is its wall time in seconds."""

    seq: int
    at: float
    kind: str
    version: int
    body: str
    hash: str

    @classmethod
    def of(cls, row: Sequence[Any]) -> Self:
        """Return the row that a query gave, whose columns are the fields in order."""
        return cls(*row)

    def link(self, before: Head) -> str:
        """Return the hash that the row must have where `before` stands before it."""
        return _link(before, self.at, (self.kind, self.version, self.body))


def rows_of(before: Head, at: float, events: Iterable[Event]) -> Iterator[Row]:
    """Yield the rows of new events after the head `before`."""
    for event in events:
        body = codec_of(type(event)).encode(event)
        seq, kind = before.seq + 1, type(event).__name__
        before = Head(seq, _link(before, at, (kind, VERSION, body)))
        yield Row(seq, at, kind, VERSION, body, before.hash)


def _link(before: Head, at: float, event: tuple[str, int, str]) -> str:
    kind, version, body = event
    text = f"{before.hash}\n{before.seq + 1}\n{at!r}\n{kind}\n{version}\n{body}"
    return hashlib.sha256(text.encode()).hexdigest()


def recorded_of(row: Row) -> Recorded:
    """Return the event that a row holds.

    Raises:
        PermanentError: this program cannot read it; says which and what to do.
    """
    kind = KINDS.get(row.kind)
    if kind is None:
        raise _unreadable(row, f"there is no event {row.kind}")
    if row.version != VERSION:
        raise _unreadable(row, f"it is written in version {row.version}, known is {VERSION}")
    try:
        event: Event = codec_of(kind).decode(row.body)
    except CodecError as error:
        raise _unreadable(row, str(error)) from error
    return Recorded(seq=row.seq, at=row.at, event=event)


def _unreadable(row: Row, why: str) -> PermanentError:
    return PermanentError(
        UNREADABLE,
        f"event {row.seq} ({row.kind}) cannot be read: {why}",
        where=f"table event, row {row.seq}",
        hint="start the Foretaste that wrote it, or a newer one; the event itself is kept",
    )


def verified(rows: Iterable[Row], head: Head | None) -> int:
    """Return how many rows the log has, all of them, in order, as they were written.

    Raises:
        PermanentError: one is not; names the first.
    """
    before = Head()
    for row in rows:
        if row.seq != before.seq + 1:
            raise _altered(before.seq + 1, f"is missing; after {before.seq} comes {row.seq}")
        if row.hash != row.link(before):
            raise _altered(row.seq, "is not what was written, or stands where it did not")
        if head is not None and row.seq > head.seq:
            raise _altered(row.seq, f"was put in: the log ends at {head.seq}")
        before = Head(row.seq, row.hash)
    if head is None:
        raise _altered(before.seq, "may not be the last: the log's head is gone")
    if before.seq < head.seq:
        raise _altered(before.seq + 1, f"is missing, and all up to {head.seq}")
    if before != head:
        raise _altered(before.seq, "is not the one that the log's head names")
    return before.seq


def _altered(seq: int, what: str) -> PermanentError:
    return PermanentError(
        ALTERED,
        f"the log was altered: event {seq} {what}",
        where=f"table event, row {seq}",
        hint="keep the file for whoever looks into it, and put back a copy from before",
    )
