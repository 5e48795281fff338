"""A change is checked with a branch of a dependency that is not released, and does not land."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live_forge import Clone, client_environment
from tests.running_gate import RunningGate, running_gate

SETTINGS = """\
[unreleased]
addresses = ["{address}"]

[project.app]
gate = ["tests"]

[project.app.job.tests]
run = "python check.py"
install = []
"""
CHECK = """\
import tiny
print("tiny is", tiny.value)
assert tiny.value != "bad"
"""
BACKEND = """\
import os, zipfile
from value import VALUE
def build_wheel(folder, settings=None, metadata=None):
    file, info = "tiny-9.dev1-py3-none-any.whl", "tiny-9.dev1.dist-info/"
    with zipfile.ZipFile(os.path.join(folder, file), "w") as archive:
        archive.writestr("tiny.py", "value = " + repr(VALUE))
        archive.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: tiny\\nVersion: 9.dev1\\n")
        archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\n"
            "Root-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(info + "RECORD", "".join("%s,,\\n" % n for n in archive.namelist()))
    return file
"""
PYPROJECT = """\
[project]
name = "Tiny"
version = "9.dev1"
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


def git(folder: Path, *arguments: str) -> str:
    """Run git as somebody else, in a repository of theirs."""
    who = ("-c", "user.name=Una", "-c", "user.email=una@example.test")
    ended = subprocess.run(
        ["git", "-C", str(folder), *who, *arguments],
        check=True,
        capture_output=True,
        text=True,
        env=client_environment(),
    )
    return ended.stdout.strip()


class Upstream:
    """The repository of a dependency, which belongs to others."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)
        git(folder, "init", "-q", "-b", "main", ".")
        (folder / "pyproject.toml").write_text(PYPROJECT, encoding="utf-8")
        (folder / "backend.py").write_text(BACKEND, encoding="utf-8")

    @property
    def address(self) -> str:
        """Return where it can be fetched from."""
        return self.folder.as_uri()

    def commit(self, value: str) -> str:
        """Commit a new state and return its id."""
        (self.folder / "value.py").write_text(f"VALUE = {value!r}\n", encoding="utf-8")
        git(self.folder, "add", ".")
        git(self.folder, "commit", "-q", "-m", value)
        return git(self.folder, "rev-parse", "HEAD")


@pytest.fixture(name="upstream")
def upstream_fixture(tmp_path: Path) -> Upstream:
    """Return the repository of a dependency with one commit."""
    upstream = Upstream(tmp_path / "theirs" / "tiny")
    upstream.commit("good")
    return upstream


@pytest.fixture(name="gate")
def gate_fixture(tmp_path: Path, upstream: Upstream) -> Iterator[RunningGate]:
    """Return a gate that runs, with a project, and with what it may ask."""
    with running_gate(tmp_path / "gate") as gate:
        settle(
            gate, tmp_path / "settings", SETTINGS.format(address=upstream.folder.parent.as_uri())
        )
        path = tmp_path / "first"
        subprocess.run(["git", "init", "-q", "-b", "main", str(path)], check=True)
        first = Clone(path=path, url=f"{gate.url}/git/app")
        (path / "check.py").write_text(CHECK, encoding="utf-8")
        first.git("add", ".")
        first.commit("first.txt", "Begin")
        gate.until(lambda: len(gate.ask("projects")["projects"]) == 2)
        first.push("HEAD:refs/heads/main", token=gate.token)
        yield gate


def settle(gate: RunningGate, path: Path, settings: str) -> None:
    """Land the gate's settings."""
    clone = gate.clone("gate", path)
    clone.commit("foretaste.toml", "Settings", content=settings)
    said = clone.push(f"-otopic={path.name}", "-oapprove", "HEAD:refs/for/main", token=gate.token)
    number = int(re.findall(r"change (\d+)", said)[0])
    assert gate.ended(number) == ["merged"], gate.change(number)


def propose(gate: RunningGate, path: Path, line: str, *, fails: bool = False) -> str:
    """Propose a change whose message has this line; return what was said."""
    clone = gate.clone("app", path) if not path.exists() else Clone(path, f"{gate.url}/git/app")
    if not (path / "app.txt").exists():
        clone.commit("app.txt", "Use it", "Change-Id: Iuse", line)
    return clone.push("-oapprove", "HEAD:refs/for/main", token=gate.token, fails=fails)


def checked(gate: RunningGate, number: int = 2) -> str:
    """Wait until a change was checked and return how that ended."""
    try:
        gate.until(lambda: gate.change(number)["check"] in {"passed", "failed"})
    except AssertionError:
        raise AssertionError(gate.change(number)) from None
    return str(gate.change(number)["check"])


def test_a_change_is_checked_with_a_branch_and_does_not_land(
    gate: RunningGate, upstream: Upstream, tmp_path: Path
) -> None:
    propose(gate, tmp_path / "app", f"Depends-On: tiny@{upstream.address}@main")

    assert checked(gate) == "passed", gate.change(2)
    change = gate.change(2)
    assert change["state"] == "waiting"
    assert change["why"] == (
        "It is approved, but depends on what is not released: tiny at main. It is checked, and "
        "does not land."
    )
    assert "tiny is good" in gate.cli("log", change["builds"][0]["id"])
    assert gate.git("app", "rev-list", "--count", "main") == "1"
    oid = git(upstream.folder, "rev-parse", "HEAD")
    said = f"tiny@{upstream.address}@main ({oid[:12]})"
    assert change["unreleased"] == [said]
    assert f"with     {said}" in gate.cli("show", "2")


def test_a_ref_that_has_moved_is_another_revision_and_is_tested_anew(
    gate: RunningGate, upstream: Upstream, tmp_path: Path
) -> None:
    line = f"Depends-On: tiny@git+{upstream.address}@main"
    propose(gate, tmp_path / "app", line)
    assert checked(gate) == "passed"
    propose(gate, tmp_path / "app", line)
    assert gate.change(2)["revision"] == 1

    upstream.commit("bad")
    propose(gate, tmp_path / "app", line)

    assert gate.change(2)["revision"] == 2
    assert checked(gate) == "failed"
    assert "tiny is bad" in gate.cli("log", gate.change(2)["builds"][0]["id"])


def test_where_the_settings_allow_it_it_lands_with_a_commit(
    gate: RunningGate, upstream: Upstream, tmp_path: Path
) -> None:
    oid = git(upstream.folder, "rev-parse", "HEAD")
    settings = SETTINGS.format(address=upstream.address)
    settle(gate, tmp_path / "lands", settings.replace("[unreleased]", "[unreleased]\nlands = true"))
    upstream.commit("bad")

    propose(gate, tmp_path / "app", f"Depends-On: tiny@{upstream.address}@{oid}")

    assert gate.ended(3) == ["merged"], gate.change(3)
    assert "tiny is good" in gate.cli("log", gate.change(3)["builds"][0]["id"])


REFUSED = (
    ("tiny@file:///etc@main", "FT948"),
    ("tiny@{above}-other/tiny@main", "FT948"),
    ("tiny@{address}/../../theirs@main", "FT948"),
    ("tiny@https://127.0.0.1/tiny@main", "FT948"),
    ("tiny@ext::sh@main", "FT947"),
    ("tiny@--upload-pack=touch@main", "FT947"),
    ("tiny@{address}@--output=x", "FT947"),
    ("tiny@{address}", "FT947"),
    ("tiny@{address}@nowhere", "FT962"),
    ("tiny@{above}/missing@main", "FT961"),
    ("other@{address}@main", "FT949"),
)


def test_what_may_not_be_asked_or_is_not_there_is_refused(
    gate: RunningGate, upstream: Upstream, tmp_path: Path
) -> None:
    above = upstream.folder.parent.as_uri()
    for number, (line, code) in enumerate(REFUSED):
        named = line.format(address=upstream.address, above=above)

        said = propose(gate, tmp_path / f"app{number}", f"Depends-On: {named}", fails=True)

        assert code in said, line
    assert len(gate.ask("changes")["changes"]) == 1
