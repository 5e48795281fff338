"""Placeholders are sound wheels without content, the same ones written once."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest
from packaging.utils import parse_wheel_filename

from foretaste.adapters.uv import placeholders
from foretaste.adapters.uv.placeholders import Placeholder, folder_of
from foretaste.adapters.uv.wheels import read_wheel


def test_a_placeholder_says_what_the_release_requires(tmp_path: Path) -> None:
    each = Placeholder(name="foo-bar", version="1!2.0+local", requires=("six>=1", "a;  b\n"))
    each.write(tmp_path)

    found = read_wheel(tmp_path / each.filename)

    name, version, _, tags = parse_wheel_filename(each.filename)
    assert (found.name, found.version) == (name, str(version)) == ("foo-bar", "1!2.0+local")
    assert found.requires == ("six>=1", "a; b")
    assert {str(tag) for tag in tags} == {"py2-none-any", "py3-none-any"}
    with zipfile.ZipFile(tmp_path / each.filename) as archive:
        assert not any(".dist-info/" not in entry for entry in archive.namelist())


def test_the_same_ones_are_the_same_folder_in_any_order(tmp_path: Path) -> None:
    one = Placeholder(name="one", version="1.0")
    two = Placeholder(name="two", version="1.0", requires=())

    folder = folder_of([one, two], tmp_path)

    assert folder_of([two, one], tmp_path) == folder
    assert sorted(path.name for path in folder.iterdir()) == [one.filename, two.filename]
    assert folder_of([one], tmp_path) != folder
    assert folder_of([one, Placeholder(name="two", version="1.0", requires=("x",))], tmp_path) != (
        folder
    )


def test_the_folders_used_longest_ago_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(placeholders, "MOST_KEPT", 2)
    first, second, third = ([Placeholder(name="app", version=text)] for text in ("1", "2", "3"))
    below = tmp_path / "shown"
    kept = folder_of(first, below)
    gone = folder_of(second, below)
    for folder, at in ((gone, 1), (kept, 2)):
        os.utime(folder, (at, at))

    newest = folder_of(third, below)

    assert set(below.iterdir()) == {kept, newest}
    assert folder_of(first, below).stat().st_mtime > 2
