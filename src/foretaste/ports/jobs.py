"""Jobs of a prospect: read from the trees that would be landed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from foretaste.core.change import Change, Unreleased
from foretaste.core.job import Job
from foretaste.core.names import Oid, Ref, State


@dataclass(frozen=True, slots=True, kw_only=True)
class JobsQuery:
    """Which jobs does `change` have in `pipeline`, when the branches stand as in `state`?

    `target` is what the change's branch is just below it, when what stands ahead has landed: what
    only the branch may say is read there. `unreleased` are states of dependencies that its builds
    get in place of their releases.
    """

    change: Change
    pipeline: str
    state: State
    target: Oid
    ref: Ref
    unreleased: tuple[Unreleased, ...] = ()


class Jobs(Protocol):
    """Reads a project's configuration from a prospect and resolves it to jobs."""

    def jobs(self, query: JobsQuery) -> tuple[Job, ...]:
        """Return the jobs, each with its inputs' digest and the spec to start it with.

        Raises:
            UserError: the configuration cannot be used; `what` holds all errors, a line each,
                with file, line and key.
        """
        ...
