"""B20: a folder of somebody's whose repository says that its objects are missing, to be fetched.

Git then starts what its configuration names, on the mere question when the last commit was. It is
told not to by a variable that older gits do not know: the attempt is made as if it were not there.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from foretaste.adapters.git.command import Git
from foretaste.adapters.git.worktree import WorkTrees
from tests.live_forge import client_environment

UNKNOWN = "GIT_NO_LAZY_FETCH"


class OldGit(Git):
    """A git that does not know how to be told that nothing is fetched."""

    def environment(self, extra: Mapping[str, str] | None = None) -> dict[str, str]:
        """Return the environment without what it would not know."""
        known = super().environment(extra)
        del known[UNKNOWN]
        return known


def hostile(folder: Path, canary: Path) -> None:
    """Make a repository whose last commit is to be had from a command."""
    subprocess.run(["git", "init", "-q", str(folder)], check=True, env=client_environment())
    config = (
        "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tpartialClone = origin\n"
        f'[remote "origin"]\n\turl = ext::touch {canary}\n\tpromisor = true\n'
        '[protocol "ext"]\n\tallow = always\n'
    )
    with (folder / ".git" / "config").open("a", encoding="utf-8") as file:
        file.write(config)
    head = (folder / ".git" / "HEAD").read_text(encoding="utf-8").split()[1]
    place = folder / ".git" / head
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(f"{'01' * 20}\n", encoding="utf-8")
    (folder / "setup.py").write_text("", encoding="utf-8")


def test_nothing_that_a_folder_names_is_started(tmp_path: Path) -> None:
    canary, folder = tmp_path / "canary", tmp_path / "project"
    hostile(folder, canary)

    trees = WorkTrees(OldGit())

    assert trees.listed(folder) == ["setup.py"]
    assert trees.committed_at(folder) is None
    assert not canary.exists()
    # Anybody else's git is caught.
    asked = ["git", "-C", str(folder), "cat-file", "commit", "HEAD"]
    subprocess.run(asked, check=False, capture_output=True, env=client_environment())
    assert canary.exists()
