"""What builds left can be read by name only, and goes when it is old and nobody's history."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from foretaste.adapters.executors.places import Places


def put(path: Path, when: float) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x", encoding="utf-8")
    os.utime(path, (when, when))


def test_what_is_older_is_swept_and_what_is_newer_stays(tmp_path: Path) -> None:
    places = Places(tmp_path)
    put(places.log("old"), 100.0)
    put(places.log("new"), 300.0)
    put(places.label("old"), 100.0)
    put(places.artefacts("old") / "dist" / "a.txt", 100.0)
    os.utime(places.artefacts("old"), (100.0, 100.0))
    put(places.artefacts("new") / "b.txt", 300.0)
    os.utime(places.artefacts("new"), (300.0, 300.0))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "artefacts" / "link").symlink_to(tmp_path / "elsewhere")
    os.utime(tmp_path / "artefacts" / "link", (100.0, 100.0), follow_symlinks=False)

    places.sweep(200.0)

    assert [path.name for path in (tmp_path / "logs").iterdir()] == ["new.log"]
    assert [path.name for path in (tmp_path / "artefacts").iterdir()] == ["new"]
    assert (tmp_path / "elsewhere").is_dir()


def test_nothing_is_swept_where_there_is_nothing(tmp_path: Path) -> None:
    Places(tmp_path).sweep(1e12)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("attempt", "offset", "size"), [("../x", 0, 1), ("a", -1, 1), ("a", 0, -1)]
)
def test_what_is_no_part_of_a_log_is_nothing(
    tmp_path: Path, attempt: str, offset: int, size: int
) -> None:
    put(tmp_path / "logs" / "a.log", 100.0)
    put(tmp_path / "x.log", 100.0)

    assert Places(tmp_path).read_log(attempt, offset, size) == (b"", 0)


@pytest.mark.parametrize("path", ["../a/x", "/x", "", "link", "none"])
def test_what_is_no_artefact_is_none(tmp_path: Path, path: str) -> None:
    put(tmp_path / "artefacts" / "a" / "x", 100.0)
    put(tmp_path / "secret", 100.0)
    (tmp_path / "artefacts" / "a" / "link").symlink_to(tmp_path / "secret")

    assert Places(tmp_path).read_artefact("a", "x") == b"x"
    assert Places(tmp_path).read_artefact("a", path) is None
