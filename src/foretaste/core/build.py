"""Build: one run of one job on one prospect, and how it may move.

A build is the only slow thing in the gate, so every state below is one that a person may see on
the dashboard, under the same word. A second attempt is another build.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace

from foretaste.core.names import BuildId, ChangeId, JobName, ProspectKey


class BuildState(enum.Enum):
    """Where a build stands; the last four are final."""

    WANTED = "wanted"
    RUNNING = "running"
    PASSED = "passed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"

    @property
    def final(self) -> bool:
        """Whether no event can move the build any more."""
        return self not in {BuildState.WANTED, BuildState.RUNNING}


class Fault(enum.Enum):
    """Why a build failed or was lost, where the job's own exit status does not say it."""

    NONE = ""
    JOB = "job"  # the command said so: exit status, or a failing test
    TIMED_OUT = "timed_out"
    LIMIT = "limit"
    REFUSED = "refused"  # it could not be run; a required job that cannot run fails the change
    REPORT_MISSING = "report_missing"
    REPORT_EMPTY = "report_empty"
    REPORT_SHRUNK = "report_shrunk"
    RESTART = "restart"  # the gate itself went away; no attempt is counted


# Executors answer late and twice: what is final stays, and only the moves below are news.
TRANSITIONS: Mapping[BuildState, frozenset[BuildState]] = {
    BuildState.WANTED: frozenset(set(BuildState) - {BuildState.WANTED}),
    BuildState.RUNNING: frozenset(set(BuildState) - {BuildState.WANTED, BuildState.RUNNING}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What a build left that shows that it did what it says.

    `seconds` is the whole build, `phases` its parts; `tests` is None where no report was read.
    """

    exit_status: int | None = None
    tests: int | None = None
    failed: tuple[str, ...] = ()
    skipped: int = 0
    seconds: float = 0.0
    phases: tuple[tuple[str, float], ...] = ()
    lock: str = ""
    log_size: int = 0
    artefacts: tuple[str, ...] = ()
    why: str = ""


NO_EVIDENCE = Evidence()


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """One attempt of `job` for `change` on the prospect; `change` is None where it is shared."""

    id: BuildId
    job: JobName
    prospect: ProspectKey
    change: ChangeId | None
    attempt: int = 1
    state: BuildState = BuildState.WANTED
    cancelling: bool = False
    fault: Fault = Fault.NONE
    evidence: Evidence = NO_EVIDENCE
    inputs: str = ""
    semaphore: str = ""
    wanted_at: float = 0.0
    ended_at: float = 0.0

    @property
    def final(self) -> bool:
        """Whether it has ended."""
        return self.state.final


def advance(build: Build, state: BuildState) -> Build:
    """Return the build in `state`; the same one where that is no news (late or doubled)."""
    if state not in TRANSITIONS.get(build.state, frozenset()):
        return build
    return replace(build, state=state)
