"""The store in a database: the log, its outbox, the lease and the snapshot.

Every write is one transaction that looks at the lease's number first, so that a gate that was
stopped and goes on after another took over stores nothing. It looks at the log's head as well:
events that this gate did not write mean that its facts are not what the log tells.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import get_args

from sqlalchemy import Connection, delete, insert, select, true, update

from foretaste.adapters.sql import tables
from foretaste.adapters.sql.codec import CodecError, codec_of
from foretaste.adapters.sql.database import Database
from foretaste.adapters.sql.holder import holder_of, is_gone
from foretaste.adapters.sql.log import ALTERED, Head, Row, recorded_of, rows_of, verified
from foretaste.core.events import Deed, Event, Recorded
from foretaste.core.facts import Facts
from foretaste.core.names import BuildId, ChangeId
from foretaste.core.subjects import Sort, build_story_of, story_of, subjects
from foretaste.ports.errors import PermanentError, PortError
from foretaste.ports.store import Due

HELD = "FT808"
LOST = "FT809"
FOREIGN = "FT810"
PAGE = 1000
"""So many rows are read at once: a start holds no long transaction and little memory."""

_LEASE_AND_HEAD = (
    select(tables.lease.c.number, tables.lease.c.holder, tables.head.c.seq, tables.head.c.hash)
    .join_from(tables.lease, tables.head, true())
    .with_for_update(of=tables.lease)
)
_NAMES = 500  # so many names fit into one question, of which SQLite takes 32,766 parameters
_DEEDS = get_args(Deed)


class SqlStore:
    """The port `Store` on an open database; may be used from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: Head | None = None

    def acquire(self, holder: str, now: float, seconds: float) -> int:
        """Take the lease; that of a process of this machine that died is taken over at once.

        Raises:
            TransientError: the store cannot be written.
            PermanentError: another live gate holds it (FT808).
        """
        with self._database.writing() as connection:
            row = connection.execute(select(tables.lease)).one()
            if row.until > now and row.holder != holder and not _gone(row.holder):
                raise _held(row.holder, row.until, self._database.where)
            news = {"number": row.number + 1, "holder": holder, "until": now + seconds}
            connection.execute(update(tables.lease).values(news))
            head = _head(connection)
        self._known = head
        return int(row.number) + 1

    def renew(self, lease: int, now: float, seconds: float) -> None:
        """Hold the lease for longer.

        Raises:
            TransientError: the store cannot be written.
            PermanentError: it was lost to another (FT809).
        """
        with self._database.writing() as connection:
            self._check(connection, lease)
            # The number stays: what this gate has begun under it is still its own.
            connection.execute(update(tables.lease).values(until=now + seconds))

    def append(
        self, lease: int, at: float, events: Sequence[Event], done: Sequence[int] = ()
    ) -> tuple[Recorded, ...]:
        """Store the events, add a row for each deed among them, drop the rows `done`.

        Raises:
            TransientError: the store cannot be written; nothing was stored.
            PermanentError: the lease was lost (FT809), or the log holds what this gate did not
                write (FT810).
        """
        rows: tuple[Row, ...] = ()
        try:
            with self._database.writing() as connection:
                before = self._checked_head(connection, lease)
                rows = tuple(rows_of(before, at, events))
                _insert(connection, rows, events)
                if done:
                    gone = tables.outbox.c.seq.in_(done)
                    connection.execute(delete(tables.outbox).where(gone))
        except PortError:
            # A commit may be done although its answer was lost; to store it twice would be a lie.
            if not self._was_stored(rows):
                raise
        if rows:
            self._known = Head(rows[-1].seq, rows[-1].hash)
        return tuple(
            Recorded(seq=row.seq, at=at, event=event)
            for row, event in zip(rows, events, strict=True)
        )

    def facts(self) -> Facts:
        """Return the facts of the newest snapshot that this program can read, else empty ones.

        A snapshot of another program, whose records had other fields, is not read: what it
        forgot is in the log.

        Raises:
            TransientError: the store cannot be read.
            PermanentError: the snapshot tells of more than the log does (FT807).
        """
        codec = codec_of(Facts)
        kept = select(tables.snapshot).order_by(tables.snapshot.c.seq.desc())
        with self._database.reading() as connection:
            rows, head = connection.execute(kept).all(), _head(connection)
        if rows and rows[0].seq > head.seq:
            what = f"the log was altered: it ends at {head.seq}, facts are kept of {rows[0].seq}"
            raise PermanentError(ALTERED, what, where=self._database.where, hint=_PUT_BACK)
        for row in rows:
            # The log behind a snapshot is not read again, so a damaged one would be believed.
            if row.shape == codec.shape and row.digest == _digest(row.body):
                try:
                    return codec.decode(row.body)
                except CodecError:
                    continue
        return Facts()

    def since(self, seq: int, limit: int = 0) -> Iterator[Recorded]:
        """Yield the events after number `seq`, in order, at most `limit` (0: all).

        Raises:
            TransientError: the store cannot be read.
            PermanentError: an event cannot be read (FT806).
        """
        left = limit
        while page := self._page(seq, min(left, PAGE) if limit else PAGE):
            yield from map(recorded_of, page)
            seq, left = page[-1].seq, left - len(page)
            if limit and left == 0:
                return

    def outbox(self) -> tuple[Due, ...]:
        """Return the rows that are not done, in order.

        Raises:
            TransientError: the store cannot be read.
            PermanentError: one cannot be read (FT806).
        """
        query = (
            select(tables.event)
            .join(tables.outbox, tables.outbox.c.seq == tables.event.c.seq)
            .order_by(tables.event.c.seq)
        )
        with self._database.reading() as connection:
            rows = [Row.of(row) for row in connection.execute(query)]
        return tuple(
            Due(key=recorded.seq, deed=recorded.event)
            for recorded in map(recorded_of, rows)
            if isinstance(recorded.event, Deed)
        )

    def snapshot(self, facts: Facts) -> None:
        """Keep the facts in place of older ones.

        Raises:
            TransientError: the store cannot be written.
            PermanentError: they tell of more than the log does (FT810).
        """
        codec = codec_of(Facts)
        body = codec.encode(facts)
        kept = {"seq": facts.seq, "shape": codec.shape, "digest": _digest(body), "body": body}
        older = tables.snapshot.c.seq <= facts.seq
        with self._database.writing() as connection:
            head = _head(connection)
            # Facts from beyond the end of the log would hide the events that get those numbers.
            if facts.seq > head.seq:
                raise _foreign(head, facts.seq, self._database.where)
            connection.execute(delete(tables.snapshot).where(older))
            connection.execute(insert(tables.snapshot), kept)

    def story(self, change: str) -> tuple[Recorded, ...]:
        """Return the events that concern one change, its prospects and its builds, in order.

        Raises:
            TransientError: the store cannot be read.
            PermanentError: an event cannot be read (FT806).
        """
        return story_of(ChangeId(change), self._about)

    def build_events(self, build: str) -> tuple[Recorded, ...]:
        """Return the events that concern one build, and those that made its prospect, in order.

        Raises:
            TransientError: the store cannot be read.
            PermanentError: an event cannot be read (FT806).
        """
        return build_story_of(BuildId(build), self._about)

    def verify(self) -> int:
        """Check the log's hash chain and return how many events it holds.

        Raises:
            TransientError: the store cannot be read.
            PermanentError: a row was altered, removed or inserted; names the first (FT807).
        """
        query = select(tables.event).order_by(tables.event.c.seq)
        with self._database.reading() as connection:
            head = connection.execute(select(tables.head.c.seq, tables.head.c.hash)).one_or_none()
            rows = connection.execution_options(yield_per=PAGE).execute(query)
            return verified(map(Row.of, rows), None if head is None else Head(*head))

    def _page(self, seq: int, size: int) -> list[Row]:
        after = select(tables.event).where(tables.event.c.seq > seq)
        query = after.order_by(tables.event.c.seq).limit(size)
        with self._database.reading() as connection:
            return [Row.of(row) for row in connection.execute(query)]

    def _about(self, sort: Sort, names: Collection[str]) -> Iterator[Recorded]:
        keys = [tables.as_key(name) for name in names]
        for start in range(0, len(keys), _NAMES):
            with self._database.reading() as connection:
                rows = rows_about(connection, sort, keys[start : start + _NAMES])
            yield from map(recorded_of, rows)

    def _check(self, connection: Connection, lease: int) -> None:
        """Raise where another gate has taken the lease, and keep others from taking it now."""
        row = connection.execute(select(tables.lease).with_for_update()).one()
        self._holds(lease, row.number, row.holder)

    def _checked_head(self, connection: Connection, lease: int) -> Head:
        """Return the log's end, after the check of the lease in the same question."""
        row = connection.execute(_LEASE_AND_HEAD).one()
        self._holds(lease, row.number, row.holder)
        head, known = Head(row.seq, row.hash), self._known
        if known is not None and known != head:
            raise _foreign(head, known.seq, self._database.where)
        return head

    def _holds(self, lease: int, number: int, holder: str) -> None:
        if number != lease:
            what = f"the lease {lease} was lost: {_name(holder)} has taken over as {number}"
            raise PermanentError(LOST, what, where=self._database.where, hint=_ONE_GATE)

    def _was_stored(self, rows: tuple[Row, ...]) -> bool:
        """Whether a commit that failed has stored these rows all the same.

        A server may go away after it committed and before it says so. Where even that cannot be
        read, `append` says that nothing was stored, and the next one finds the head moved.
        """
        if not rows:
            return False
        try:
            with self._database.reading() as connection:
                return _head(connection) == Head(rows[-1].seq, rows[-1].hash)
        except PortError:
            return False


def rows_about(connection: Connection, sort: Sort, keys: Sequence[str]) -> list[Row]:
    """Return the rows of the events that are about one of the things, in order."""
    index = tables.event_subject
    found = select(index.c.seq).where(index.c.sort == sort.value, index.c.subject.in_(keys))
    query = select(tables.event).where(tables.event.c.seq.in_(found)).order_by(tables.event.c.seq)
    return [Row.of(row) for row in connection.execute(query)]


def _insert(connection: Connection, rows: Sequence[Row], events: Sequence[Event]) -> None:
    if not rows:
        return
    values = [
        {
            "seq": row.seq,
            "at": row.at,
            "kind": row.kind,
            "version": row.version,
            "body": row.body,
            "hash": row.hash,
        }
        for row in rows
    ]
    about = [
        {"sort": sort.value, "subject": tables.as_key(name), "seq": row.seq}
        for row, event in zip(rows, events, strict=True)
        for sort, name in subjects(event)
    ]
    deeds = [
        {"seq": row.seq}
        for row, event in zip(rows, events, strict=True)
        if isinstance(event, _DEEDS)
    ]
    connection.execute(insert(tables.event), values)
    if about:
        connection.execute(insert(tables.event_subject), about)
    if deeds:
        connection.execute(insert(tables.outbox), deeds)
    connection.execute(update(tables.head).values(seq=rows[-1].seq, hash=rows[-1].hash))


def _head(connection: Connection) -> Head:
    seq, chained = connection.execute(select(tables.head.c.seq, tables.head.c.hash)).one()
    return Head(seq, chained)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _gone(text: str) -> bool:
    return not text or is_gone(text)


def _name(text: str) -> str:
    """Return how to call a holder: by process and machine where it is one of ours."""
    process = holder_of(text)
    return text if process is None else f"process {process.pid} on {process.host}"


_ONE_GATE = "one gate at a time may run on a store; stop the other one, or this one"
_PUT_BACK = "keep the file for whoever looks into it, and put back a copy from before"


def _held(text: str, until: float, where: str) -> PermanentError:
    when = datetime.fromtimestamp(until, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    what = f"another gate runs on this store: {_name(text)}, until {when} at least"
    return PermanentError(HELD, what, where=where, hint=_ONE_GATE)


def _foreign(head: Head, known: int, where: str) -> PermanentError:
    what = f"the log ends at event {head.seq}, and this gate knows it to end at {known}"
    hint = "start the gate again: it reads the log and goes on from there"
    return PermanentError(FOREIGN, what, where=where, hint=hint)
