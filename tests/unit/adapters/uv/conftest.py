"""What tests of resolution stand on: a world with a past (`tests.fakes.dated_world`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.dated_world import World, dated_world


@pytest.fixture(name="world")
def world_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Return a world whose index is the only one."""
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    with dated_world(tmp_path, monkeypatch.setenv) as world:
        yield world
