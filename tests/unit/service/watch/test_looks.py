"""The index is asked for everything now and then, for what is urgent between, and backs off."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from foretaste.service.watch.kept import Kept
from foretaste.service.watch.looks import CHUNK, SLOWEST, URGENT, Looks
from tests.fakes.watched import MemoryIndex

INTERVAL = 900.0
NAMES = frozenset({"tiny", "other"})


@pytest.fixture(name="said")
def said_fixture() -> list[str]:
    """Return what was complained of."""
    return []


@pytest.fixture(name="index")
def index_fixture() -> MemoryIndex:
    """Return an index."""
    index = MemoryIndex()
    index.add("tiny", "1.0")
    index.add("other", "1.0")
    return index


@pytest.fixture(name="looks")
def looks_fixture(tmp_path: Path, index: MemoryIndex, said: list[str]) -> Looks:
    """Return looks at the index."""
    return Looks(index=index, kept=Kept(tmp_path, said.append), complain=said.append)


def look(looks: Looks, now: float, urgent: frozenset[str] = frozenset()) -> frozenset[str]:
    """Ask for what is due, as the watcher does, and return it."""
    asked = frozenset(looks.due(NAMES, urgent, now))
    if asked:
        looks.ask(asked, 1000.0 + now, threading.Event())
        looks.schedule(INTERVAL, now, whole=asked >= NAMES)
    return asked


def test_all_names_are_asked_for_at_each_interval(looks: Looks) -> None:
    assert look(looks, 1.0) == NAMES
    assert look(looks, 1.0 + INTERVAL - 1) == frozenset()
    assert look(looks, 1.0 + INTERVAL) == NAMES
    looks.hurry()
    assert look(looks, 2.0 + INTERVAL) == NAMES
    assert looks.looked_at == 1002.0 + INTERVAL


def test_between_two_looks_only_what_is_urgent_or_new_is_asked_for(looks: Looks) -> None:
    look(looks, 1.0)
    urgent = frozenset({"tiny"})

    assert look(looks, 2.0, urgent) == frozenset()
    assert look(looks, 1.0 + URGENT, urgent) == urgent
    assert look(looks, 2.0 + URGENT, urgent) == frozenset()
    assert looks.due(NAMES | {"fresh"}, urgent, 2.0 + URGENT) == {"fresh"}


def test_an_index_that_fails_is_asked_less_and_less_often(
    looks: Looks, index: MemoryIndex, said: list[str]
) -> None:
    index.out = True
    now, waits = 1.0, []
    for _ in range(7):
        assert look(looks, now, NAMES) == NAMES
        before = now
        while not looks.due(NAMES, NAMES, now):
            now += INTERVAL / 2
        waits.append((now - before) / INTERVAL)

    assert waits == [2, 4, 8, SLOWEST, SLOWEST, SLOWEST, SLOWEST]
    assert looks.looked_at == 0.0
    assert looks.trouble == "2 of 2 packages could not be asked about: the index is out of reach"
    assert said[0] == looks.trouble
    index.out = False
    look(looks, now)
    assert (looks.trouble, looks.failures) == ("", 0)
    assert look(looks, now + INTERVAL) == NAMES


def test_one_package_that_cannot_be_had_slows_nothing_down(
    looks: Looks, index: MemoryIndex
) -> None:
    index.down.add("down")
    names = NAMES | {"down"}
    looks.ask(names, 1.0, threading.Event())
    looks.schedule(INTERVAL, 1.0, whole=True)

    assert "1 of 3" in looks.trouble
    assert looks.due(names, frozenset(), 2.0) == frozenset()
    assert looks.due(names, frozenset(), 1.0 + INTERVAL) == names


def test_what_cannot_be_seen_is_not_gone_and_what_the_index_denies_is(
    looks: Looks, index: MemoryIndex
) -> None:
    look(looks, 1.0)
    index.down.add("tiny")
    del index.files["other"]
    looks.hurry()

    look(looks, 2.0)

    assert [file.version for file in looks.pages["tiny"].files] == ["1.0"]
    assert looks.pages["other"].files == ()


def test_many_names_are_asked_for_by_chunks_and_an_end_is_noticed_between(
    looks: Looks, index: MemoryIndex
) -> None:
    names = frozenset(f"name-{number}" for number in range(CHUNK + 1))
    looks.ask(names, 1.0, threading.Event())
    assert [len(asked) for asked in index.asked] == [CHUNK, 1]

    stopped = threading.Event()
    stopped.set()
    looks.ask(names, 1.0, stopped)
    assert len(index.asked) == 2


def test_first_sights_are_kept_where_the_index_tells_no_time(
    looks: Looks, index: MemoryIndex, tmp_path: Path, said: list[str]
) -> None:
    file = index.add("tiny", "1.1", None)
    look(looks, 1.0)
    looks.hurry()
    look(looks, 50.0)

    assert looks.seen(2000.0).at(file) == 1001.0
    assert Kept(tmp_path, said.append).first_seen() == {file.sha256: 1001.0}


def test_a_full_disk_is_complained_of(
    looks: Looks, index: MemoryIndex, tmp_path: Path, said: list[str]
) -> None:
    (tmp_path / "seen.json.new").mkdir()
    file = index.add("tiny", "1.1", None)

    look(looks, 1.0)

    assert "cannot be kept" in said[0]
    assert looks.seen(2000.0).at(file) == 1001.0
