"""The stores that the contract is run on, each with its ways to fail."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection, create_engine, text

from foretaste.adapters.sql.database import Database, sqlite_url
from foretaste.adapters.sql.history import SqlHistory
from foretaste.adapters.sql.store import SqlStore
from foretaste.adapters.sql.tables import metadata
from foretaste.ports.history import History
from foretaste.ports.store import Store
from foretaste.simulation.history import MemoryHistory
from foretaste.simulation.store import MemoryStore

BUSY_SECONDS = 0.05


@dataclass(frozen=True)
class Place:
    """Where events are kept: `open` gives the store as another gate finds it.

    `refusing` is a time in which nothing can be written, with the store in working order after.
    """

    open: Callable[[], Store]
    history: Callable[[], History]
    refusing: Callable[[], AbstractContextManager[None]]


def in_memory() -> Place:
    """Return a place in memory; every gate finds the same store."""
    store = MemoryStore()

    @contextmanager
    def refusing() -> Iterator[None]:
        store.refuse_writes = True
        yield
        store.refuse_writes = False

    return Place(open=lambda: store, history=lambda: MemoryHistory(store), refusing=refusing)


@contextmanager
def in_sqlite(folder: Path) -> Iterator[Place]:
    """Give a place in a file; another program's lock keeps the gate from writing."""
    path = folder / "store.sqlite3"

    @contextmanager
    def refusing() -> Iterator[None]:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")
        other.close()

    with _place(sqlite_url(path), refusing) as place:
        yield place


@contextmanager
def in_postgresql(url: str) -> Iterator[Place]:
    """Give an empty place on a server; another's lock keeps the gate from writing."""
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        wipe(connection)

    @contextmanager
    def refusing() -> Iterator[None]:
        with engine.begin() as connection:
            connection.execute(text("LOCK TABLE lease, snapshot IN ACCESS EXCLUSIVE MODE"))
            yield

    with _place(url, refusing) as place:
        yield place
    engine.dispose()


def wipe(connection: Connection) -> None:
    """Drop all that an earlier test left."""
    metadata.drop_all(connection)
    connection.execute(text("DROP TABLE IF EXISTS alembic_version"))


@contextmanager
def _place(url: str, refusing: Callable[[], AbstractContextManager[None]]) -> Iterator[Place]:
    opened: list[Database] = []

    def database() -> Database:
        opened.append(Database(url, busy_seconds=BUSY_SECONDS))
        return opened[-1]

    yield Place(
        open=lambda: SqlStore(database()),
        history=lambda: SqlHistory(database()),
        refusing=refusing,
    )
    for one in opened:
        one.close()
