"""What git knows of a person's folder is asked without running anything of the folder's."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from foretaste.adapters.git.command import Git
from foretaste.adapters.git.worktree import WorkTrees


def git(folder: Path, *arguments: str) -> None:
    """Run git as a person would, with nobody's configuration."""
    subprocess.run(
        ["git", "-c", "user.name=a", "-c", "user.email=a@b", *arguments],
        cwd=folder,
        check=True,
        capture_output=True,
        env={**Git().environment(), "GIT_COMMITTER_DATE": "1700000000 +0100"},
    )


@pytest.fixture(name="folder")
def folder_fixture(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    git(folder, "init", "-q")
    return folder


@pytest.fixture(name="trees")
def trees_fixture() -> WorkTrees:
    return WorkTrees(Git())


def put(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path, encoding="utf-8")


def test_tracked_and_new_files_are_listed_and_ignored_ones_are_not(
    folder: Path, trees: WorkTrees
) -> None:
    put(folder, "tracked", "deleted", "sub/changed")
    git(folder, "add", ".")
    (folder / "deleted").unlink()
    put(folder, "new é\n", "out/ignored", "sub/new")
    (folder / ".gitignore").write_text("out/\n", encoding="utf-8")

    assert trees.listed(folder) == [
        ".gitignore", "deleted", "new é\n", "sub/changed", "sub/new", "tracked",
    ]  # fmt: skip
    assert trees.listed(folder / "sub") == ["changed", "new"]


def test_a_repository_within_is_one_entry(folder: Path, trees: WorkTrees) -> None:
    put(folder, "a", "within/b")
    git(folder / "within", "init", "-q")

    assert trees.listed(folder) == ["a", "within/"]


@pytest.mark.parametrize("kind", ["no repository", "a broken one", "nothing is its own"])
def test_where_git_knows_nothing_there_is_no_list(
    tmp_path: Path, trees: WorkTrees, kind: str
) -> None:
    folder = tmp_path / "project"
    put(folder, "a")
    if kind == "a broken one":
        put(folder, ".git")
    elif kind == "nothing is its own":
        git(tmp_path, "init", "-q")
        (tmp_path / ".gitignore").write_text("*\n", encoding="utf-8")

    assert trees.listed(folder) is None
    assert trees.committed_at(folder) is None


def test_the_last_commit_tells_its_time(folder: Path, trees: WorkTrees) -> None:
    assert trees.committed_at(folder) is None
    put(folder, "a")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "committer x 99 +0000")

    assert trees.committed_at(folder) == 1700000000.0


@pytest.mark.parametrize("setting", ["core.fsmonitor", "core.hooksPath"])
def test_nothing_that_the_folder_configures_is_run(
    folder: Path, trees: WorkTrees, setting: str
) -> None:
    canary = folder.parent / "canary"
    attack = folder.parent / "attack" / "post-index-change"
    attack.parent.mkdir()
    attack.write_text(f"#!/bin/sh\ntouch {canary}\n", encoding="utf-8")
    attack.chmod(0o755)
    value = attack if setting == "core.fsmonitor" else attack.parent
    git(folder, "config", setting, str(value))
    put(folder, "a")

    listed = trees.listed(folder)
    trees.committed_at(folder)

    assert listed == ["a"]
    assert not canary.exists()
    # What a person's own git does there: the attack is one.
    subprocess.run(["git", "add", "a"], cwd=folder, check=True, capture_output=True)
    subprocess.run(["git", "status"], cwd=folder, check=True, capture_output=True)
    assert canary.exists()
