"""What was done to the log behind the gate's back is seen, and said in words."""

from __future__ import annotations

import pytest

from foretaste.adapters.sql.database import Database
from foretaste.adapters.sql.store import SqlStore
from foretaste.core.events import Held
from foretaste.core.facts import Facts
from foretaste.ports.errors import PermanentError
from tests.unit.adapters.sql.conftest import File


@pytest.fixture(name="log")
def log_fixture(store: SqlStore, lease: int) -> SqlStore:
    store.append(lease, 1.0, [Held(why=f"reason {n}") for n in range(5)])
    assert store.verify() == 5
    return store


# A row that looks like the others, with the right form of hash; only its making is unknown.
FORGED = '\'Held\', 1, \'{"why":"x","by":""}\', hash FROM event WHERE seq = 5'


@pytest.mark.parametrize(
    ("done", "said"),
    [
        (("UPDATE event SET body = replace(body, '2', '9') WHERE seq = 3",), "event 3 is not what"),
        (("UPDATE event SET at = at + 1 WHERE seq = 1",), "event 1 is not what"),
        (("UPDATE event SET kind = 'Resumed' WHERE seq = 2",), "event 2 is not what"),
        (("UPDATE event SET version = 2 WHERE seq = 2",), "event 2 is not what"),
        (("DELETE FROM event WHERE seq = 2",), "event 2 is missing; after 1 comes 3"),
        (("DELETE FROM event WHERE seq = 1",), "event 1 is missing"),
        (("DELETE FROM event WHERE seq > 3",), "event 4 is missing, and all up to 5"),
        (("DELETE FROM event",), "event 1 is missing, and all up to 5"),
        (
            ("DELETE FROM event WHERE seq = 2", "UPDATE event SET seq = seq - 1 WHERE seq > 2"),
            "event 2 is not what",
        ),
        ((f"INSERT INTO event SELECT 6, 1.0, {FORGED}",), "event 6 is not what"),
        ((f"INSERT INTO event SELECT 9, 1.0, {FORGED}",), "event 6 is missing; after 5 comes 9"),
        (("UPDATE head SET seq = 4",), "event 5 was put in: the log ends at 4"),
        (("UPDATE head SET hash = 'x'",), "event 5 is not the one that the log's head names"),
        (("DELETE FROM head",), "event 5 may not be the last: the log's head is gone"),
    ],
)
def test_the_first_row_that_is_wrong_is_named(
    log: SqlStore, file: File, done: tuple[str, ...], said: str
) -> None:
    file.execute(*done)

    with pytest.raises(PermanentError) as found:
        log.verify()

    assert found.value.code == "FT807"
    assert found.value.what.startswith(f"the log was altered: {said}")
    assert found.value.where.startswith("table event, row ")


@pytest.mark.parametrize(
    ("done", "said"),
    [
        ("UPDATE event SET kind = 'Tasted' WHERE seq = 3", "there is no event Tasted"),
        ("UPDATE event SET version = 2 WHERE seq = 3", "written in version 2, known is 1"),
        ("UPDATE event SET body = '{}' WHERE seq = 3", "why: Field required"),
        ("UPDATE event SET body = '' WHERE seq = 3", "all: Invalid JSON"),
    ],
)
def test_an_event_that_cannot_be_read_is_named_with_what_to_do(
    log: SqlStore, file: File, done: str, said: str
) -> None:
    file.execute(done)

    with pytest.raises(PermanentError) as found:
        list(log.since(0))

    assert found.value.code == "FT806"
    assert found.value.what.startswith("event 3 (")
    assert said in found.value.what
    assert found.value.where == "table event, row 3"
    assert found.value.hint.startswith("start the Foretaste that wrote it, or a newer one")


def test_events_that_this_gate_did_not_write_stop_it(
    log: SqlStore, lease: int, database: Database
) -> None:
    other = SqlStore(database)
    other.append(lease, 2.0, [Held(why="not mine")])

    with pytest.raises(PermanentError, match="ends at event 6, and this gate knows it to end at 5"):
        log.append(lease, 3.0, [Held(why="mine")])

    assert log.verify() == 6


@pytest.mark.parametrize(
    "done",
    [
        "UPDATE snapshot SET shape = 'of another program'",
        "UPDATE snapshot SET body = replace(body, 'kept', 'keep')",
    ],
)
def test_a_snapshot_that_is_not_this_program_s_or_damaged_is_not_used(
    log: SqlStore, file: File, done: str
) -> None:
    log.snapshot(Facts(seq=3, held="kept"))
    assert log.facts().held == "kept"

    file.execute(done)

    assert log.facts() == Facts()


def test_a_snapshot_of_what_the_log_lost_is_no_start(log: SqlStore, file: File) -> None:
    log.snapshot(Facts(seq=5))
    file.execute("DELETE FROM event WHERE seq = 5", "UPDATE head SET seq = 4")

    with pytest.raises(PermanentError, match="it ends at 4, facts are kept of 5"):
        log.facts()
