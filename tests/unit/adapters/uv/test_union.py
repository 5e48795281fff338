"""An environment is the union of packages' files, shared with them; who comes later is on top."""

from __future__ import annotations

import errno
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from foretaste.adapters.uv.packages import Package
from foretaste.adapters.uv.union import join, tell_what_starts
from foretaste.ports.errors import UserError
from foretaste.ports.releases import Release


def package(
    folder: Path, name: str, files: Mapping[str, str], starts: tuple[str, ...] = ()
) -> Package:
    """Lay out a package."""
    listing: dict[str, tuple[str, ...]] = {}
    for path, text in files.items():
        place = folder / name / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        parent = os.path.dirname(path)  # noqa: PTH120 -- "" for the tree itself
        listing[parent] = (*listing.get(parent, ()), place.name)
    return Package(
        key=name,
        tree=folder / name,
        files=listing,
        release=Release(name=name, version="1", starts=starts),
    )


def joined(folder: Path, *packages: Package) -> tuple[Path, list[str]]:
    """Join packages; return where, and what was said."""
    made = folder / "made"
    made.mkdir()
    said: list[str] = []
    join(packages, made, said.append)
    return made, said


def test_every_file_is_there_and_shared(tmp_path: Path) -> None:
    one = package(tmp_path, "one", {"lib/one/a.py": "a", "lib/one/deep/er/b.py": "b", "top": "t"})
    two = package(tmp_path, "two", {"lib/two.py": "c"})

    made, said = joined(tmp_path, one, two)

    files = sorted(path.relative_to(made).as_posix() for path in made.rglob("*") if path.is_file())
    assert files == ["lib/one/a.py", "lib/one/deep/er/b.py", "lib/two.py", "top"]
    assert (made / "lib/one/a.py").stat().st_ino == (one.tree / "lib/one/a.py").stat().st_ino
    assert said == []


def test_the_later_one_is_on_top_and_it_is_said(tmp_path: Path) -> None:
    one = package(tmp_path, "one", {"lib/a.py": "one", "lib/b.py": "one", "lib/a.pyc": "1"})
    two = package(tmp_path, "two", {"lib/a.py": "two", "lib/b.py": "two", "lib/a.pyc": "2"})

    made, said = joined(tmp_path, one, two)

    assert (made / "lib/a.py").read_text(encoding="utf-8") == "two"
    assert (made / "lib/a.pyc").read_text(encoding="utf-8") == "2"
    assert said == ["warning: two overwrites files of one: lib/a.py and 1 more"]


def test_the_same_file_twice_is_not_worth_a_word(tmp_path: Path) -> None:
    one = package(tmp_path, "one", {"lib/ns/__init__.py": "same"})
    two = package(tmp_path, "two", {"lib/ns/__init__.py": "same"})

    assert joined(tmp_path, one, two)[1] == []


@pytest.mark.parametrize("first", ["lib/a", "lib/a/b"])
def test_a_file_cannot_be_a_folder_too(tmp_path: Path, first: str) -> None:
    second = "lib/a/b" if first == "lib/a" else "lib/a"
    one = package(tmp_path, "one", {first: ""})
    two = package(tmp_path, "two", {second: ""})

    with pytest.raises(UserError, match="FT662: lib/a is a file of one package"):
        joined(tmp_path, one, two)


@pytest.mark.parametrize("number", [errno.EMLINK, errno.EPERM, errno.EXDEV, errno.EOPNOTSUPP])
def test_where_a_file_can_have_no_further_name_it_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    one = package(tmp_path, "one", {"lib/a.py": "a"})
    os.utime(one.tree / "lib/a.py", (1, 1))

    def full(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "link", full)
    made, _ = joined(tmp_path, one)

    copied = made / "lib/a.py"
    assert copied.read_text(encoding="utf-8") == "a"
    assert copied.stat().st_mtime == 1
    assert copied.stat().st_ino != (one.tree / "lib/a.py").stat().st_ino


def test_another_error_than_too_many_links_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "link", full)

    with pytest.raises(OSError, match="No space left"):
        joined(tmp_path, package(tmp_path, "one", {"lib/a.py": "a"}))


def test_what_runs_at_every_start_is_said(tmp_path: Path) -> None:
    said: list[str] = []

    tell_what_starts([package(tmp_path, "one", {}, ("evil.pth",))], said.append)

    assert said == ["warning: evil.pth runs code at every start of Python in this environment"]


def test_byte_code_that_comes_without_its_source_is_told(tmp_path: Path) -> None:
    code = "s/__pycache__/own.cpython-311.pyc"
    own = package(tmp_path, "own", {"s/own.py": "a", code: "a"})
    evil = package(tmp_path, "evil", {code: "b"})

    _, said = joined(tmp_path, own, evil)

    assert said == [f"warning: evil overwrites files of own: {code}"]
