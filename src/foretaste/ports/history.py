"""The history: builds that the facts have forgotten, for people to look at.

It is read from the log and holds nothing that is not there. The gate itself never asks it: it is
filled after events are stored, by whoever has the time, and may be behind by a moment.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, Self

from foretaste.core.build import Build
from foretaste.core.names import BuildId, ChangeId, Member, ProjectName, QueueName
from foretaste.core.prospect import Prospect


@dataclass(frozen=True, slots=True, kw_only=True)
class PastBuild:
    """One build with what its facts said of its prospect; `seq` is the event that wanted it.

    `project` is that of its change, or of the item's last where the build is shared; "" and
    empty where the log does not say. `members` and `chain` are those of its prospect; `voting`
    is whether its failure counted.
    """

    seq: int
    build: Build
    project: ProjectName
    queue: QueueName
    pipeline: str
    members: tuple[Member, ...]
    chain: tuple[Member, ...]
    voting: bool = True

    @classmethod
    def of(cls, seq: int, build: Build, prospect: Prospect | None, project: ProjectName) -> Self:
        """Return a build with what is known of its prospect, which may be nothing."""
        if prospect is None:
            none = QueueName("")
            return cls(
                seq=seq, build=build, project=project, queue=none, pipeline="", members=(), chain=()
            )
        jobs = prospect.jobs(build.change or prospect.members[-1].change)
        return cls(
            seq=seq,
            build=build,
            project=project,
            queue=prospect.queue,
            pipeline=prospect.pipeline,
            members=prospect.members,
            chain=prospect.chain,
            voting=all(job.voting for job in jobs if job.name == build.job),
        )

    @property
    def changes(self) -> tuple[ChangeId, ...]:
        """The changes that the build is shown with: its own, or all that share it."""
        if self.build.change is not None:
            return (self.build.change,)
        return tuple(member.change for member in self.members)


class History(Protocol):
    """Shows past builds."""

    def catch_up(self) -> int:
        """Take in what was stored since it was last called; return how many events that was.

        It may be interrupted anywhere and called again, from any thread.

        Raises:
            TransientError: it cannot be written now.
            PermanentError: an event cannot be read (says which, and what to do).
        """
        ...

    def rebuild(self) -> int:
        """Forget everything and read the whole log again; return how many events that was.

        Raises:
            TransientError: it cannot be written now.
            PermanentError: an event cannot be read.
        """
        ...

    def build(self, build: BuildId) -> PastBuild | None:
        """Return one build, None where there is none of that name."""
        ...

    def builds(self, change: ChangeId) -> tuple[PastBuild, ...]:
        """Return the builds of one change, the first wanted first."""
        ...

    def recent_builds(self, limit: int) -> tuple[PastBuild, ...]:
        """Return at most `limit` builds, the last wanted first."""
        ...
