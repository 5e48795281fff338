"""What the database cannot do is told as something that passes, or as something that does not."""

from __future__ import annotations

import sqlite3

import pytest
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from foretaste.adapters.sql.faults import faults_of, port_error
from foretaste.ports.errors import PermanentError, TransientError


class InterfaceError(Exception):
    """As a driver of PostgreSQL raises it; `sqlstate` is what the server gave."""

    def __init__(self, sqlstate: str | None) -> None:
        super().__init__("first line\nsecond line")
        self.sqlstate = sqlstate


class ProgrammingError(Exception):
    """As a driver raises it for what it was asked."""

    sqlstate = None


def sqlite_error(name: str) -> sqlite3.Error:
    """An error as SQLite raises it."""
    error = sqlite3.OperationalError("as SQLite says it")
    error.sqlite_errorname = name
    return error


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("SQLITE_FULL", "full"),
        ("SQLITE_BUSY", "locked by another program"),
        ("SQLITE_BUSY_SNAPSHOT", "locked by another program"),
        ("SQLITE_LOCKED", "locked by another program"),
        ("SQLITE_READONLY_DBMOVED", "may not be written"),
        ("SQLITE_IOERR_FSYNC", "the disk that holds the store fails"),
        ("SQLITE_CANTOPEN", "cannot be opened"),
        ("SQLITE_NOMEM", "no memory"),
    ],
)
def test_what_may_pass_in_sqlite(name: str, said: str) -> None:
    error = port_error(sqlite_error(name), "a place")

    assert isinstance(error, TransientError)
    assert said in error.what
    assert error.what.endswith(": as SQLite says it")
    assert (error.code, error.where) == ("FT801", "a place")
    assert error.hint


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("SQLITE_CORRUPT", "FT802"),
        ("SQLITE_CORRUPT_INDEX", "FT802"),
        ("SQLITE_NOTADB", "FT802"),
        ("SQLITE_IOERR_CORRUPTFS", "FT802"),
        ("SQLITE_CONSTRAINT_PRIMARYKEY", "FT803"),
        ("", "FT803"),
    ],
)
def test_what_does_not_pass_in_sqlite(name: str, code: str) -> None:
    error = port_error(sqlite_error(name), "a place")

    assert isinstance(error, PermanentError)
    assert error.code == code
    assert error.hint


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (None, "server is out of reach"),
        ("08006", "server is out of reach"),
        ("57P01", "server is out of reach"),
        ("53100", "the disk that holds the store is full"),
        ("53300", "no room"),
        ("40P01", "no room"),
        ("55P03", "locked"),
        ("25006", "may not be written"),
        ("58030", "the disk that holds the store fails"),
    ],
)
def test_what_may_pass_in_postgresql(state: str | None, said: str) -> None:
    error = port_error(InterfaceError(state), "a place")

    assert isinstance(error, TransientError)
    assert said in error.what
    assert error.what.endswith(": first line")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InterfaceError("XX001"), "FT802"),
        (InterfaceError("42P01"), "FT803"),
        (ProgrammingError(), "FT803"),
        (None, "FT803"),
    ],
)
def test_what_does_not_pass_in_postgresql(error: Exception | None, code: str) -> None:
    told = port_error(error, "a place")

    assert isinstance(told, PermanentError)
    assert told.code == code


def test_only_the_database_s_own_errors_are_told_anew() -> None:
    with pytest.raises(TransientError), faults_of("x"):
        raise OperationalError("SELECT", {}, sqlite_error("SQLITE_BUSY"))
    with pytest.raises(TransientError), faults_of("x"):
        raise sqlite_error("SQLITE_BUSY")
    with pytest.raises(TransientError, match="no room for the gate now"), faults_of("x"):
        raise NoConnectionError
    with pytest.raises(ZeroDivisionError), faults_of("x"):
        raise ZeroDivisionError
