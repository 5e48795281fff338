"""A plot shows every package that moved, and is refused early where it cannot be drawn."""

from __future__ import annotations

import importlib.util
import struct
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from foretaste.adapters.plots import draw, plottable
from foretaste.ports.errors import UserError
from foretaste.taste.finding import Verdict
from foretaste.taste.replay import Fate, Look, Release, Replay

BEGIN = 1_644_451_200.0  # 2022-02-10
DAY = 86400.0


def replay() -> Replay:
    def release(name: str, day: float, fate: Fate, freed: float | None = None) -> Release:
        at = None if freed is None else BEGIN + freed * DAY
        return Release(name=name, version="2.1.0", fate=fate, uploaded=BEGIN + day * DAY, freed=at)

    return Replay(
        begin=BEGIN,
        end=BEGIN + 54 * DAY,
        state={},
        releases=(
            release("markupsafe", 7, Fate.CAUGHT, freed=30),
            release("jinja2", 42, Fate.CAUGHT),
            release("$x_1$ & <b>", 9, Fate.PASSED),
            release("click", 9, Fate.UNUSED),
            release("werkzeug", 43, Fate.HELD),
            Release(name="gone", version="1", fate=Fate.MISSING),
        ),
        looks=(Look(at=BEGIN + 7.1 * DAY, releases=(), said=Verdict.REJECT, trials=4),),
    )


def test_a_picture_of_dots_has_a_size(tmp_path: Path) -> None:
    path = tmp_path / "replay.png"

    draw(replay(), path)

    data = path.read_bytes()
    assert data.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", data[16:24])
    assert width > 1000
    assert height > 400


def test_names_stand_in_it_as_they_are_and_twice_is_the_same(tmp_path: Path) -> None:
    draw(replay(), tmp_path / "a.svg", "My project")
    draw(replay(), tmp_path / "b.svg", "My project")

    # The file is our own, just drawn.
    text = {
        "".join(element.itertext()).strip()
        for element in ET.parse(tmp_path / "a.svg").iter("{http://www.w3.org/2000/svg}text")  # noqa: S314
    }
    assert {"markupsafe", "jinja2", "$x_1$ & <b>", "trials"} <= text
    assert any(each.startswith("My project, 2022-02-10 to 2022-04-05:") for each in text)
    assert {"caught (2)", "passed (1)", "held (1)", "unused (1)"} <= text
    assert "gone" not in text
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()


def test_a_stretch_without_releases_is_drawn_too(tmp_path: Path) -> None:
    draw(replace(replay(), releases=(), looks=()), tmp_path / "empty.png")

    assert (tmp_path / "empty.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("name", "words"),
    [("plot.pdf", ".pdf is no picture"), ("plot", "without an ending"), ("no/plot.png", "folder")],
)
def test_a_file_that_cannot_be_drawn_is_refused(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(UserError, match=words) as caught:
        plottable(tmp_path / name)

    assert caught.value.code == "FT973"


def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "plot.png").mkdir()

    with pytest.raises(UserError, match="Is a directory") as caught:
        draw(replay(), tmp_path / "plot.png")

    assert caught.value.code == "FT973"


def test_without_matplotlib_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    with pytest.raises(UserError) as caught:
        plottable(tmp_path / "plot.png")

    assert caught.value.code == "FT972"
    assert "foretaste[plot]" in caught.value.hint
