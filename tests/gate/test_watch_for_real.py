"""The whole way with nothing faked but the index: `foretaste serve`, real checks in the sandbox."""

from __future__ import annotations

import signal
import subprocess
import threading
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from foretaste.adapters.uv.program import find_uv
from tests.fakes.dated_index import DatedFile, DatedIndex, dated_index
from tests.fakes.index import wheel
from tests.live_forge import Clone
from tests.running_gate import CLOCK, RunningGate

WITHIN = 180.0
SETTINGS = """\
[user.foretaste]
roles = ["approve"]

[project.app]
gate = ["tests"]

[project.app.job.tests]
run = "python check.py"
install = ["-r requirements.txt"]
"""
CHECK = """\
import tiny, other
print("tiny", tiny.value, "other", other.value)
assert other.value != "2.0", "other is not what it was"
"""
LOCK = """\
# What app stands on.
other==1.0
tiny==1.0  # small
"""


def days_ago(days: float) -> str:
    """Return a day as an index tells it."""
    return (datetime.fromtimestamp(CLOCK.wall(), UTC) - timedelta(days=days)).isoformat()


def release(index: DatedIndex, name: str, version: str, days: float) -> None:
    """Upload a release so many days ago."""
    data = wheel(name, version, {f"{name}.py": f"value = {version!r}\n"})
    index.add(
        DatedFile(filename=f"{name}-{version}-py3-none-any.whl", data=data, day=days_ago(days))
    )


@pytest.fixture(name="index")
def index_fixture() -> Iterator[DatedIndex]:
    """Return an index with what the project stands on."""
    with dated_index() as index:
        for name in ("tiny", "other"):
            release(index, name, "1.0", 90)
        yield index


@pytest.fixture(name="gate")
def gate_fixture(
    tmp_path: Path, index: DatedIndex, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RunningGate]:
    """Return a gate that runs on that index."""
    monkeypatch.setenv("UV_DEFAULT_INDEX", index.address)
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "uv-cache"))
    gate = RunningGate(folder=tmp_path / "gate")
    gate.start()
    yield gate
    if gate.process is not None:
        gate.stop()


def with_app(
    gate: RunningGate, work: Path, files: Mapping[str, str], settings: str = SETTINGS
) -> None:
    """Make the project through the gate."""
    clone = gate.clone("gate", work / "settings")
    clone.commit("foretaste.toml", "Add a project", content=settings)
    clone.push("-otopic=projects", "-oapprove", "HEAD:refs/for/main", token=gate.token)
    assert gate.ended(1) == ["merged"], gate.change(1)
    gate.until(lambda: len(gate.ask("projects")["projects"]) == 2)
    path = work / "first"
    subprocess.run(["git", "init", "-q", "-b", "main", str(path)], check=True)
    first = Clone(path=path, url=f"{gate.url}/git/app")
    for name, text in {"check.py": CHECK, **files}.items():
        (path / name).write_text(text, encoding="utf-8")
    first.git("add", ".")
    first.commit("first.txt", "Begin")
    first.push("HEAD:refs/heads/main", token=gate.token)


def until_shown(gate: RunningGate, state: str) -> dict[str, Any]:
    """Wait until the branch stands so, and return it; the watcher makes no events to wait for."""
    until, never = CLOCK.monotonic() + WITHIN, threading.Event()
    found: dict[str, Any] = {}
    while CLOCK.monotonic() < until:
        found = next(iter(gate.ask("releases")["releases"]), {})
        if found.get("state") == state:
            return found
        never.wait(0.25)
    raise AssertionError(f"it is not {state}: {found}")


def test_what_passes_lands_and_what_breaks_is_held_back_with_a_report(
    gate: RunningGate, index: DatedIndex, tmp_path: Path
) -> None:
    release(index, "tiny", "1.1", 10)
    release(index, "other", "2.0", 10)

    with_app(gate, tmp_path, {"requirements.txt": LOCK})

    gate.until(lambda: len(gate.ask("changes")["changes"]) == 2, within=WITHIN)
    assert gate.ended(2) == ["merged"], gate.change(2)
    lock = gate.git("app", "show", "main:requirements.txt")
    assert lock == LOCK.replace("tiny==1.0", "tiny==1.1").strip()
    log = gate.cli("log", gate.change(2)["builds"][0]["id"])
    assert "tiny 1.1 other 1.0" in log
    message = gate.git("app", "log", "-1", "--format=%B", gate.change(2)["commit"])
    assert message.startswith("Move tiny from 1.0 to 1.1")
    assert "- other<2.0" in message
    (held,) = until_shown(gate, "held")["newer"]
    assert (held["name"], held["state"]) == ("other", "held")
    report = gate.cli("releases", "app", "--report")
    assert "other 2.0" in report
    assert "is not what it was" in report


PYPROJECT = """\
[project]
name = "app"
version = "1"
requires-python = ">=3.11"
dependencies = ["tiny", "other"]
[tool.uv]
package = false
"""


def test_a_uv_lock_moves_to_what_passes_and_a_killed_gate_does_not_propose_twice(
    gate: RunningGate, index: DatedIndex, tmp_path: Path
) -> None:
    project = tmp_path / "locking"
    project.mkdir()
    (project / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
    uv = [str(find_uv()), "lock", "--quiet", "--project", str(project)]
    subprocess.run(uv, check=True, timeout=60)
    lock = (project / "uv.lock").read_text(encoding="utf-8")
    release(index, "tiny", "1.1", 10)
    release(index, "tiny", "1.2", 1)
    release(index, "other", "2.0", 10)
    # Its job stands on what resolves that day, which other 2.0 would break.
    settings = SETTINGS.replace("-r requirements.txt", 'tiny", "other<2')
    with_app(gate, tmp_path, {"pyproject.toml": PYPROJECT, "uv.lock": lock}, settings)
    gate.cli("hold", "--why", "to kill it")
    until_shown(gate, "proposed")

    gate.stop(signal.SIGKILL)
    gate.start()

    shown = until_shown(gate, "proposed")
    assert (shown["change"], gate.change(2)["revision"]) == ("2", 1)
    assert len(gate.ask("changes")["changes"]) == 2
    gate.cli("resume")
    assert gate.ended(2) == ["merged"], gate.change(2)
    moved = tomllib.loads(gate.git("app", "show", "main:uv.lock"))
    versions = {each["name"]: each["version"] for each in moved["package"]}
    # 1.2 passes too and is too young; other 2.0 is ruled out by what the job asks for.
    assert versions == {"app": "1", "tiny": "1.1", "other": "1.0"}
