"""Artefacts: regular files only, bounded, without the bits that would make them act."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.adapters.executors import artefacts
from foretaste.adapters.executors.artefacts import TooMuchError, keep
from foretaste.adapters.executors.places import Places


@pytest.fixture(name="work")
def work_fixture(tmp_path: Path) -> Path:
    work = tmp_path / "work"
    work.mkdir()
    return work


@pytest.fixture(name="opened")
def opened_fixture(work: Path) -> Iterator[int]:
    descriptor = os.open(work, os.O_RDONLY | os.O_DIRECTORY)
    yield descriptor
    os.close(descriptor)


def write(path: Path, text: str = "x") -> None:
    """Write a file and the folders that it is in."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_globs_choose_and_the_paths_are_sorted(work: Path, opened: int, tmp_path: Path) -> None:
    for name in ("dist/b.whl", "dist/a.whl", "dist/sub/c.whl", "other.txt"):
        write(work / name, name)

    assert keep(opened, ("dist/*.whl",), tmp_path / "kept") == ("dist/a.whl", "dist/b.whl")
    assert (tmp_path / "kept" / "dist" / "a.whl").read_text(encoding="utf-8") == "dist/a.whl"
    assert keep(opened, ("**",), tmp_path / "all")[-1] == "other.txt"
    assert keep(opened, (), tmp_path / "nothing") == ()
    assert not (tmp_path / "nothing").exists()


def test_links_pipes_and_sockets_are_left_out(work: Path, opened: int, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    write(outside / "secret", "secret")
    (work / "link").symlink_to(outside / "secret")
    (work / "folder").symlink_to(outside)
    os.mkfifo(work / "pipe")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(work / "socket"))
        write(work / "file")

        assert keep(opened, ("**",), tmp_path / "kept") == ("file",)


def test_bits_are_stripped(work: Path, opened: int, tmp_path: Path) -> None:
    write(work / "tool")
    (work / "tool").chmod(0o6755)

    keep(opened, ("tool",), tmp_path / "kept")

    assert stat.S_IMODE((tmp_path / "kept" / "tool").stat().st_mode) == 0o644


def test_names_that_move_a_cursor_are_left_out(work: Path, opened: int, tmp_path: Path) -> None:
    write(work / "a\x1b[2J")
    write(work / "line\nbreak")
    write(work / "sound")

    assert keep(opened, ("**",), tmp_path / "kept") == ("sound",)


@pytest.mark.parametrize(
    ("limit", "value"), [("MOST_FILES", 2), ("MOST_BYTES", 2), ("MOST_SEEN", 2)]
)
def test_too_much_is_said(
    work: Path, opened: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(artefacts, limit, value)
    for number in range(4):
        write(work / str(number))

    with pytest.raises(TooMuchError):
        keep(opened, ("*",), tmp_path / "kept")


def test_folders_that_are_too_deep_are_left(work: Path, opened: int, tmp_path: Path) -> None:
    write(work.joinpath(*["d"] * 60, "deep"))
    write(work / "d" / "near")

    assert keep(opened, ("**",), tmp_path / "kept") == ("d/near",)


@pytest.mark.parametrize("path", ["../b2/x", "/etc/passwd", "", "a/../../b2/x", "link", "nothing"])
def test_only_what_is_an_artefact_can_be_read(tmp_path: Path, path: str) -> None:
    places = Places(tmp_path)
    write(places.artefacts("b1") / "a", "sound")
    write(places.artefacts("b2") / "x", "another's")
    (places.artefacts("b1") / "link").symlink_to("/etc/passwd")

    assert places.read_artefact("b1", "a") == b"sound"
    assert places.read_artefact("b1", path) is None
    assert places.read_artefact("../b2", "x") is None
    assert places.read_log("../b2", 0, 10) == (b"", 0)
    assert places.read_log("b1", -1, 10) == (b"", 0)
