"""What every store promises, in memory as in a database."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest

from foretaste.core.events import CancelWanted, Event, Held, Resumed
from foretaste.core.facts import Facts
from foretaste.core.names import BuildId, ChangeId
from foretaste.ports.errors import PermanentError, TransientError
from foretaste.ports.store import Due, Store
from foretaste.simulation.store import Crash, MemoryStore
from tests.contract import happenings as now
from tests.contract.stores import Place


@pytest.fixture(name="store")
def store_fixture(place: Place) -> Store:
    return place.open()


@pytest.fixture(name="lease")
def lease_fixture(store: Store) -> int:
    return store.acquire("a gate", now=100.0, seconds=30.0)


def held(count: int) -> list[Event]:
    return [Held(why=f"reason {n}", by="ada") for n in range(count)]


def test_a_new_store_is_empty(store: Store) -> None:
    assert store.facts() == Facts()
    assert list(store.since(0)) == []
    assert store.outbox() == ()
    assert store.verify() == 0


def test_events_are_numbered_from_one_and_kept(place: Place, store: Store, lease: int) -> None:
    first = store.append(lease, 101.5, held(2))
    second = store.append(lease, 102.25, [Resumed(by="bob")])

    assert [recorded.seq for recorded in (*first, *second)] == [1, 2, 3]
    assert [recorded.event for recorded in first] == held(2)
    assert second[0].at == 102.25
    assert list(place.open().since(0)) == [*first, *second]
    assert place.open().verify() == 3


def test_a_log_is_read_from_where_one_wants_and_no_more(store: Store, lease: int) -> None:
    store.append(lease, 1.0, held(2500))

    assert [recorded.seq for recorded in store.since(0)] == list(range(1, 2501))
    assert [recorded.seq for recorded in store.since(2498)] == [2499, 2500]
    assert [recorded.seq for recorded in store.since(3, limit=2)] == [4, 5]
    assert [recorded.seq for recorded in store.since(0, limit=1500)] == list(range(1, 1501))
    assert list(store.since(2500)) == []


def test_nothing_to_store_is_no_error(store: Store, lease: int) -> None:
    assert store.append(lease, 1.0, []) == ()
    assert store.verify() == 0


def test_deeds_stand_in_the_outbox_until_they_are_done(
    place: Place, store: Store, lease: int
) -> None:
    wanted = now.build_wanted("b1", "p", "A")
    stop = CancelWanted(build=BuildId("b1"), cause="left")
    store.append(lease, 1.0, [*held(1), wanted, now.build_started("b1"), stop])

    assert place.open().outbox() == (Due(key=2, deed=wanted), Due(key=4, deed=stop))
    store.append(lease, 2.0, [now.build_ended("b1")], done=[2])
    assert store.outbox() == (Due(key=4, deed=stop),)
    store.append(lease, 3.0, [], done=[2, 4, 99])
    assert place.open().outbox() == ()


def test_a_lease_is_one_gate_s_and_its_number_rises(place: Place) -> None:
    store, other = place.open(), place.open()
    first = store.acquire("one", now=100.0, seconds=30.0)

    with pytest.raises(PermanentError, match="another gate runs on this store: one") as refused:
        other.acquire("two", now=129.0, seconds=30.0)

    assert refused.value.code == "FT808"
    assert refused.value.hint
    assert store.acquire("one", now=101.0, seconds=30.0) > first


def test_a_lease_that_ran_out_is_free(place: Place) -> None:
    store, other = place.open(), place.open()
    first = store.acquire("one", now=100.0, seconds=30.0)

    assert other.acquire("two", now=130.0, seconds=30.0) > first


def test_a_renewed_lease_lives_longer(place: Place) -> None:
    store, other = place.open(), place.open()
    lease = store.acquire("one", now=100.0, seconds=30.0)

    store.renew(lease, now=125.0, seconds=30.0)

    with pytest.raises(PermanentError):
        other.acquire("two", now=154.0, seconds=30.0)
    assert other.acquire("two", now=155.0, seconds=30.0) > lease


def test_a_gate_that_lost_its_lease_can_write_nothing(place: Place) -> None:
    store, other = place.open(), place.open()
    lost = store.acquire("one", now=100.0, seconds=30.0)
    store.append(lost, 101.0, [now.build_wanted("b1", "p", "A")])
    other.acquire("two", now=140.0, seconds=30.0)

    with pytest.raises(PermanentError, match="two has taken over"):
        store.append(lost, 141.0, held(1), done=[1])
    with pytest.raises(PermanentError, match="two has taken over") as refused:
        store.renew(lost, now=141.0, seconds=30.0)

    assert refused.value.code == "FT809"
    assert other.verify() == 1
    assert len(other.outbox()) == 1


def test_a_gate_that_died_keeps_nobody_waiting(place: Place) -> None:
    store = place.open()
    if isinstance(store, MemoryStore):
        store.acquire("one", now=100.0, seconds=1e9)
        store.crash_at(1)
        with pytest.raises(Crash):
            store.append(1, 101.0, [])
    else:
        code = "from foretaste.adapters.sql.holder import this_process as p; print(p().text)"
        died = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True
        )
        store.acquire(died.stdout.strip(), now=100.0, seconds=1e9)

    assert place.open().acquire("two", now=102.0, seconds=30.0) == 2


def test_what_cannot_be_written_is_not_stored_and_goes_on_after(
    place: Place, store: Store, lease: int
) -> None:
    wanted = now.build_wanted("b1", "p", "A")
    store.append(lease, 1.0, [wanted])

    with place.refusing():
        for write in (
            lambda: store.append(lease, 2.0, held(3), done=[1]),
            lambda: store.snapshot(Facts(seq=1)),
        ):
            with pytest.raises(TransientError) as refused:
                write()
            assert refused.value.hint
    with place.refusing(), pytest.raises(TransientError):
        store.renew(lease, now=2.0, seconds=30.0)

    assert store.verify() == 1
    assert store.outbox() == (Due(key=1, deed=wanted),)
    assert store.facts() == Facts()
    assert [recorded.seq for recorded in store.append(lease, 3.0, held(1), done=[1])] == [2]
    assert store.outbox() == ()


def test_the_newest_snapshot_counts(place: Place, store: Store, lease: int) -> None:
    store.append(lease, 1.0, held(5))
    newer = Facts(seq=5, held="why", tips=Facts().tips.set(now.move("A").ref, now.move("A").new))

    store.snapshot(Facts(seq=2))
    store.snapshot(newer)
    store.snapshot(Facts(seq=3))

    assert place.open().facts() == newer
    with pytest.raises(PermanentError) as refused:
        store.snapshot(Facts(seq=6))
    assert refused.value.code == "FT810"
    assert place.open().facts() == newer


def test_a_story_has_what_concerns_a_change_and_no_more(store: Store, lease: int) -> None:
    recorded = store.append(lease, 1.0, now.gate_of_two())

    assert [r.event for r in store.story("A")] == [
        r.event for r in recorded if r.seq in {1, 3, 4, 6, 8, 11, 13, 15}
    ]
    assert [r.seq for r in store.story("B")] == [2, 3, 5, 7, 9, 10, 12, 14, 16]
    assert store.story("nobody") == ()


def test_another_s_check_is_not_part_of_a_story(store: Store, lease: int) -> None:
    own = now.prospect_wanted("p", "A", pipeline="check")
    of_b = now.prospect_wanted("q", "AB", own=2, pipeline="check")
    store.append(lease, 1.0, [own, of_b, now.build_wanted("b1", "q", "B")])

    assert [r.seq for r in store.story("A")] == [1]
    assert [r.seq for r in store.story("B")] == [2, 3]


def test_a_story_has_who_is_to_blame_but_not_the_other_way_round(store: Store, lease: int) -> None:
    store.append(lease, 1.0, [now.judged("B", because="A")])

    assert store.story("A") == ()
    assert len(store.story("B")) == 1


def test_a_build_s_events_come_with_its_prospect(store: Store, lease: int) -> None:
    store.append(lease, 1.0, now.gate_of_two())

    assert [r.seq for r in store.build_events("B-1")] == [5, 7, 9, 12, 14]
    assert store.build_events("nothing") == ()


def test_a_story_of_many_builds_is_found_whole(store: Store, lease: int) -> None:
    wanted = [now.build_wanted(f"b{n}", "p", "A") for n in range(1200)]
    ended = [now.build_ended(f"b{n}") for n in range(1200)]
    store.append(lease, 1.0, [*wanted, *ended])

    assert [r.seq for r in store.story("A")] == list(range(1, 2401))


def test_names_of_every_kind_are_kept(place: Place, store: Store, lease: int) -> None:
    names = ["caf\u00e9", "'; DROP TABLE event; --", "a\0b", "not utf-8: \udce9", "\U0001f374", ""]
    events = [now.change_seen(name) for name in names]

    store.append(lease, 1.0, events)

    assert [recorded.event for recorded in place.open().since(0)] == events
    for name, event in zip(names, events, strict=True):
        assert [recorded.event for recorded in store.story(ChangeId(name))] == [event]


def test_several_threads_may_write_at_once(store: Store, lease: int) -> None:
    numbers: list[int] = []

    def write() -> None:
        for _ in range(10):
            numbers.extend(recorded.seq for recorded in store.append(lease, 1.0, held(3)))

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert sorted(numbers) == list(range(1, 121))
    assert store.verify() == 120
