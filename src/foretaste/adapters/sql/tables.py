"""The tables, as the newest migration leaves them.

`event` is the log and the truth; `event_subject` finds what concerns a change or a build; `head`
names the last event, so that a cut is seen; `outbox` holds the deeds that are not done; `lease`
says who may write. `snapshot` can be made again from the log, and so can `build`,
`build_change`, `change_project` and `history`, which show builds that the facts have forgotten.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

metadata = MetaData()

# SQLite keeps a row by its number only where the column's type is exactly INTEGER.
Number = BigInteger().with_variant(Integer, "sqlite")

event = Table(
    "event",
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=False),
    Column("at", Double, nullable=False),  # wall time in seconds
    Column("kind", String(64), nullable=False),  # the name of the event's class
    Column("version", Integer, nullable=False),  # of how its body is written
    Column("body", Text, nullable=False),
    Column("hash", String(64), nullable=False),
)

event_subject = Table(
    "event_subject",
    metadata,
    Column("sort", String(16), primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("seq", Number, ForeignKey("event.seq"), primary_key=True),
    sqlite_with_rowid=False,
)

head = Table(
    "head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", Number, nullable=False),
    Column("hash", String(64), nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("seq", Number, ForeignKey("event.seq"), primary_key=True, autoincrement=False),
)

lease = Table(
    "lease",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", Number, nullable=False),
    Column("holder", Text, nullable=False),
    Column("until", Double, nullable=False),  # wall time in seconds
)

snapshot = Table(
    "snapshot",
    metadata,
    Column("seq", Number, primary_key=True, autoincrement=False),
    Column("shape", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("body", Text, nullable=False),
)

build = Table(
    "build",
    metadata,
    Column("id", Text, primary_key=True),
    Column("seq", Number, nullable=False),  # of the event that wanted it
    Column("job", Text, nullable=False),
    Column("change", Text, nullable=False),  # "" where it is shared by an item
    Column("project", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("fault", String(32), nullable=False),
    Column("tests", Integer),
    Column("failed", Text, nullable=False),  # the names of the failed tests, a line each
    Column("seconds", Double, nullable=False),
    Column("wanted_at", Double, nullable=False),
    Column("ended_at", Double, nullable=False),
    Column("body", Text, nullable=False),
    Index("build_by_seq", "seq"),
    Index("build_by_project_job", "project", "job", "seq"),
)

build_change = Table(
    "build_change",
    metadata,
    Column("change", Text, primary_key=True),
    Column("build", Text, ForeignKey("build.id"), primary_key=True),
    sqlite_with_rowid=False,
)

change_project = Table(
    "change_project",
    metadata,
    Column("change", Text, primary_key=True),
    Column("project", Text, nullable=False),
)

history = Table(
    "history",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", Number, nullable=False),  # the last event that the builds tell of
    Column("shape", String(64), nullable=False),  # of the records in `build`
)


def as_key(name: str) -> str:
    """Return a name as it stands in a column: what a database cannot hold is written out.

    Names come from git and from people; the true ones are in the bodies.
    """
    return name.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")
