"""B17 through a whole gate: branches, topics, files, subjects and projects with hostile names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running_gate import RunningGate

CANARY = "canary-b17"
NAMES = [
    f"--upload-pack=touch${{IFS}}{CANARY};git-upload-pack",
    f"--output={CANARY}",
    f"$(touch${{IFS}}{CANARY})",
    f"`touch${{IFS}}{CANARY}`",
    f"x;touch${{IFS}}{CANARY}",
    "-rf",
]


@pytest.fixture(autouse=True)
def nothing_ran(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path) -> object:
    """Work where a canary would appear, and look for one in the end."""
    monkeypatch.chdir(tmp_path)
    yield
    assert not [path for path in tmp_path.rglob(CANARY) if path.is_file()]
    assert folder.exists()


def test_branches_and_topics_are_refused_or_text(gate: RunningGate, tmp_path: Path) -> None:
    clone = gate.clone("alpha", tmp_path / "alpha")
    clone.commit("a.txt", "A change")

    for name in NAMES:
        said = clone.push("-otopic=a", f"HEAD:refs/for/{name}", token=gate.token, fails=True)
        assert "error" in said or "fatal" in said
    for name in NAMES:
        clone.push(f"-otopic={name}", "HEAD:refs/for/main", token=gate.token, fails=True)

    assert [each["change"] for each in gate.ask("changes")["changes"]] == ["1"]


def test_files_and_subjects_land_as_they_are(gate: RunningGate, tmp_path: Path) -> None:
    clone = gate.clone("alpha", tmp_path / "alpha")
    for name in NAMES:
        (clone.path / f"{name}.txt").write_text("text\n", encoding="utf-8")
    clone.git("add", "--all")
    clone.commit("last.txt", NAMES[2], "Change-Id: Inames")
    clone.push("-oapprove", "HEAD:refs/for/main", token=gate.token)

    gate.ended(2)
    gate.until(lambda: gate.change(2)["state"] != "queued")

    assert gate.change(2)["builds"], gate.change(2)
    assert NAMES[2] in gate.cli("show", "2")


def test_projects_of_such_names_come_to_nothing(gate: RunningGate, tmp_path: Path) -> None:
    clone = gate.clone("gate", tmp_path / "settings")
    settings = (clone.path / "foretaste.toml").read_text(encoding="utf-8")
    more = "".join(f"[project.'{name}']\n" for name in NAMES)
    clone.commit("foretaste.toml", "Evil", content=settings + more)
    clone.push("-otopic=evil", "-oapprove", "HEAD:refs/for/main", token=gate.token)

    assert gate.ended(2) == ["failed"]
    assert gate.change(2)["builds"] == []
    assert len(gate.ask("projects")["projects"]) == 3
