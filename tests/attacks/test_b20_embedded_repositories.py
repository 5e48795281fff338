"""B20: a repository inside the files that runs things; the gate's git never looks at it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.adapters.git.commits import Commits
from foretaste.adapters.git.objects import Objects
from foretaste.adapters.git.trees import GitTrees
from foretaste.core.names import Oid, ProjectName, Ref
from foretaste.ports.executor import Source
from foretaste.ports.repository import Merge, Merged, Swap
from tests.live_forge import LiveForge, client_environment, live_forge

MAIN = Ref(ProjectName("flask"), "main")


@pytest.fixture(name="forge")
def forge_fixture(tmp_path: Path) -> Iterator[LiveForge]:
    with live_forge(tmp_path) as forge:
        yield forge


def set_trap(repository: Path, canary: Path) -> None:
    """Make a repository that touches the canary when git looks at its index."""
    subprocess.run(["git", "init", "-q", str(repository)], check=True, env=client_environment())
    config = f'[core]\n\tfsmonitor = "touch {canary}; false"\n\tsshCommand = touch {canary}\n'
    config += f'[filter "x"]\n\tclean = touch {canary}\n\tsmudge = touch {canary}\n'
    with (repository / ".git" / "config").open("a", encoding="utf-8") as file:
        file.write(config)


def spring(folder: Path, canary: Path) -> None:
    """Show that the trap works: git run there by anyone else touches the canary."""
    subprocess.run(
        ["git", "-C", str(folder), "status"],
        check=False,
        env=client_environment(),
        capture_output=True,
    )
    assert canary.exists()
    canary.unlink()


def exported(forge: LiveForge, commit: str, into: Path) -> Path:
    tree = Objects(forge.shelf).tree("flask", commit)
    GitTrees(forge.shelf).export(Source(project="flask", commit=commit, tree=tree), into)
    return into


def test_a_bare_repository_among_the_files(forge: LiveForge, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    trap = tmp_path / "trap"
    set_trap(trap, canary)
    spring(trap, canary)
    clone = forge.clone()
    # Under another name git lets it be committed; the configuration makes it a working tree.
    shutil.copytree(trap / ".git", clone.path / "nested", ignore=shutil.ignore_patterns("hooks"))
    (clone.path / "nested" / "refs" / "keep").touch()
    (clone.path / "nested" / "objects" / "keep").touch()
    (clone.path / ".gitattributes").write_text("* filter=x\n", encoding="utf-8")
    clone.git("add", "--", "nested", ".gitattributes")
    clone.git("commit", "-q", "-m", "Nest")
    canary.unlink(missing_ok=True)

    clone.push("-otopic=nest", "HEAD:refs/for/main")
    out = exported(forge, clone.head(), tmp_path / "out")
    again = Commits(forge.shelf).commit_tree_from_folder("flask", out, (), (1, "Again\n"))

    assert "fsmonitor" in (out / "nested" / "config").read_text(encoding="utf-8")
    assert Objects(forge.shelf).tree("flask", again) == Objects(forge.shelf).tree(
        "flask", clone.head()
    )
    assert not canary.exists()


def test_a_job_that_writes_a_repository_where_it_works(forge: LiveForge, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    clone = forge.clone()
    change = Oid(clone.commit("a.txt", "Add a"))
    clone.push("-otopic=a", "HEAD:refs/for/main")
    out = exported(forge, change, tmp_path / "out")
    set_trap(out, canary)
    spring(out, canary)

    base = forge.tip()
    assert base is not None
    merged = forge.repository.merge(Merge(ref=MAIN, onto=base, commit=change, label="1"))
    assert isinstance(merged, Merged)
    assert forge.repository.swap("flask", (Swap(ref=MAIN, old=base, new=merged.commit),))
    assert forge.repository.tree(MAIN) == merged.tree
    exported(forge, merged.commit, tmp_path / "next")
    folder = Commits(forge.shelf).commit_tree_from_folder("flask", out, (), (1, "Job\n"))

    assert not canary.exists()
    listed = forge.shelf.git.run(forge.shelf.path("flask"), "ls-tree", "-r", "--name-only", folder)
    assert "a.txt" in listed.splitlines()
    assert ".git/config" not in listed


def test_git_does_not_work_where_no_repository_was_named(tmp_path: Path, forge: LiveForge) -> None:
    """A bare repository that git comes upon by itself is refused: `safe.bareRepository`."""
    canary = tmp_path / "canary"
    bare = tmp_path / "bare"
    subprocess.run(["git", "init", "-q", "--bare", str(bare)], check=True, env=client_environment())
    (bare / "config").write_text(
        f'[core]\n\tbare = true\n[alias]\n\tx = "!touch {canary}"\n', encoding="utf-8"
    )
    found = subprocess.run(["git", "x"], cwd=bare, check=False, env=client_environment())
    assert found.returncode == 0
    assert canary.exists()
    canary.unlink()

    said = [
        subprocess.run(
            forge.shelf.git.command(None, arguments),
            cwd=bare,
            env=forge.shelf.git.environment(),
            capture_output=True,
            check=False,
            text=True,
        )
        for arguments in (("x",), ("rev-parse", "--git-dir"))
    ]

    assert all(ended.returncode for ended in said)
    assert "cannot use bare repository" in said[1].stderr
    assert not canary.exists()
