"""A driver is found by its entry point, and one that cannot be had says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from foretaste.core.speculate import speculate
from foretaste.plugins.load import Group, load, names
from foretaste.ports.errors import UserError


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder in which distributions can be put, as an installer would."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def _install(folder: Path, name: str, entry: str) -> None:
    info = folder / f"{name}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
    (info / "entry_points.txt").write_text(f"[foretaste.planners]\n{entry}\n")


def test_our_own_drivers_are_found_as_anybodys_are() -> None:
    assert load(Group.PLANNER, "window") is speculate
    assert "local" in names(Group.EXECUTOR)


def test_a_name_that_nobody_brings_is_an_error_that_lists_what_there_is() -> None:
    with pytest.raises(UserError, match="no installed package brings 'windy'") as caught:
        load(Group.PLANNER, "windy")

    assert caught.value.code == "FT520"
    assert "window" in caught.value.hint


def test_a_driver_that_cannot_be_loaded_names_its_package_and_the_cause(installed: Path) -> None:
    _install(installed, "crystal-ball", "crystal = crystal_ball_driver:gaze")
    (installed / "crystal_ball_driver.py").write_text("import no_such_module_of_ours\n")

    with pytest.raises(UserError, match=r"crystal-ball.*no_such_module_of_ours") as caught:
        load(Group.PLANNER, "crystal")

    assert caught.value.code == "FT522"
    assert caught.value.where == "crystal_ball_driver:gaze"


def test_a_name_that_two_packages_bring_is_not_guessed(installed: Path) -> None:
    _install(installed, "one", "twice = sys:exit")
    _install(installed, "other", "twice = sys:intern")

    with pytest.raises(UserError, match="brought by one, other") as caught:
        load(Group.PLANNER, "twice")

    assert caught.value.code == "FT521"
