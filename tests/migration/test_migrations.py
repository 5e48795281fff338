"""Every step of the tables' history keeps the rows that it finds.

`data/before_NNNN.sql` holds what a store may hold when step NNNN comes to it, written by the
program of that time. A step without such rows fails here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from foretaste.adapters.sql import migrate
from foretaste.adapters.sql.database import Database, sqlite_url
from foretaste.adapters.sql.history import SqlHistory
from foretaste.adapters.sql.store import SqlStore
from foretaste.adapters.sql.tables import metadata
from foretaste.core.build import BuildState
from foretaste.core.names import ChangeId
from foretaste.ports.errors import PermanentError

DATA = Path(__file__).with_name("data")


def config() -> Config:
    """Return Alembic's settings for our steps."""
    made = Config()
    made.set_main_option("script_location", str(migrate._SCRIPTS).replace("%", "%%"))
    return made


def steps() -> list[str]:
    """Return the revisions, oldest first."""
    walked = ScriptDirectory.from_config(config()).walk_revisions()
    return [step.revision for step in walked][::-1]


@pytest.fixture(name="path")
def path_fixture(tmp_path: Path) -> Path:
    return tmp_path / "store.sqlite3"


@pytest.fixture(name="opened")
def opened_fixture(path: Path, request: pytest.FixtureRequest) -> Iterator[Database]:
    """The store as it is opened now, with the rows from before the step that the test names."""
    fill(path, request.param)
    database = Database(sqlite_url(path))
    yield database
    database.close()


def fill(path: Path, step: str) -> None:
    """Make a store as it was before the step, with its rows."""
    before = steps().index(step)
    if before:
        engine = create_engine(sqlite_url(path))
        with engine.begin() as connection:
            made = config()
            made.attributes["connection"] = connection
            command.upgrade(made, steps()[before - 1])
        engine.dispose()
    with closing(sqlite3.connect(path)) as file, file:
        file.executescript((DATA / f"before_{step}.sql").read_text(encoding="utf-8"))


def test_the_newest_step_is_the_one_that_the_program_knows() -> None:
    assert steps()[-1] == migrate.HEAD


def test_every_step_has_rows_to_migrate() -> None:
    assert {f"before_{step}.sql" for step in steps()} == {path.name for path in DATA.iterdir()}
    for path in DATA.iterdir():
        assert "INSERT INTO" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("opened", steps(), indirect=True)
def test_the_steps_lead_to_the_tables_that_the_program_knows(opened: Database) -> None:
    with opened.writing() as connection:
        context = MigrationContext.configure(connection)
        differences = compare_metadata(context, metadata)

    # What a store held beside our tables is not ours to remove.
    assert [what for what in differences if what[0] != "remove_table"] == []
    assert SqlStore(opened).verify() >= 0


@pytest.mark.parametrize("opened", ["0001"], indirect=True)
def test_0001_makes_an_empty_log_and_touches_nothing_else(opened: Database, path: Path) -> None:
    store = SqlStore(opened)

    assert store.verify() == 0
    assert store.acquire("one", now=1.0, seconds=1.0) == 1
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT * FROM guest").fetchall() == [(1, "stays")]


@pytest.mark.parametrize("opened", ["0002"], indirect=True)
def test_0002_shows_the_builds_that_the_log_tells_of(opened: Database) -> None:
    store, history = SqlStore(opened), SqlHistory(opened)

    assert store.verify() == 9
    assert [due.key for due in store.outbox()] == [5, 6]
    assert history.catch_up() == 9

    first, second = history.builds(ChangeId("flask/1"))
    assert (first.build.state, second.build.state) == (BuildState.FAILED, BuildState.RUNNING)
    assert first.build.evidence.failed == ("tests/test_basic.py::test_url",)
    assert (first.project, first.pipeline, second.build.attempt) == ("flask", "gate", 2)


def test_a_step_that_fails_leaves_the_store_as_it_was(path: Path) -> None:
    fill(path, "0002")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE history (mine)")
        before = list(connection.iterdump())

    with pytest.raises(PermanentError, match="history already exists"):
        Database(sqlite_url(path))

    with closing(sqlite3.connect(path)) as connection:
        assert list(connection.iterdump()) == before
        connection.execute("DROP TABLE history")
    Database(sqlite_url(path)).close()


def test_a_store_of_a_newer_program_is_refused_and_left_alone(path: Path) -> None:
    Database(sqlite_url(path)).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9001'")
        before = list(connection.iterdump())

    with pytest.raises(PermanentError) as refused:
        Database(sqlite_url(path))

    assert refused.value.code == "FT805"
    assert "it is at 9001, this one knows " in refused.value.what
    assert "newer Foretaste" in refused.value.hint
    with closing(sqlite3.connect(path)) as connection:
        assert list(connection.iterdump()) == before
