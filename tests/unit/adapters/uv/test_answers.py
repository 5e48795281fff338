"""What an index had at a time is known for good, what it has now for a moment, and not without dates."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from foretaste.adapters.index.simple import SimpleIndex
from foretaste.adapters.uv.asof import UvResolver
from foretaste.adapters.uv.program import Uv
from foretaste.ports.errors import UserError
from foretaste.ports.releases import Asking
from tests.fakes.dated_world import World, day, versions
from tests.fakes.index import wheel
from tests.fakes.told_index import Reply, told_index


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
