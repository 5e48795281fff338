"""A disk that fails stops the store and nothing else: it goes on when the disk does."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from foretaste.adapters.sql.database import Database
from foretaste.adapters.sql.history import SqlHistory
from foretaste.adapters.sql.store import SqlStore
from foretaste.core.events import Held
from foretaste.core.facts import Facts
from foretaste.ports.errors import PermanentError, TransientError
from tests.contract import happenings as now
from tests.unit.adapters.sql.conftest import File

HELD = [Held(why="x")]
LARGE = [Held(why="x" * 100_000)]


@contextmanager
def writing_with(database: Database, pragma: str) -> Iterator[None]:
    """Let every connection that writes run with this pragma for a while."""

    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute(f"PRAGMA {pragma}")

    event.listen(database._writer, "connect", set_up)
    database._writer.dispose()
    yield
    event.remove(database._writer, "connect", set_up)
    database._writer.dispose()


def full_disk(database: Database) -> AbstractContextManager[None]:
    """Let the file grow no more for a while: SQLite itself then says that the disk is full."""
    with database.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    return writing_with(database, f"max_page_count={pages}")


def test_a_full_disk_stores_nothing_and_passes(
    database: Database, store: SqlStore, lease: int
) -> None:
    store.append(lease, 1.0, HELD)
    large = Facts(seq=1, held="x" * 100_000)

    with full_disk(database):
        for write in (lambda: store.append(lease, 2.0, LARGE), lambda: store.snapshot(large)):
            with pytest.raises(TransientError, match="holds the store is full") as full:
                write()
            assert full.value.hint == "free some space; the gate goes on by itself"

    assert store.verify() == 1
    assert store.facts() == Facts()
    assert store.append(lease, 3.0, LARGE)[0].seq == 2
    assert store.verify() == 2


def test_a_store_that_may_only_be_read_stores_nothing_and_passes(
    database: Database, store: SqlStore, lease: int
) -> None:
    with (
        writing_with(database, "query_only=ON"),
        pytest.raises(TransientError, match="the store may not be written"),
    ):
        store.append(lease, 2.0, HELD)

    assert store.append(lease, 3.0, HELD)[0].seq == 1


def test_a_connection_that_went_bad_is_not_used_again(
    database: Database, store: SqlStore, lease: int
) -> None:
    with suppress(TransientError), database.writing() as connection:
        connection.exec_driver_sql("PRAGMA query_only=ON")
        connection.exec_driver_sql("UPDATE lease SET until = 0")

    assert store.append(lease, 3.0, HELD)[0].seq == 1


# The file may not grow any more, as under a quota: the write itself fails, with EFBIG.
QUOTA = """
import os, resource, sys
from foretaste.adapters.sql.database import Database
from foretaste.adapters.sql.store import SqlStore
from foretaste.core.events import Held
from foretaste.ports.errors import TransientError

url, path = sys.argv[1:]
store = SqlStore(Database(url))
lease = store.acquire("one", 0.0, 1e9)
store.append(lease, 1.0, [Held(why="x")])
limit = os.path.getsize(path + "-wal") + 1000
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
try:
    store.append(lease, 2.0, [Held(why="x" * 100_000)])
except TransientError as error:
    print(error.what)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
print(store.verify(), store.append(lease, 3.0, [Held(why="x" * 100_000)])[0].seq, store.verify())
"""


def test_a_write_that_the_system_refuses_stores_nothing_and_passes(file: File) -> None:
    done = subprocess.run(
        [sys.executable, "-c", QUOTA, file.url, str(file.path)],
        check=True,
        capture_output=True,
        text=True,
    )

    said, numbers = done.stdout.splitlines()
    assert "disk" in said
    assert numbers == "1 2 2"


def test_a_page_that_was_overwritten_is_damage(
    file: File, database: Database, store: SqlStore, lease: int
) -> None:
    store.append(lease, 1.0, [Held(why=f"reason {n}") for n in range(1000)])
    database.close()  # which moves everything from the write-ahead log into the file
    damaged = bytearray(file.path.read_bytes())
    damaged[8192:] = b"\xa5" * (len(damaged) - 8192)
    file.path.write_bytes(damaged)

    with pytest.raises(PermanentError) as found, closing(Database(file.url)) as damaged_one:
        SqlStore(damaged_one).verify()

    assert found.value.code == "FT802"
    assert "put back a copy" in found.value.hint


def failing_commit(database: Database, before: Callable[[Any], None]) -> Callable[[Any], None]:
    """Make the next commit fail, after doing `before` to the driver's connection."""

    def fail(connection: Any) -> None:
        event.remove(database._writer, "commit", fail)
        before(connection.connection.dbapi_connection)
        raise OperationalError("COMMIT", {}, lost())

    event.listen(database._writer, "commit", fail)
    return fail


def lost() -> Exception:
    """What the driver says when the server went away."""
    error = type("OperationalError", (Exception,), {})("server closed the connection")
    assert isinstance(error, Exception)
    return error


def test_a_commit_that_failed_stored_nothing(
    database: Database, store: SqlStore, lease: int
) -> None:
    failing_commit(database, lambda connection: connection.rollback())

    with pytest.raises(TransientError, match="server closed the connection"):
        store.append(lease, 1.0, HELD)

    assert store.verify() == 0
    assert store.append(lease, 2.0, HELD)[0].seq == 1


def test_a_commit_that_was_done_but_not_confirmed_is_found_done(
    database: Database, store: SqlStore, lease: int
) -> None:
    failing_commit(database, lambda connection: connection.commit())

    assert store.append(lease, 1.0, HELD)[0].seq == 1

    assert store.verify() == 1
    assert store.append(lease, 2.0, HELD)[0].seq == 2


def test_a_commit_of_which_nothing_is_known_stops_the_gate_if_it_was_done(
    database: Database, store: SqlStore, lease: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing_commit(database, lambda connection: connection.commit())

    def out_of_reach() -> None:
        raise TransientError("FT801", "the server is out of reach")

    with monkeypatch.context() as patched:
        patched.setattr(database, "reading", out_of_reach)
        with pytest.raises(TransientError):
            store.append(lease, 1.0, HELD)

    with pytest.raises(PermanentError, match="FT810") as stopped:
        store.append(lease, 2.0, HELD)
    assert "start the gate again" in stopped.value.hint


def test_a_history_that_cannot_be_written_is_caught_up_later(
    database: Database, store: SqlStore, lease: int
) -> None:
    history = SqlHistory(database)
    store.append(lease, 1.0, now.gate_of_two())
    store.append(lease, 2.0, [now.build_wanted(f"b{n}", "p", "A") for n in range(1000)])

    with full_disk(database), pytest.raises(TransientError, match="full"):
        history.catch_up()

    assert 0 < history.catch_up() <= 1016
    stepwise = history.recent_builds(2000)
    assert len(stepwise) == 1003
    assert history.rebuild() == 1016
    assert history.recent_builds(2000) == stepwise
