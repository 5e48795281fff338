"""Releases are chosen as an index was at a time: those without wheels, yanked ones, base ones too."""

from __future__ import annotations

from pathlib import Path

import pytest

from foretaste.ports.errors import UserError
from tests.fakes.dated_world import World, versions


def test_any_day_in_the_past_can_be_asked_for(world: World) -> None:
    world.wheel("app", "1.0", "2020-01-01", "dep")
    world.wheel("app", "2.0", "2020-03-01", "dep>=2")
    world.wheel("dep", "1.0", "2020-01-01")
    world.wheel("dep", "2.0", "2020-02-01T12:00:00.5")

    assert world.resolve("app", as_of="2020-01-02") == {"app": "1.0", "dep": "1.0"}
    assert world.resolve("app", as_of="2020-02-01T12:00:00") == {"app": "1.0", "dep": "1.0"}
    assert world.resolve("app", as_of="2020-02-01T12:00:01") == {"app": "1.0", "dep": "2.0"}
    assert world.resolve("app") == {"app": "2.0", "dep": "2.0"}


def test_a_newer_release_without_a_wheel_is_built_and_not_passed_over(world: World) -> None:
    world.wheel("app", "1.0", "2020-01-01")
    world.source("app", "2.0", "2020-02-01", "dep<2")
    world.source("app", "3.0", "2020-04-01")
    world.source("dep", "1.0", "2020-01-01")
    world.wheel("dep", "2.0", "2020-01-02")

    pins = world.pins("app", as_of="2020-03-01")

    assert versions(pins) == {"app": "2.0", "dep": "1.0"}
    assert all(Path(pin.wheel).is_file() and pin.hashes for pin in pins.values())
    assert not any("3.0" in line for line in world.said)


def test_uv_goes_back_from_no_release_for_want_of_a_wheel_below_it(world: World) -> None:
    world.wheel("app", "1.0", "2020-01-01")
    world.wheel("app", "2.0", "2020-02-01", "middle")
    world.wheel("middle", "1.0", "2020-01-01", "dep<2")
    world.source("dep", "1.0", "2020-01-01")
    world.wheel("dep", "2.0", "2020-01-02")

    assert world.resolve("app") == {"app": "2.0", "middle": "1.0", "dep": "1.0"}


def test_what_would_not_be_taken_is_not_built(world: World) -> None:
    world.wheel("app", "1.0", "2020-01-01", "dep<2")
    world.wheel("dep", "1.0", "2020-01-01")
    world.source("dep", "2.0", "2020-01-01", broken=True)

    assert world.resolve("app") == {"app": "1.0", "dep": "1.0"}
    assert world.said == []


def test_a_release_that_does_not_build_is_left_out_and_that_is_said(world: World) -> None:
    world.wheel("app", "1.0", "2020-01-01")
    world.source("app", "2.0", "2020-01-02", broken=True)

    assert world.resolve("app") == {"app": "1.0"}
    assert any(line.startswith("app 2.0 cannot be built here") for line in world.said)


def test_a_release_that_must_be_built_and_does_not_build_is_the_answer(world: World) -> None:
    world.source("app", "1.0", "2020-01-02", broken=True)

    with pytest.raises(UserError, match=r"FT626.*app 1\.0 does not build"):
        world.resolve("app")


def test_a_base_that_does_not_build_is_the_answer_too(world: World) -> None:
    world.source("app", "1.0", "2020-01-02", broken=True)
    world.wheel("app", "2.0", "2020-01-03")

    with pytest.raises(UserError, match="FT626"):
        world.resolve("app", base={"app": "1.0"})


def test_nothing_moves_backwards_though_the_base_is_younger(world: World) -> None:
    for version, on in (("1.0", "2020-01-01"), ("2.0", "2020-06-01"), ("3.0", "2020-06-02")):
        world.wheel("app", version, on, "dep")
        world.wheel("dep", version, on)

    found = world.resolve("app", as_of="2020-02-01", base={"App": "2.0", "dep": "1.0"})

    assert found == {"app": "2.0", "dep": "1.0"}


def test_a_base_that_was_yanked_stays_where_nothing_newer_is(world: World) -> None:
    world.wheel("app", "1.0", "2020-01-01")
    world.wheel("app", "2.0", "2020-01-02", yanked="bad")

    assert world.resolve("app", base={"app": "2.0"}) == {"app": "2.0"}
    assert world.resolve("app") == {"app": "1.0"}


def test_a_base_that_was_yanked_moves_on_where_something_newer_is(world: World) -> None:
    world.wheel("app", "2.0", "2020-01-02", yanked="bad")
    world.wheel("app", "3.0", "2020-01-03")

    assert world.resolve("app", base={"app": "2.0"}) == {"app": "3.0"}


def test_a_yanked_release_is_had_by_its_name(world: World) -> None:
    world.wheel("app", "1.0", "2020-01-01")
    world.wheel("app", "2.0", "2020-01-02", yanked="bad")
    world.source("old", "1.0", "2020-01-01")
    world.source("old", "2.0", "2020-01-02", yanked="worse")

    assert world.resolve("app==2.0", "old==2.0") == {"app": "2.0", "old": "2.0"}
    assert world.resolve("app", "old") == {"app": "1.0", "old": "1.0"}


def test_only_what_is_asked_for_moves_and_what_it_forces(world: World) -> None:
    for version in ("1.0", "2.0"):
        world.wheel("app", version, "2020-01-01", f"forced>={version}", "free")
        world.wheel("forced", version, "2020-01-01")
        world.wheel("free", version, "2020-01-01")
        world.wheel("other", version, "2020-01-01")
    base = dict.fromkeys(("app", "forced", "free", "other"), "1.0")

    found = world.resolve("app", "other", "app==2.0", base=base, only=frozenset({"App"}))

    assert found == {"app": "2.0", "forced": "2.0", "free": "1.0", "other": "1.0"}


def test_what_is_excluded_is_not_taken(world: World) -> None:
    for version in ("1.0", "1.1", "1.2"):
        world.source("app", version, "2020-01-01")

    found = world.resolve("app", excluded={"App": "!=1.2"}, constraints=("app!=1.1",))

    assert found == {"app": "1.0"}


def test_what_a_base_does_without_is_not_brought_in(world: World) -> None:
    world.wheel("app", "1.0", "2020-01-01", "lost", "dep")
    world.wheel("lost", "1.0", "2020-01-01", "more")
    world.wheel("more", "1.0", "2020-01-01")
    world.wheel("dep", "1.0", "2020-01-01")
    world.wheel("dep", "2.0", "2020-01-01", "fresh")
    world.wheel("fresh", "1.0", "2020-01-01")
    base = {"app": "1.0", "dep": "1.0"}

    assert world.resolve("app", base=base) == {"app": "1.0", "dep": "2.0", "fresh": "1.0"}


def test_what_a_moved_release_asks_for_is_brought_in(world: World) -> None:
    world.wheel("app", "1.0", "2020-01-01", "lost")
    world.wheel("app", "1.1", "2020-01-01", "lost")
    world.wheel("lost", "1.0", "2020-01-01")

    assert world.resolve("app", base={"app": "1.0"}) == {"app": "1.1", "lost": "1.0"}


def test_a_base_at_odds_with_itself_is_held_where_it_is(world: World) -> None:
    world.wheel("app", "1.0", "2020-01-01", "dep<2", "free")
    for version in ("2.0", "3.0"):
        world.wheel("dep", version, "2020-01-01")
        world.wheel("free", version, "2020-01-01")
    base = {"app": "1.0", "dep": "2.0", "free": "2.0"}

    found = world.resolve("app", base=base)

    assert found == {"app": "1.0", "dep": "2.0", "free": "3.0"}
    assert "the base itself is at odds over dep: held where it is" in world.said


def test_what_fits_no_other_python_or_machine_is_as_if_it_had_no_wheel(world: World) -> None:
    world.wheel("app", "1.0", "2020-01-01")
    world.wheel("app", "2.0", "2020-01-02", tag="cp27-cp27m-win32")
    world.source("app", "2.0", "2020-01-02")
    world.source("app", "3.0", "2020-01-03", requires_python="<3")

    assert world.resolve("app") == {"app": "2.0"}


def test_a_wheel_that_came_later_is_taken_and_that_is_said(world: World) -> None:
    world.source("app", "1.0", "2020-01-01", broken=True)
    world.wheel("app", "1.0", "2020-06-01", "dep")
    world.wheel("dep", "1.0", "2020-01-01")

    pins = world.pins("app", as_of="2020-02-01")

    assert versions(pins) == {"app": "1.0", "dep": "1.0"}
    assert pins["app"].wheel == ""
    assert "app 1.0 has wheels that were uploaded later" in world.said


def test_versions_that_do_not_fit_together_are_the_users(world: World) -> None:
    world.wheel("app", "1.0", "2020-01-01", "dep<1")
    world.wheel("dep", "1.0", "2020-01-01")

    with pytest.raises(UserError, match="FT621"):
        world.resolve("app")


def test_a_project_that_is_not_there_is_the_users(world: World) -> None:
    with pytest.raises(UserError, match="FT621"):
        world.resolve("nowhere")


@pytest.mark.parametrize("text", ["app @ https://elsewhere/app.whl", "app >"])
def test_a_requirement_that_cannot_be_used_is_the_users(world: World, text: str) -> None:
    with pytest.raises(UserError, match="FT622"):
        world.resolve(text)


def test_a_base_of_no_version_is_the_users(world: World) -> None:
    with pytest.raises(UserError, match="FT645: 'newest' is no version of app"):
        world.resolve("app", base={"app": "newest"})


def test_a_base_that_is_not_on_the_index_any_more_is_no_reason_to_stop(world: World) -> None:
    world.wheel("app", "2.0", "2020-01-01")

    assert world.resolve("app", base={"app": "1.0"}) == {"app": "2.0"}


def test_a_package_of_local_version_moves_on(world: World) -> None:
    world.wheel("app", "1.0+own", "2020-01-01")
    world.wheel("app", "1.1", "2020-01-02")

    assert world.resolve("app", base={"app": "1.0+own"}) == {"app": "1.1"}
    assert world.resolve("app", as_of="2020-01-01T12:00", base={"app": "1.0+own"}) == {
        "app": "1.0+own"
    }
