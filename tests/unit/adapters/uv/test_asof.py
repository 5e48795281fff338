"""Releases are chosen as an index was at a time: those without wheels, yanked ones, base ones too.

The index is one of our own on loopback, and tells when each file was uploaded; sdists bring their
own backend and are built in the sandbox.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from foretaste.adapters.index.simple import SimpleIndex
from foretaste.adapters.uv.asof import UvResolver
from foretaste.adapters.uv.program import Uv
from foretaste.ports.errors import TransientError, UserError
from foretaste.ports.releases import Asking, Pins
from foretaste.simulation.clock import VirtualClock
from tests.fakes.dated_index import DatedFile, DatedIndex, dated_index
from tests.fakes.index import sdist, wheel
from tests.fakes.jobs import JobRunner, local_jobs
from tests.fakes.told_index import Reply, told_index

BACKEND = """
import os, zipfile
NAME, VERSION, REQUIRES, BROKEN = {name!r}, {version!r}, {requires!r}, {broken!r}

def build_wheel(folder, settings=None, metadata=None):
    if BROKEN:
        raise SystemExit("no compiler of that age")
    name = NAME + "-" + VERSION + "-py3-none-any.whl"
    info = NAME + "-" + VERSION + ".dist-info/"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        archive.writestr(NAME + ".py", "value = " + repr(VERSION))
        archive.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: " + NAME +
                         "\\nVersion: " + VERSION + "\\n" + REQUIRES)
        archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\n"
                         "Root-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(info + "RECORD", "".join("%s,,\\n" % n for n in archive.namelist()))
    return name
"""
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
NOW = datetime(2030, 1, 1, tzinfo=UTC)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass(slots=True)
class World:
    """An index with dates, and a resolver that asks it."""

    told: DatedIndex
    runner: JobRunner
    folder: Path
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(NOW.timestamp()))
    said: list[str] = field(default_factory=list)
    opened: list[SimpleIndex] = field(default_factory=list)

    def resolver(self, *, offline: bool = False) -> UvResolver:
        """Return a resolver that remembers nothing but what is on disk."""
        index = SimpleIndex(self.folder / "pages", [self.told.address], self.clock, offline=offline)
        self.opened.append(index)
        return UvResolver(self.runner.environments.bench, index)

    def wheel(self, name: str, version: str, on: str, *requires: str, **more: Any) -> None:
        """Upload a release as a wheel."""
        data = wheel(name, version, {f"{name}.py": f"value = {version!r}\n"}, lines(requires))
        filename = f"{name}-{version}-{more.pop('tag', None) or 'py3-none-any'}.whl"
        self.told.add(DatedFile(filename=filename, data=data, day=on, **more))

    def source(
        self, name: str, version: str, on: str, *requires: str, broken: bool = False, **more: Any
    ) -> None:
        """Upload a release as an sdist."""
        backend = BACKEND.format(
            name=name, version=version, requires=lines(requires), broken=broken
        )
        files = {
            "pyproject.toml": PYPROJECT,
            "backend.py": backend,
            "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        }
        filename = f"{name}-{version}.tar.gz"
        data = sdist(name, version, files)
        self.told.add(DatedFile(filename=filename, data=data, day=on, **more))

    def resolve(self, *requirements: str, as_of: str = "", **asked: object) -> dict[str, str]:
        """Return the versions that are chosen."""
        return versions(self.pins(*requirements, as_of=as_of, **asked))

    def pins(self, *requirements: str, as_of: str = "", **asked: object) -> Pins:
        """Return the pins that are chosen."""
        asking = Asking(
            python="",
            requirements=requirements,
            as_of=day(as_of) if as_of else None,
            **asked,  # type: ignore[arg-type]
        )
        return self.resolver().resolve(asking, self.said.append)

    def pinned(self, **base: str) -> Pins:
        """Return the pins of exactly these versions."""
        asking = Asking(python="", requirements=(), base=base)
        return self.resolver().pin(asking, self.said.append)

    def asked_for_pages(self) -> int:
        """Return how often a page was asked for."""
        return sum(path.startswith("/simple/") for path in self.told.asked)


def lines(requires: tuple[str, ...]) -> str:
    return "".join(f"Requires-Dist: {each}\n" for each in requires)


def versions(pins: Pins) -> dict[str, str]:
    return {name: pin.version for name, pin in pins.items()}


@pytest.fixture(name="world")
def world_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    with dated_index() as told:
        monkeypatch.setenv("UV_DEFAULT_INDEX", told.address)
        with local_jobs(tmp_path / "gate") as runner:
            world = World(told, runner, tmp_path / "index")
            runner.environments.bench.clock = world.clock
            yield world
            for index in world.opened:
                index.close()


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


def test_an_answer_about_the_past_is_kept_for_good(world: World) -> None:
    world.wheel("app", "1.0", "2020-01-01")
    first = world.pins("app", as_of="2020-02-01")
    asked = len(world.told.asked)
    world.clock.advance(10 * 365 * 86_400)

    assert world.pins("app", as_of="2020-02-01") == first
    assert len(world.told.asked) == asked


def test_an_answer_about_now_is_kept_for_a_moment(world: World) -> None:
    world.wheel("app", "1.0", "2020-01-01")
    assert world.resolve("app") == {"app": "1.0"}
    world.wheel("app", "2.0", "2020-01-02")
    assert world.resolve("app") == {"app": "1.0"}
    world.clock.advance(3600)

    assert world.resolve("app") == {"app": "2.0"}


def test_an_answer_whose_wheel_is_gone_holds_no_more(world: World) -> None:
    world.source("app", "1.0", "2020-01-01")
    pins = world.pins("app", as_of="2020-02-01")
    Path(pins["app"].wheel).unlink()
    world.runner.environments.bench.wheels._known.clear()

    again = world.pins("app", as_of="2020-02-01")

    assert Path(again["app"].wheel).is_file()


def test_an_index_without_times_has_no_past(world: World) -> None:
    asking = Asking(python="", requirements=("app",), as_of=day("2020-02-01"))
    with told_index() as undated:
        undated.tell("app", undated.files("app", {"filename": "app-1.0.tar.gz", "url": "/app"}))
        index = SimpleIndex(world.folder, [undated.address], world.clock)
        world.opened.append(index)

        with pytest.raises(UserError, match="FT650"):
            UvResolver(world.runner.environments.bench, index).resolve(asking, world.said.append)


def test_what_nobody_dates_stays_at_the_base(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.wheel("app", "1.0", "2020-01-01", "private")
    with told_index() as undated:
        files = []
        for version in ("1.0", "2.0"):
            name = f"private-{version}-py3-none-any.whl"
            data = wheel("private", version, {"private.py": ""})
            undated.replies[f"/files/{name}"] = [Reply(body=data, kind="application/zip")]
            digest = hashlib.sha256(data).hexdigest()
            files.append({"filename": name, "url": f"/files/{name}", "hashes": {"sha256": digest}})
        undated.tell("private", undated.files("private", *files))
        monkeypatch.setenv("UV_INDEX", f"mine={undated.address}")
        uv = Uv(world.folder / "uv", world.folder / "wheels")
        monkeypatch.setattr(world.runner.environments.bench, "uv", uv)
        monkeypatch.setattr(world.runner.environments.bench.packages, "_uv", uv)
        index = SimpleIndex(world.folder / "both", uv.indexes(), world.clock)
        world.opened.append(index)
        asking = Asking(
            python="", requirements=("app",), base={"private": "1.0"}, as_of=day("2020-02-01")
        )

        pins = UvResolver(world.runner.environments.bench, index).resolve(asking, world.said.append)

    assert versions(pins) == {"app": "1.0", "private": "1.0"}
    assert "nobody says when releases of private were uploaded: it stays" in world.said


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
