"""A store in a file of its own, and ways to get at the file behind its back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from foretaste.adapters.sql.database import Database, sqlite_url
from foretaste.adapters.sql.store import SqlStore


@dataclass(frozen=True)
class File:
    """The file of a store that is open."""

    path: Path

    @property
    def url(self) -> str:
        """Its address."""
        return sqlite_url(self.path)

    def execute(self, *statements: str) -> None:
        """Change the file as someone without the gate would; foreign keys do not hold them up."""
        with closing(sqlite3.connect(self.path)) as connection, connection:
            for statement in statements:
                connection.execute(statement)

    def ask(self, question: str) -> list[tuple[object, ...]]:
        """Return what the file holds."""
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(question).fetchall()


@pytest.fixture(name="file")
def file_fixture(tmp_path: Path) -> File:
    return File(tmp_path / "store.sqlite3")


@pytest.fixture(name="database")
def database_fixture(file: File) -> Iterator[Database]:
    database = Database(file.url, busy_seconds=0.05)
    yield database
    database.close()


@pytest.fixture(name="store")
def store_fixture(database: Database) -> SqlStore:
    return SqlStore(database)


@pytest.fixture(name="lease")
def lease_fixture(store: SqlStore) -> int:
    return store.acquire("a gate", now=100.0, seconds=30.0)
