"""What the contract of the store is run on: memory, SQLite, and PostgreSQL where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract import postgresql
from tests.contract.stores import Place, in_memory, in_postgresql, in_sqlite


@pytest.fixture(scope="session", name="postgresql_url")
def postgresql_url_fixture() -> Iterator[str]:
    """The address of a PostgreSQL of our own; skips, with the reason, where there is none."""
    why = postgresql.missing()
    if why:
        pytest.skip(why)
    with postgresql.server() as url:
        yield url


@pytest.fixture(name="place", params=["memory", "sqlite", "postgresql"])
def place_fixture(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """Where events are kept."""
    match request.param:
        case "memory":
            yield in_memory()
        case "sqlite":
            with in_sqlite(tmp_path) as place:
                yield place
        case _:
            with in_postgresql(request.getfixturevalue("postgresql_url")) as place:
                yield place
