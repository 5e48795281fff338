"""A base's pins are exactly its releases, yanked or not; what is gone is said at once."""

from __future__ import annotations

import pytest

from foretaste.ports.errors import TransientError, UserError
from foretaste.ports.releases import Asking
from tests.fakes.dated_world import World, versions


def test_pins_are_exactly_the_base_yanked_or_not(world: World) -> None:
    world.wheel("app", "1.0", "2020-01-01", yanked="bad\nidea")
    world.wheel("app", "2.0", "2020-01-01")
    world.source("dep", "1.0.0", "2020-01-01")

    pins = world.pinned(App="1.0.0", dep="1")

    assert versions(pins) == {"app": "1.0", "dep": "1.0.0"}
    assert pins["app"].hashes[0].startswith("sha256:")
    assert pins["dep"].wheel
    assert any("app 1.0 has been yanked: bad" in line for line in world.said)


def test_the_base_and_the_candidate_name_the_same_files(world: World) -> None:
    world.wheel("app", "1.0", "2020-01-01")
    world.wheel("app", "1.0", "2020-01-02", tag="py2.py3-none-any")
    world.source("dep", "1.0", "2020-01-01")
    base = world.pinned(app="1.0", dep="1.0")

    candidate = world.pins("app", "dep", as_of="2020-02-01", base=versions(base))

    assert candidate == base
    assert len(base["app"].hashes) == 2


def test_pins_are_kept_for_a_day(world: World) -> None:
    world.wheel("app", "1.0", "2020-01-01")
    first = world.pinned(app="1.0")
    asked = world.asked_for_pages()
    world.clock.advance(80_000)
    assert world.pinned(app="1.0") == first
    assert world.asked_for_pages() == asked
    world.clock.advance(10_000)

    assert world.pinned(app="1.0") == first
    assert world.asked_for_pages() == asked + 1


def test_one_release_is_written_in_one_way(world: World) -> None:
    world.source("app", "1.0", "2020-01-01")
    world.wheel("app", "1.0.0", "2020-01-02")

    base = world.pinned(app="1.0.0")

    assert world.resolve("app", base=versions(base)) == versions(base) == {"app": "1.0"}


def test_all_that_is_gone_is_said_at_once(world: World) -> None:
    world.wheel("app", "1.0", "2020-01-01")

    with pytest.raises(UserError, match="FT643") as caught:
        world.pinned(app="9.9", gone="1.0", bad="not-a-version")

    assert "app 9.9 (no such release)" in caught.value.what
    assert "gone 1.0 (no such project)" in caught.value.what


def test_many_that_are_gone_are_counted(world: World) -> None:
    with pytest.raises(UserError, match="and 5 more"):
        world.pinned(**{f"gone{number}": "1.0" for number in range(15)})


def test_a_release_without_a_file_that_fits_is_the_users(world: World) -> None:
    world.wheel("app", "1.0", "2020-01-01", tag="cp27-cp27m-win32")

    with pytest.raises(UserError, match="FT644"):
        world.pinned(app="1.0")


def test_an_index_out_of_reach_may_pass(world: World) -> None:
    asking = Asking(python="", requirements=("app",), base={"app": "1.0"})
    resolver = world.resolver(offline=True)

    with pytest.raises(TransientError):
        resolver.pin(asking, world.said.append)
    with pytest.raises(TransientError):
        resolver.resolve(asking, world.said.append)


def test_what_was_replaced_or_deleted_is_said(world: World) -> None:
    world.wheel("app", "1.0", "2020-01-01")
    world.wheel("app", "2.0", "2020-01-02")
    world.pinned(app="1.0")
    del world.told.files["app-2.0-py3-none-any.whl"]
    world.wheel("app", "1.0", "2020-01-01", "dep")
    world.wheel("dep", "1.0", "2020-01-01")
    world.clock.advance(100_000)

    base = world.pinned(app="1.0")
    world.resolve("app")

    gone = "warning: app-2.0-py3-none-any.whl was on the index before, and is gone"
    replaced = "warning: app-1.0-py3-none-any.whl has other bytes than it had before"
    assert [world.said.count(line) for line in (gone, replaced)] == [2, 2]
    assert base["app"].hashes


def test_of_what_was_locked_just_those_files_are_taken(world: World) -> None:
    world.wheel("app", "1.0", "2020-01-01")
    locked = world.pinned(app="1.0")["app"].hashes
    world.wheel("app", "1.0", "2020-06-01", tag="py2.py3-none-any")
    world.clock.advance(100_000)
    asking = Asking(python="", requirements=(), base={"app": "1.0"}, hashes={"App": locked})

    pins = world.resolver().pin(asking, world.said.append)

    assert pins["app"].hashes == locked
    assert len(world.pinned(app="1.0")["app"].hashes) == 2


def test_a_lock_of_files_that_are_not_there_is_told(world: World) -> None:
    world.wheel("app", "1.0", "2020-01-01")
    other = {"app": ("sha256:" + "0" * 64,)}
    asking = Asking(python="", requirements=(), base={"app": "1.0"}, hashes=other)

    pins = world.resolver().pin(asking, world.said.append)

    assert pins["app"].hashes
    assert world.said == ["warning: the files of app 1.0 are not those of the lock"]
