"""The store in memory can be killed at any write and can refuse them."""

from __future__ import annotations

import pytest

from foretaste.core.events import Held
from foretaste.core.facts import Facts
from foretaste.ports.errors import TransientError
from foretaste.simulation.store import Crash, MemoryStore, Moment

HELD = Held(why="x")


@pytest.fixture(name="store")
def store_fixture() -> MemoryStore:
    store = MemoryStore()
    store.acquire("one", now=0.0, seconds=1e9)
    return store


@pytest.mark.parametrize(("moment", "stored"), [(Moment.BEFORE, 1), (Moment.AFTER, 2)])
def test_the_nth_write_from_now_kills_the_gate(
    store: MemoryStore, moment: Moment, stored: int
) -> None:
    store.crash_at(2, moment)
    store.append(1, 1.0, [HELD])

    with pytest.raises(Crash):
        store.append(1, 2.0, [HELD])

    assert store.verify() == stored
    assert store.acquire("two", now=3.0, seconds=30.0) == 2
    assert len(store.append(2, 4.0, [HELD])) == 1


def test_a_crash_is_stopped_by_no_handler_of_errors() -> None:
    assert not issubclass(Crash, Exception)


def test_every_kind_of_write_counts(store: MemoryStore) -> None:
    before = store.writes

    store.append(1, 1.0, [HELD])
    store.renew(1, 1.0, 1e9)
    store.snapshot(Facts(seq=1))
    store.acquire("one", now=2.0, seconds=1e9)

    assert store.writes - before == 4


def test_a_crash_can_be_taken_back(store: MemoryStore) -> None:
    store.crash_at(1)
    store.crash_at(0)

    assert len(store.append(1, 1.0, [HELD])) == 1


def test_refused_writes_store_nothing(store: MemoryStore) -> None:
    store.refuse_writes = True

    with pytest.raises(TransientError, match="FT801"):
        store.append(1, 1.0, [HELD])

    store.refuse_writes = False
    assert store.verify() == 0
