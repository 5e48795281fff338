"""Simulating on git: scenarios with real repositories, real merges and real processes.

The gate's store, clock and forge are those of the world in memory; a crash, a late approval or a
refusal cannot be scripted on anything else.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from foretaste.adapters.executors.told import ToldExecutor
from foretaste.adapters.git.commits import Commits
from foretaste.adapters.git.objects import Objects
from foretaste.adapters.git.repository import GitRepository
from foretaste.adapters.git.shelf import Shelf
from foretaste.adapters.git.trees import GitTrees
from foretaste.core.names import Oid, ProjectName, Ref
from foretaste.ports.executor import Source
from foretaste.simulation.run import Result, run_file

FIRST_DATE: Final = 1_800_000_000
"""When the first commit was made, in seconds since 1970; each later one a second after."""


class GitPlace:
    """Repositories and builds of one scenario on this machine, below one folder.

    It fulfils `foretaste.simulation.world.Place`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._refs: list[Ref] = []
        self._shelf = Shelf(folder / "git")
        self._commits = Commits(self._shelf)
        self._objects = Objects(self._shelf)
        self._trees = GitTrees(self._shelf)
        self._parents: dict[Oid, tuple[Oid, ...]] = {}
        self._made = 0
        self._pushes = 0
        self.repository = GitRepository(self._shelf, lambda: tuple(self._refs))
        self.executor = ToldExecutor(folder / "builds", self._trees)

    def root(self, ref: Ref) -> None:
        """Make a branch with a first commit, and its project's repository."""
        self.repository.create_project(ref.project, ref.branch)
        files = {"README": f"{ref.project} {ref.branch}"}
        self.repository.set_branch(ref, self._commit(ref.project, files, None))
        self._refs.append(ref)

    def propose(self, ref: Ref, files: dict[str, str], parent: Oid | None) -> Oid:
        """Make a commit with these files on the branch's tip, or on `parent`."""
        below = self.repository.tip(ref) if parent is None else parent
        return self._commit(ref.project, files, below)

    def push(self, ref: Ref) -> None:
        """Land a commit from outside on a branch, without asking the gate."""
        self._pushes += 1
        commit = self.propose(ref, {f"outside{self._pushes}": "pushed"}, None)
        name = f"refs/heads/{ref.branch}"
        self._shelf.git.run(self._shelf.path(ref.project), "update-ref", name, commit)

    def holds(self, commit: Oid, change: Oid, project: ProjectName) -> bool:
        """Return whether a change's commit is one of those that lead to `commit`."""
        seen, work = {commit}, [commit]
        while work and change not in seen:
            fresh = set(self._parents_of(project, work.pop())) - seen
            seen |= fresh
            work.extend(fresh)
        return change in seen

    def read(self, ref: Ref, path: str) -> str | None:
        """Return what a branch holds at a path."""
        tip = self.repository.tip(ref)
        held = None if tip is None else self._objects.file(ref.project, tip, path)
        return None if held is None else held.decode()

    def end(self, build: str, *, passed: bool) -> None:
        """Let a running build end by itself."""
        self.executor.end(build, 0 if passed else 1)

    def lose(self, build: str) -> None:
        """Lose a running build's worker."""
        self.executor.lose(build)

    def die(self) -> None:
        """End every build without a word, as the gate's death does."""
        self.executor.drop()

    def close(self) -> None:
        """End everything that runs."""
        self.executor.close()
        self._shelf.close()

    def _parents_of(self, project: ProjectName, commit: Oid) -> tuple[Oid, ...]:
        if commit not in self._parents:
            self._parents[commit] = self._objects.commit(project, commit).parents
        return self._parents[commit]

    def _commit(self, project: ProjectName, files: Mapping[str, str], below: Oid | None) -> Oid:
        """Make a commit of what `below` holds and these files."""
        self._made += 1
        with tempfile.TemporaryDirectory(dir=self._folder) as made:
            folder = Path(made, "files")
            if below is None:
                folder.mkdir()
            else:
                self._trees.export(Source(project=project, commit=below, tree=""), folder)
            for path, text in files.items():
                file = folder / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
            parents = () if below is None else (below,)
            dated = (FIRST_DATE + self._made, f"Commit {self._made}\n")
            return self._commits.commit_tree_from_folder(project, folder, parents, dated)


def run_on_git(file: Path) -> Result:
    """Run one scenario file on git.

    Raises:
        UserError: the file cannot be read or holds a step that cannot be done.
        PermanentError: git is not there.
    """
    with tempfile.TemporaryDirectory(prefix="foretaste-simulate-") as folder:
        place = GitPlace(Path(folder))
        try:
            result = run_file(file, lambda: place)
        finally:
            place.close()
    return result
