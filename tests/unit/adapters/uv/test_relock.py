"""A uv.lock moves to just what is asked for, by uv itself, and nothing is built for it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.adapters.uv.program import Uv
from foretaste.adapters.uv.relock import UvRelock
from foretaste.ports.errors import TransientError, UserError
from foretaste.taste.moves import Move
from tests.fakes.index import PlainIndex, plain_index, wheel

PYPROJECT = b"""\
[project]
name = "app"
version = "1"
requires-python = ">=3.11"
dependencies = ["tiny", "other"]
"""
MOVES = (Move(key="tiny", old="1.0", new="1.1"),)


class Bench:
    """An index, a lock made from it by uv, and what moves locks."""

    def __init__(self, index: PlainIndex, folder: Path) -> None:
        self.index = index
        self.uv = Uv(folder / "uv", folder / "wheels")
        self.relock = UvRelock(uv=self.uv, folder=folder / "relock")
        self.release("tiny", "1.0")
        self.release("other", "1.0")
        project = folder / "app"
        project.mkdir()
        (project / "pyproject.toml").write_bytes(PYPROJECT)
        self.uv.run(["lock", "--project", str(project)])
        self.lock = (project / "uv.lock").read_bytes()

    def release(self, name: str, version: str, requires: str = "") -> None:
        """Put a release on the index."""
        data = wheel(name, version, {f"{name}.py": ""}, requires)
        self.index.add(name, f"{name}-{version}-py3-none-any.whl", data)

    def moved(self, *moves: Move, pyproject: bytes = PYPROJECT) -> dict[str, str]:
        """Move the lock and return the version of each package."""
        raw = self.relock({"sub/uv.lock": self.lock, "sub/pyproject.toml": pyproject}, moves)
        return {each["name"]: each["version"] for each in tomllib.loads(raw.decode())["package"]}


@pytest.fixture(name="bench")
def bench_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """Return a bench whose uv knows no other index."""
    with plain_index(tmp_path / "index") as (index, address):
        monkeypatch.setenv("UV_DEFAULT_INDEX", address)
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
        yield Bench(index, tmp_path)


def test_a_lock_moves_to_just_what_is_asked_for(bench: Bench) -> None:
    for version in ("1.1", "1.2"):
        bench.release("tiny", version)
        bench.release("other", version)

    assert bench.moved(*MOVES) == {"app": "1", "tiny": "1.1", "other": "1.0"}


def test_what_appears_comes_at_the_version_that_was_tested(bench: Bench) -> None:
    bench.release("tiny", "1.1", "Requires-Dist: fresh\n")
    for version in ("0.1", "0.2"):
        bench.release("fresh", version)

    found = bench.moved(*MOVES, Move(key="fresh", old=None, new="0.1"))

    assert found == {"app": "1", "tiny": "1.1", "other": "1.0", "fresh": "0.1"}


def test_what_would_change_more_than_was_tested_is_refused(bench: Bench) -> None:
    bench.release("tiny", "1.1", "Requires-Dist: fresh\n")
    bench.release("fresh", "0.1")

    with pytest.raises(UserError, match="FT945") as caught:
        bench.moved(*MOVES)

    assert "fresh" in caught.value.what


def test_a_lock_whose_project_must_be_built_stays(bench: Bench) -> None:
    bench.release("tiny", "1.1")
    dynamic = PYPROJECT.replace(b'dependencies = ["tiny", "other"]', b'dynamic = ["dependencies"]')
    system = b'[build-system]\nrequires = []\nbuild-backend = "b"\nbackend-path = ["."]\n'

    with pytest.raises(UserError, match="FT945") as caught:
        bench.moved(*MOVES, pyproject=dynamic + system)

    assert caught.value.hint.startswith("move it by hand")


def test_what_does_not_fit_is_told(bench: Bench) -> None:
    bench.release("tiny", "1.1", "Requires-Dist: other>=2\n")

    with pytest.raises(UserError, match="FT945"):
        bench.moved(*MOVES)


def test_an_index_out_of_reach_may_come_back(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "another"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    away = UvRelock(uv=Uv(tmp_path / "uv", tmp_path / "wheels"), folder=tmp_path / "relock")

    with pytest.raises(TransientError):
        away({"uv.lock": bench.lock, "pyproject.toml": PYPROJECT}, MOVES)
