"""What a database says when it cannot do something, as what the gate must do next.

A full disk, a lock, a file that may not be written or a server out of reach may pass: the caller
tries again. A file that is no longer a database does not.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from foretaste.ports.errors import PermanentError, PortError, TransientError

OUT_OF_REACH = "FT801"
BROKEN = "FT802"
REFUSED = "FT803"

Known = Mapping[str, tuple[str, str]]

_FULL = ("the disk that holds the store is full", "free some space; the gate goes on by itself")
_LOCKED = ("the store is locked by another program", "close what has it open; the gate goes on")
_READ_ONLY = ("the store may not be written", "give the gate's user the right to write it")
_DISK = ("the disk that holds the store fails", "look at the system's log for errors of the disk")
_OPEN = ("the store cannot be opened", "check that its folder is there and may be written")
_SERVER = ("the database server is out of reach", "check that it runs and lets the gate in")
_BUSY = ("the database server has no room for the gate now", "look at its load and its limits")

# The primary codes of sqlite.org/rescode.html, by name, that may pass.
_SQLITE: Known = {
    "SQLITE_FULL": _FULL,
    "SQLITE_BUSY": _LOCKED,
    "SQLITE_LOCKED": _LOCKED,
    "SQLITE_PROTOCOL": _LOCKED,
    "SQLITE_READONLY": _READ_ONLY,
    "SQLITE_PERM": _READ_ONLY,
    "SQLITE_IOERR": _DISK,
    "SQLITE_CANTOPEN": _OPEN,
    "SQLITE_NOMEM": ("there is no memory left for the store", "free some memory"),
}
# Classes and states of PostgreSQL's appendix A that may pass; the longest that fits counts.
_POSTGRESQL: Known = {
    "08": _SERVER,
    "25006": _READ_ONLY,
    "40": _BUSY,
    "53": _BUSY,
    "53100": _FULL,
    "55P03": _LOCKED,
    "57": _SERVER,
    "58030": _DISK,
}
_DAMAGED = (
    "the store is damaged",
    "stop the gate, keep the file, and put back a copy; git still has every commit",
)
_REFUSED = (
    "the store does not take what it was given",
    "start the gate again, which recovers; if it comes back, it is a fault in Foretaste",
)


@contextmanager
def faults_of(where: str) -> Iterator[None]:
    """Turn what the database raises inside into what a port may raise.

    Raises:
        TransientError: it may pass; nothing was stored.
        PermanentError: it will not pass.
    """
    try:
        yield
    except DBAPIError as error:
        raise port_error(error.orig, where) from error
    except sqlite3.Error as error:
        raise port_error(error, where) from error
    except NoConnectionError as error:
        raise _transient(_BUSY, error, where) from error


def port_error(error: BaseException | None, where: str) -> PortError:
    """Return what the gate is told for an error of the database's driver."""
    if isinstance(error, sqlite3.Error):
        return _sqlite_error(error, where)
    state = getattr(error, "sqlstate", None)
    # The server went away in the middle, or was not there: then there is no state.
    known = _SERVER if state is None else _longest(state)
    if known is not None and _raised_by_the_database(error):
        return _transient(known, error, where)
    damaged = state is not None and state.startswith("XX")
    return _damaged(error, where) if damaged else _refused(error, where)


def _sqlite_error(error: sqlite3.Error, where: str) -> PortError:
    name = getattr(error, "sqlite_errorname", "")
    primary = "_".join(name.split("_")[:2])
    if name == "SQLITE_IOERR_CORRUPTFS" or primary in {"SQLITE_CORRUPT", "SQLITE_NOTADB"}:
        return _damaged(error, where)
    known = _SQLITE.get(primary)
    return _refused(error, where) if known is None else _transient(known, error, where)


def _longest(state: str) -> tuple[str, str] | None:
    fitting = [start for start in _POSTGRESQL if state.startswith(start)]
    return _POSTGRESQL[max(fitting, key=len)] if fitting else None


def _raised_by_the_database(error: BaseException | None) -> bool:
    """Whether the driver says that it is the database's fault, not that of what it was asked.

    The names are those of PEP 249.
    """
    names = {kind.__name__ for kind in type(error).__mro__}
    return bool(names & {"OperationalError", "InterfaceError"})


def _transient(known: tuple[str, str], error: BaseException | None, where: str) -> TransientError:
    what, hint = known
    return TransientError(OUT_OF_REACH, f"{what}: {_said(error)}", where=where, hint=hint)


def _damaged(error: BaseException | None, where: str) -> PermanentError:
    what, hint = _DAMAGED
    return PermanentError(BROKEN, f"{what}: {_said(error)}", where=where, hint=hint)


def _refused(error: BaseException | None, where: str) -> PermanentError:
    what, hint = _REFUSED
    return PermanentError(REFUSED, f"{what}: {_said(error)}", where=where, hint=hint)


def _said(error: BaseException | None) -> str:
    """Return the first line of what the driver said."""
    return (str(error).splitlines() or ["no reason given"])[0]
