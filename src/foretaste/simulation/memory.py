"""A scenario's world in memory: no process, no disk, no time but what is told."""

from __future__ import annotations

from dataclasses import dataclass, field

from foretaste.core.names import Oid, ProjectName, Ref
from foretaste.ports.executor import Ending
from foretaste.simulation.executor import MemoryExecutor
from foretaste.simulation.repository import MemoryRepository


@dataclass(slots=True)
class MemoryPlace:
    """Repositories and builds in memory."""

    repository: MemoryRepository = field(default_factory=MemoryRepository)
    executor: MemoryExecutor = field(default_factory=MemoryExecutor)
    pushes: int = 0

    def root(self, ref: Ref) -> None:
        """Make a branch with a first commit."""
        files = {"README": f"{ref.project} {ref.branch}"}
        self.repository.branches[ref] = self.repository.commit(files)

    def propose(self, ref: Ref, files: dict[str, str], parent: Oid | None) -> Oid:
        """Make a commit with these files on the branch's tip, or on `parent`."""
        below = self.repository.branches[ref] if parent is None else parent
        return self.repository.commit({**self.repository.files(below), **files}, below)

    def push(self, ref: Ref) -> None:
        """Land a commit from outside on a branch."""
        self.pushes += 1
        commit = self.propose(ref, {f"outside{self.pushes}": "pushed"}, None)
        self.repository.branches[ref] = commit

    def holds(self, commit: Oid, change: Oid, project: ProjectName) -> bool:
        """Return whether a change's commit is in what a branch of the project would hold."""
        return bool(project) and change in self.repository.ancestors(commit)

    def read(self, ref: Ref, path: str) -> str | None:
        """Return what a branch holds at a path."""
        tip = self.repository.branches[ref]
        return self.repository.files(tip).get(path)

    def end(self, build: str, *, passed: bool) -> None:
        """Let a running build end by itself."""
        self.executor.end(build, Ending.EXITED, 0 if passed else 1)

    def lose(self, build: str) -> None:
        """Lose a running build's worker."""
        self.executor.end(build, Ending.LOST)

    def die(self) -> None:
        """End every build without a word."""
        self.executor.listeners.clear()
