"""A demo plays real releases where they can be had, and what is bundled elsewhere; it says which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest

from foretaste.adapters.uv.archives import Archives
from foretaste.adapters.uv.interpreters import Interpreters
from foretaste.ports.errors import PermanentError, TransientError
from foretaste.service.starts import Audience, DemoOptions
from foretaste.wiring import demonstrating
from foretaste.wiring.family import load_family


@dataclass
class Kept:
    """Archives that have everything, or that cannot reach the index."""

    there: bool
    asked: list[str] = field(default_factory=list)

    def kept(self, digest: str) -> Path | None:
        """Return a folder for what is there."""
        self.asked.append(digest)
        return Path("/") if self.there else None

    def packages(self, name: str) -> Sequence[object]:
        """Reach nothing."""
        raise TransientError("FT623", f"the index is out of reach for {name}")


def chosen(archives: Kept, cache: Path, *, offline: bool = False) -> tuple[str, list[str]]:
    """The name of the family that is played, and what is said of it."""
    said: list[str] = []
    audience = Audience(say=said.append, show=lambda _: None, end=lambda _: None)
    options = DemoOptions(offline=offline)
    family = demonstrating._choose(options, cast("Archives", archives), cache, audience)
    return family.name, said


@pytest.fixture(name="interpreters", autouse=True)
def interpreters_fixture(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every interpreter is here."""
    monkeypatch.setattr(Interpreters, "find", lambda *_: None)


REAL, MINI = load_family("family"), load_family("mini")


def test_real_releases_are_played_where_all_are_here(tmp_path: Path) -> None:
    archives = Kept(there=True)

    assert chosen(archives, tmp_path) == (REAL.name, [])
    assert len(archives.asked) == len(REAL.releases)


def test_out_of_reach_of_the_index_what_is_bundled_is_played(tmp_path: Path) -> None:
    name, said = chosen(Kept(there=False), tmp_path)

    assert name == MINI.name
    assert said[0].startswith("the index is out of reach")
    assert said[0].endswith(": the demo runs on what is bundled")


def test_without_an_interpreter_for_it_what_is_bundled_is_played(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise PermanentError("FT625", "no such Python here")

    monkeypatch.setattr(Interpreters, "find", none)

    assert chosen(Kept(there=True), tmp_path)[0] == MINI.name


def test_offline_real_releases_are_played_once_all_was_cached(tmp_path: Path) -> None:
    before = chosen(Kept(there=True), tmp_path, offline=True)
    demonstrating._remember(tmp_path, MINI)
    bundled = chosen(Kept(there=True), tmp_path, offline=True)
    demonstrating._remember(tmp_path, REAL)

    assert before[0] == bundled[0] == MINI.name
    assert "no earlier demo has cached" in before[1][0]
    assert chosen(Kept(there=True), tmp_path, offline=True) == (REAL.name, [])


def test_it_is_kept_in_the_users_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    cache = demonstrating._cache()

    assert cache == tmp_path / "foretaste" / "demo"
    assert cache.is_dir()
