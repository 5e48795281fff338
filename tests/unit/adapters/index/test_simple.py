"""Pages are asked for conditionally, a bounded number at once, and tried again where it helps."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path

import pytest

from foretaste.adapters.index import asking, kept
from foretaste.adapters.index.asking import TRIES
from foretaste.adapters.index.simple import CONNECTIONS, FRESH, SimpleIndex
from foretaste.ports.errors import PortError, TransientError, UserError
from foretaste.ports.index import IndexPage
from foretaste.simulation.clock import VirtualClock
from tests.fakes.told_index import Reply, ToldIndex, told_index

ONE = {"filename": "app-1.0.tar.gz", "url": "/f/app-1.0.tar.gz"}
TWO = {"filename": "app-2.0.tar.gz", "url": "/f/app-2.0.tar.gz"}
UNCHANGED = Reply(status=304)


@dataclass(slots=True)
class Desk:
    """An index that is told what to answer, and ours that asks it."""

    told: ToldIndex
    folder: Path
    clock: VirtualClock = field(default_factory=VirtualClock)
    waited: list[float] = field(default_factory=list)
    opened: list[SimpleIndex] = field(default_factory=list)

    def open(self, *addresses: str, offline: bool = False) -> SimpleIndex:
        """Return ours, on the told one where no address is given."""
        index = SimpleIndex(
            self.folder,
            addresses or (self.told.address,),
            self.clock,
            offline=offline,
            wait=self.waited.append,
        )
        self.opened.append(index)
        return index

    def headers(self, name: str) -> list[str | None]:
        """Return what the last request said of a header, by request."""
        return [question.headers.get(name) for question in self.told.asked]


@pytest.fixture(name="desk")
def desk_fixture(tmp_path: Path) -> Iterator[Desk]:
    with told_index() as told:
        desk = Desk(told, tmp_path / "pages")
        yield desk
        for index in desk.opened:
            index.close()


def versions(page: IndexPage | PortError) -> list[str]:
    assert isinstance(page, IndexPage), page
    return [each.version for each in page.files]


def test_a_page_has_all_releases(desk: Desk) -> None:
    desk.told.tell("app", desk.told.files("app", ONE, TWO))

    assert versions(desk.open().page("App")) == ["1.0", "2.0"]


def test_an_etag_is_asked_with_and_an_unchanged_page_is_the_one_that_is_kept(desk: Desk) -> None:
    desk.told.tell("app", desk.told.files("app", ONE, headers={"ETag": '"a"'}), UNCHANGED)
    index = desk.open()
    first = index.page("app")
    desk.clock.advance(FRESH)

    again = index.page("app")

    assert again is first
    assert desk.headers("if-none-match") == [None, '"a"']


def test_a_date_does_where_there_is_no_etag(desk: Desk) -> None:
    day = "Wed, 21 Oct 2015 07:28:00 GMT"
    desk.told.tell("app", desk.told.files("app", ONE, headers={"Last-Modified": day}), UNCHANGED)
    desk.open().page("app")
    desk.clock.advance(FRESH)

    assert versions(desk.open().page("app")) == ["1.0"]
    assert desk.headers("if-modified-since") == [None, day]


def test_without_either_the_same_bytes_are_not_read_again(desk: Desk) -> None:
    desk.told.tell("app", desk.told.files("app", ONE))
    index = desk.open()
    first = index.page("app")
    (file,) = desk.folder.rglob("app.json")
    written = file.stat().st_mtime_ns
    desk.clock.advance(FRESH)

    assert index.page("app") is first
    assert file.stat().st_mtime_ns == written
    assert len(desk.told.asked) == 2


def test_what_changed_is_seen_at_once(desk: Desk) -> None:
    sound = desk.told.files("app", ONE, headers={"ETag": '"a"'})
    desk.told.tell("app", sound, desk.told.files("app", ONE, TWO, headers={"ETag": '"b"'}))
    desk.open().page("app")
    desk.clock.advance(FRESH)

    assert versions(desk.open().page("app")) == ["1.0", "2.0"]


def test_a_page_that_was_asked_for_a_moment_ago_is_not_asked_for_again(desk: Desk) -> None:
    desk.told.tell("app", desk.told.files("app", ONE))
    index = desk.open()
    index.page("app")
    desk.clock.advance(FRESH - 1)
    index.page("app")

    assert len(desk.told.asked) == 1


def test_a_clock_that_was_set_back_makes_no_page_fresh(desk: Desk) -> None:
    desk.told.tell("app", desk.told.files("app", ONE))
    desk.open().page("app")
    desk.clock.advance(-1000)
    desk.open().page("app")

    assert len(desk.told.asked) == 2


def test_an_index_that_says_unchanged_unasked_is_not_believed(desk: Desk) -> None:
    desk.told.tell("app", UNCHANGED)

    with pytest.raises(TransientError, match="FT642"):
        desk.open().page("app")


def test_a_page_that_was_damaged_on_disk_is_asked_for_anew(desk: Desk) -> None:
    desk.told.tell("app", desk.told.files("app", ONE, headers={"ETag": '"a"'}))
    desk.open().page("app")
    (file,) = desk.folder.rglob("app.json")
    for damage in (b"{", b"[]", b'{"format": 0}'):
        file.write_bytes(damage)
        assert versions(desk.open().page("app")) == ["1.0"]

    assert desk.headers("if-none-match") == [None, None, None, None]


def test_what_is_taken_away_or_replaced_is_noted_and_not_forgotten(desk: Desk) -> None:
    old, new = ({**ONE, "hashes": {"sha256": letter * 64}} for letter in "ab")
    desk.told.tell(
        "app",
        desk.told.files("app", old, TWO),
        desk.told.files("app", new),
        desk.told.files("app", new, TWO),
    )
    notes = []
    for _ in range(3):
        notes.append(desk.open().page("app").notes)
        desk.clock.advance(FRESH)

    said = (
        "app-1.0.tar.gz has other bytes than it had before",
        "app-2.0.tar.gz was on the index before, and is gone",
    )
    assert notes == [(), said, said]


def test_few_pages_stay_in_memory_and_none_is_lost(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST_IN_MEMORY", 2)
    for name in ("app", "one", "two"):
        desk.told.tell(name, desk.told.files(name, headers={"ETag": f'"{name}"'}), UNCHANGED)
    index = desk.open()
    for name in ("app", "one", "two"):
        index.page(name)
    desk.clock.advance(FRESH)

    assert index.page("app").name == "app"
    assert desk.told.asked[-1].headers["if-none-match"] == '"app"'


def test_a_project_that_is_not_there_is_the_users(desk: Desk) -> None:
    with pytest.raises(UserError, match="FT640"):
        desk.open().page("app")


def test_a_project_that_was_deleted_is_not_there_whatever_is_kept(desk: Desk) -> None:
    desk.told.tell("app", desk.told.files("app", ONE), Reply(status=404))
    desk.open().page("app")
    desk.clock.advance(FRESH)

    with pytest.raises(UserError, match="FT640"):
        desk.open().page("app")


def test_who_is_not_let_in_is_told(desk: Desk) -> None:
    desk.told.tell("app", Reply(status=403))

    with pytest.raises(UserError, match="FT641"):
        desk.open().page("app")
    assert desk.waited == []


def test_an_answer_that_means_nothing_is_told(desk: Desk) -> None:
    desk.told.tell("app", Reply(status=418))

    with pytest.raises(UserError, match="FT641: the index answers with HTTP status 418"):
        desk.open().page("app")


def test_what_may_pass_is_tried_again_ever_later(desk: Desk) -> None:
    busy = Reply(status=503)
    desk.told.tell("app", busy, busy, desk.told.files("app", ONE))

    assert versions(desk.open().page("app")) == ["1.0"]
    assert desk.waited == [0.5, 1.0]


def test_the_index_says_how_long_to_wait(desk: Desk) -> None:
    moment = datetime.fromtimestamp(desk.clock.now + 20, UTC)
    desk.told.tell(
        "app",
        Reply(status=429, headers={"Retry-After": "7"}),
        Reply(status=429, headers={"Retry-After": format_datetime(moment, usegmt=True)}),
        Reply(status=429, headers={"Retry-After": "soon"}),
        desk.told.files("app", ONE),
    )

    assert versions(desk.open().page("app")) == ["1.0"]
    assert desk.waited == [7.0, 20.0, 2.0]


def test_what_is_asked_for_too_long_is_not_waited_for(desk: Desk) -> None:
    desk.told.tell("app", Reply(status=429, headers={"Retry-After": "3600"}))

    with pytest.raises(TransientError, match=r"FT623.*429"):
        desk.open().page("app")
    assert desk.waited == []


def test_an_index_that_stays_busy_is_given_up(desk: Desk) -> None:
    desk.told.tell("app", Reply(status=500))

    with pytest.raises(TransientError, match="FT623"):
        desk.open().page("app")
    assert len(desk.told.asked) == TRIES


def test_an_index_that_is_gone_is_given_up(desk: Desk) -> None:
    with told_index() as gone:
        address = gone.address

    with pytest.raises(TransientError, match="FT623"):
        desk.open(address).page("app")
    assert len(desk.waited) == TRIES - 1


def test_an_address_that_is_none_is_the_users(desk: Desk) -> None:
    with pytest.raises(UserError, match="FT649"):
        desk.open("gopher://old/simple").page("app")


def test_a_page_beyond_all_measure_is_not_read(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asking, "MOST_BYTES", 100)
    desk.told.tell("app", Reply(body=b" " * 101))

    with pytest.raises(TransientError, match="too large"):
        desk.open().page("app")


def test_offline_what_is_kept_is_what_there_is(desk: Desk) -> None:
    desk.told.tell("app", desk.told.files("app", ONE))
    desk.open().page("app")
    desk.clock.advance(1_000_000)
    index = desk.open(offline=True)

    assert versions(index.page("app")) == ["1.0"]
    with pytest.raises(TransientError, match="FT624"):
        index.page("other")
    assert len(desk.told.asked) == 1


def test_of_several_indexes_the_first_that_has_a_project_counts(desk: Desk) -> None:
    with told_index() as private:
        desk.told.tell("app", desk.told.files("app", ONE))
        private.tell("app", private.files("app", ONE, TWO))
        private.tell("mine", private.files("mine", {**ONE, "filename": "mine-3.0.tar.gz"}))
        index = desk.open(desk.told.address, f"{private.address}/")

        assert versions(index.page("app")) == ["1.0"]
        assert versions(index.page("mine")) == ["3.0"]


def test_an_index_may_be_a_folder(desk: Desk, tmp_path: Path) -> None:
    page = tmp_path / "simple" / "app"
    page.mkdir(parents=True)
    (page / "index.html").write_text('<a href="../../app-1.0.tar.gz">app-1.0.tar.gz</a>')
    index = desk.open((tmp_path / "simple").as_uri())

    (found,) = index.page("app").files
    assert found.url == (tmp_path / "app-1.0.tar.gz").as_uri()
    with pytest.raises(UserError, match="FT640"):
        index.page("other")


def test_a_folder_that_cannot_be_read_may_pass(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "simple" / "app" / "index.html").mkdir(parents=True)

    with pytest.raises(TransientError, match="FT623"):
        desk.open((tmp_path / "simple").as_uri()).page("app")


def test_many_are_asked_for_at_once_and_each_has_its_own_answer(desk: Desk) -> None:
    desk.told.tell("app", desk.told.files("app", ONE))
    desk.told.tell("busy", Reply(status=503))

    found = desk.open().pages(["App", "app", "gone", "busy", "n\u043ene"])

    assert versions(found["app"]) == ["1.0"]
    assert [type(found[name]) for name in ("gone", "busy", "n\u043ene")] == [
        UserError, TransientError, UserError,
    ]  # fmt: skip
    assert len(found) == 4


def test_nothing_is_asked_for_nothing(desk: Desk) -> None:
    assert desk.open().pages([]) == {}


def test_no_more_than_so_many_are_under_way_at_once(desk: Desk) -> None:
    names = [f"app{number}" for number in range(3 * CONNECTIONS)]
    for name in names:
        desk.told.tell(name, desk.told.files(name))
    # Each waits until all that may come have come; one more than that would be noted.
    desk.told.meets = threading.Barrier(CONNECTIONS)
    index = desk.open()

    found = index.pages(names)
    index.close()

    assert all(isinstance(page, IndexPage) for page in found.values())
    assert desk.told.most == CONNECTIONS


def test_who_was_closed_opens_again_where_it_is_asked(desk: Desk) -> None:
    desk.told.tell("app", desk.told.files("app", ONE))
    index = desk.open()
    index.close()

    assert versions(index.page("app")) == ["1.0"]
    index.close()


def test_a_full_disk_may_pass(desk: Desk) -> None:
    desk.told.tell("app", desk.told.files("app", ONE))
    desk.folder.write_text("no folder")

    with pytest.raises(TransientError, match="FT628"):
        desk.open().page("app")
