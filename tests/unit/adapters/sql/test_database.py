"""A store opens ready and durable, and says in words why where it does not."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from foretaste.adapters.sql import database as opening
from foretaste.adapters.sql.database import Database, sqlite_url
from foretaste.adapters.sql.store import SqlStore
from foretaste.core.events import Held
from foretaste.ports.errors import PermanentError, TransientError
from tests.unit.adapters.sql.conftest import File


def test_what_is_acknowledged_is_on_the_disk(database: Database) -> None:
    for transaction in (database.writing, database.reading):
        with transaction() as connection:
            said = {
                name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
            }

        assert said == {
            "journal_mode": "wal",
            "synchronous": 2,  # FULL
            "foreign_keys": 1,
            "busy_timeout": 50,
        }


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(TransientError, match="may not be written"), database.reading() as reader:
        reader.exec_driver_sql("DELETE FROM event")


def test_a_reader_waits_for_no_writer(database: Database, store: SqlStore, lease: int) -> None:
    store.append(lease, 1.0, [Held(why="x")])

    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE lease SET until = 7.0")
        assert store.verify() == 1
        with database.reading() as reader:
            assert reader.exec_driver_sql("SELECT until FROM lease").scalar() == 130.0


def test_a_path_of_any_name_can_be_opened(tmp_path: Path) -> None:
    path = tmp_path / "50% ?x=y#z caf\u00e9.sqlite3"

    Database(sqlite_url(path)).close()

    assert path.exists()


@pytest.mark.parametrize(
    "url", ["", "store.sqlite3", "sqlite://", "sqlite:///:memory:", "mysql://u:secret@h/d"]
)
def test_an_address_that_cannot_be_used_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(PermanentError) as refused:
        Database(url)

    assert refused.value.code == "FT804"
    assert "sqlite:///FILE" in refused.value.hint
    assert "secret" not in str(refused.value)


def test_a_missing_driver_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    drivers = {"postgresql": "postgresql+pg8000"}
    monkeypatch.setattr(opening, "_DRIVERS", opening._DRIVERS | drivers)

    with pytest.raises(PermanentError, match=r"no driver for postgresql\+pg8000") as refused:
        Database("postgresql://gate@host/gate")

    assert "psycopg" in refused.value.hint


def test_a_folder_that_is_not_there_may_come(tmp_path: Path) -> None:
    with pytest.raises(TransientError, match="cannot be opened") as refused:
        Database(sqlite_url(tmp_path / "none" / "store.sqlite3"))

    assert "folder" in refused.value.hint


def test_a_file_that_is_no_database_is_damaged(file: File) -> None:
    file.path.write_bytes(b"not a database, " * 1000)

    with pytest.raises(PermanentError) as refused:
        Database(file.url)

    assert refused.value.code == "FT802"


def test_a_disk_that_cannot_hold_a_write_ahead_log_is_refused() -> None:
    # In memory, as on a network's disk, SQLite keeps another kind of journal.
    with (
        closing(sqlite3.connect(":memory:")) as connection,
        pytest.raises(PermanentError, match="keeps its journal as memory"),
    ):
        opening._set_up(connection, None)


def test_a_store_that_was_opened_before_is_opened_as_it_is(file: File, database: Database) -> None:
    lease = SqlStore(database).acquire("one", now=1.0, seconds=1.0)
    SqlStore(database).append(lease, 1.0, [Held(why="x")])
    database.close()

    again = Database(file.url)

    assert SqlStore(again).verify() == 1
    again.close()
