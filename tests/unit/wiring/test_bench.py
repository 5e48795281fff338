"""What checks are made with: where it is kept, which indexes are asked, and what is left behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from foretaste.ports.errors import UserError
from foretaste.service.starts import CheckOptions, Voices
from foretaste.wiring.asking import oracles_of
from foretaste.wiring.bench import cache_folder, open_bench
from foretaste.wiring.bisecting import further
from tests.fakes.counter import Counter

QUIET = Voices(say=lambda _: None, detail=lambda _: None)


def test_it_is_kept_in_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "foretaste" / "check"

    monkeypatch.setenv("HOME", str(tmp_path))
    for said in ("", "relative/cache"):
        monkeypatch.setenv("XDG_CACHE_HOME", said)
        assert cache_folder() == tmp_path / ".cache" / "foretaste" / "check"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == tmp_path / ".cache" / "foretaste" / "check"


def indexes(project: Path, cache: Path | None = None) -> list[str]:
    """The indexes that are asked for a project."""
    with open_bench(CheckOptions(project=project), QUIET, cache) as bench:
        return list(bench.environments.bench.uv.indexes())


def test_a_users_own_project_says_where_packages_come_from(
    counter: Counter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "uv.toml").write_text(
        '[[index]]\nurl = "http://127.0.0.1:9/simple"\ndefault = true\n', encoding="utf-8"
    )
    assert indexes(tmp_path) == [counter.index.address]

    monkeypatch.delenv("UV_DEFAULT_INDEX")
    assert indexes(tmp_path) == ["http://127.0.0.1:9/simple"]
    # A project that the gate guards is somebody else's.
    assert "http://127.0.0.1:9/simple" not in indexes(tmp_path, tmp_path / "kept")


def test_each_bench_runs_builds_of_names_of_its_own(counter: Counter, tmp_path: Path) -> None:
    options = counter.options(tmp_path)
    with counter.bench(options) as one, counter.bench(options) as other:
        assert one.tools.run != other.tools.run
        assert one.tools.executor.slots() == 2
        assert one.tools.read_log("never", 0, 100) == (b"", 0, True)
        assert one.cache == counter.cache / "foretaste" / "check"


def test_logs_of_checks_that_are_long_over_are_removed(counter: Counter, tmp_path: Path) -> None:
    logs = counter.cache / "foretaste" / "check" / "builds" / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    for name in ("old.log", "young.log"):
        (logs / name).write_text("said", encoding="utf-8")
    os.utime(logs / "old.log", (0, 0))

    with counter.bench(counter.options(tmp_path)) as bench:
        assert not (logs / "old.log").exists()
        assert bench.tools.read_log("young", 0, 100) == (b"said", 4, True)


def test_oracles_that_are_asked_afterwards_are_put_together(
    counter: Counter, tmp_path: Path
) -> None:
    with counter.bench(counter.options(tmp_path)) as bench:
        assert oracles_of([], bench) == oracles_of(["imports"], bench) == ()
        assert len(oracles_of(["imports", "previous-tests"], bench)) == 1


def test_a_place_of_an_upstream_is_looked_at_before_anything_is_run(
    counter: Counter, tmp_path: Path
) -> None:
    with counter.bench(counter.options(tmp_path)) as bench:
        assert further("", bench) is None
        assert further(str(tmp_path), bench) is not None
        with pytest.raises(UserError, match="is no repository that can be read"):
            further("--upload-pack=touch", bench)
