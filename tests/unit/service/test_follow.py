"""What follows the log keeps up with it, whatever goes wrong for a while."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from foretaste.core.events import Held, Landed, Recorded
from foretaste.core.names import Oid, ProspectKey
from foretaste.core.prospect import Move
from foretaste.ports.errors import PermanentError, PortError, TransientError
from foretaste.service import follow
from foretaste.service.follow import Follower
from foretaste.service.settings import OWN
from foretaste.simulation.history import MemoryHistory
from foretaste.simulation.store import MemoryStore
from tests.fakes.faulty import lasting, passing
from tests.unit.core.town import Town

DEADLINE = 10.0
SETTINGS = Landed(
    key=ProspectKey("k"), moves=(Move(ref=OWN, old=Oid("a"), new=Oid("b"), tree=Oid("t")),)
)


class LameStore(MemoryStore):
    """A store that cannot always be read."""

    errors: list[PortError]

    def since(self, seq: int, limit: int = 0) -> Iterator[Recorded]:
        """Yield the events after a number."""
        if self.errors:
            raise self.errors.pop(0)
        return super().since(seq, limit)


@dataclass
class Desk:
    """A follower of a store that a test writes to."""

    counted: list[int] = field(default_factory=list)
    complaints: list[PortError] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = LameStore()
        self.store.errors = []
        self.lease = self.store.acquire("me", 0.0, 1e9)
        self.town = Town("A")
        self.follower = Follower(
            gate=self.town.world.gate,
            store=self.store,
            history=MemoryHistory(self.store),
            count=lambda recorded: self.counted.append(recorded.seq),
            complain=self.complaints.append,
        )

    def write(self, *events: Held | Landed) -> None:
        self.store.append(self.lease, 0.0, events)


@pytest.fixture(name="desk")
def desk_fixture() -> Desk:
    return Desk()


def test_every_event_is_counted_once(desk: Desk) -> None:
    desk.write(Held(why="a"), Held(why="b"))
    assert desk.follower.step()
    desk.write(Held(why="c"))
    assert desk.follower.step()

    assert desk.counted == [1, 2, 3]


def test_a_log_that_cannot_be_read_now_is_read_on_from_where_it_was(desk: Desk) -> None:
    desk.write(Held(why="a"))
    desk.follower.step()
    desk.write(Held(why="b"))
    desk.store.errors = [passing()]

    assert not desk.follower.step()
    assert desk.follower.step()

    assert desk.counted == [1, 2]


def test_a_log_that_can_never_be_read_stops_whoever_follows_it(desk: Desk) -> None:
    desk.store.errors = [lasting("row 7 is no event")]

    with pytest.raises(PermanentError, match="row 7"):
        desk.follower.step()


def test_a_history_that_cannot_be_written_holds_up_nothing_else(desk: Desk) -> None:
    class Full(MemoryHistory):
        """A history on a full disk."""

        def catch_up(self) -> int:
            """Fail."""
            raise TransientError("FT801", "full")

    desk.follower.history = Full(desk.store)
    desk.write(Held(why="a"))

    assert not desk.follower.step()

    assert desk.counted == [1]


def test_it_runs_with_the_gate_and_stops_when_told_to(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "PATIENCE", 0.01)
    counted, stop = threading.Event(), threading.Event()
    errors = [passing(), passing()]

    def keep(_recorded: Recorded) -> None:
        if errors:
            raise errors.pop()

    desk.follower.store = desk.town.world.store
    desk.follower.count = lambda _: counted.set()
    desk.follower.keep = keep
    thread = threading.Thread(target=desk.follower.run, args=(stop,))
    thread.start()

    assert counted.wait(DEADLINE)
    stop.set()
    thread.join(DEADLINE)

    assert not thread.is_alive()
    assert errors == []
