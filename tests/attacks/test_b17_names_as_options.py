"""B17: names that git would read as options, or a shell as commands; nothing runs."""

from __future__ import annotations

import http.client
from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.core.names import Oid, ProjectName, Ref
from foretaste.ports.errors import PortError
from foretaste.ports.repository import Merge, Swap
from tests.live_forge import LiveForge, live_forge

CANARY = "canary-b17"
# What a shell, or git as an option, would make a file of this name from.
BRANCHES = [
    f"--upload-pack=touch${{IFS}}{CANARY};git-upload-pack",
    f"--output={CANARY}",
    f"-o{CANARY}",
    f"$(touch${{IFS}}{CANARY})",
    f"`touch${{IFS}}{CANARY}`",
    f"x;touch${{IFS}}{CANARY}",
    f"x|touch${{IFS}}{CANARY}",
]


@pytest.fixture(name="forge")
def forge_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LiveForge]:
    # Where a canary would appear that names no folder.
    monkeypatch.chdir(tmp_path)
    with live_forge(tmp_path) as forge:
        yield forge


def assert_nothing_ran(folder: Path) -> None:
    assert not [path for path in folder.rglob(f"*{CANARY}*") if path.is_file()]


@pytest.mark.parametrize("branch", BRANCHES)
@pytest.mark.parametrize("under", ["refs/for/", "refs/heads/", "refs/tags/"])
def test_pushed_to(forge: LiveForge, tmp_path: Path, branch: str, under: str) -> None:
    clone = forge.clone()
    clone.commit("a.txt", "Add a", "Change-Id: Ia")

    said = clone.push(f"HEAD:{under}{branch}", token="owner-token", fails=True)

    assert "remote: error[FT305]" in said
    assert set(forge.refs()) == {"refs/heads/main"}
    assert not forge.service.asked
    assert_nothing_ran(tmp_path)


@pytest.mark.parametrize("branch", [*BRANCHES, "--upload-pack=touch x;git-upload-pack"])
def test_asked_of_the_repository(forge: LiveForge, tmp_path: Path, branch: str) -> None:
    tip = forge.tip()
    assert tip is not None
    ref = Ref(ProjectName("flask"), branch)

    for refused in (
        lambda: forge.repository.tip(ref),
        lambda: forge.repository.set_branch(ref, tip),
        lambda: forge.repository.swap("flask", (Swap(ref=ref, old=tip, new=tip),)),
        lambda: forge.repository.contains(ref, tip),
        lambda: forge.repository.create_project("p", branch),
        lambda: forge.repository.create_project(branch),
    ):
        with pytest.raises(PortError, match="cannot be a"):
            refused()

    assert_nothing_ran(tmp_path)


@pytest.mark.parametrize("oid", [f"--output={CANARY}", "main", "HEAD~1", "", "0" * 39])
def test_given_as_a_commit(forge: LiveForge, tmp_path: Path, oid: str) -> None:
    tip = forge.tip()
    assert tip is not None
    ref = Ref(ProjectName("flask"), "main")

    for refused in (
        lambda: forge.repository.merge(Merge(ref=ref, onto=Oid(oid), commit=tip, label="1")),
        lambda: forge.repository.merge(Merge(ref=ref, onto=tip, commit=Oid(oid), label="1")),
        lambda: forge.repository.swap("flask", (Swap(ref=ref, old=tip, new=Oid(oid)),)),
        lambda: forge.repository.contains(ref, Oid(oid)),
        lambda: forge.repository.keep("flask", 1, 1, Oid(oid)),
    ):
        with pytest.raises(PortError, match="not a full object id"):
            refused()

    assert_nothing_ran(tmp_path)


@pytest.mark.parametrize(
    "project", [f"--upload-pack=touch%20{CANARY}", "-x", f"flask;touch%20{CANARY}", "%2e%2e"]
)
def test_asked_for_as_a_project(forge: LiveForge, tmp_path: Path, project: str) -> None:
    """By a request of our own: git's client would refuse such an address itself."""
    asked = http.client.HTTPConnection("127.0.0.1", forge.port, timeout=30)
    asked.request("GET", f"/git/{project}/info/refs?service=git-upload-pack")

    answer = asked.getresponse()

    assert answer.status == 404
    assert b"there is" in answer.read()
    asked.close()
    assert_nothing_ran(tmp_path)
