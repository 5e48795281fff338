"""Project: a git repository under the gate, and the queue that its branches land through."""

from __future__ import annotations

from dataclasses import dataclass

from foretaste.core.names import ProjectName, QueueName, Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What only the gate's own settings say of a project.

    Projects that can break each other share a queue; with `branch_queues` each branch name has
    a queue of its own, named `<queue>/<branch>`. `rules` stands for all that the gate says of its
    jobs: where it is another text, what was tested was tested under other rules.
    """

    name: ProjectName
    queue: QueueName
    branches: tuple[str, ...] = ("main",)
    branch_queues: bool = False
    allow_cycles: bool = False
    rules: str = ""

    def queue_of(self, branch: str) -> QueueName:
        """Return the queue that changes to `branch` go through."""
        return QueueName(f"{self.queue}/{branch}") if self.branch_queues else self.queue

    @property
    def refs(self) -> tuple[Ref, ...]:
        """Its guarded branches."""
        return tuple(Ref(self.name, branch) for branch in self.branches)
