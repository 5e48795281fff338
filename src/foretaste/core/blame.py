"""Blame: what made a prospect or a verdict fail, told from builds and their evidence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from foretaste.core.build import Build, BuildState, Fault
from foretaste.core.cause import Blame, Cause
from foretaste.core.facts import Facts
from foretaste.core.labels import build_label
from foretaste.core.names import BuildId, ChangeId
from foretaste.core.past import Past
from foretaste.core.prospect import Prospect, ProspectState
from foretaste.core.reasons import Reason
from foretaste.core.stance import Assessment, Stance
from foretaste.core.verdict import Verdict

# A fault that has a sentence of its own; what is not here is told by tests and exit status.
FAULTS: Mapping[Fault, Cause] = {
    Fault.TIMED_OUT: Cause.TIMED_OUT,
    Fault.LIMIT: Cause.LIMIT_HIT,
    Fault.REFUSED: Cause.JOB_REFUSED,
    Fault.REPORT_MISSING: Cause.REPORT_MISSING,
    Fault.REPORT_EMPTY: Cause.REPORT_EMPTY,
    Fault.REPORT_SHRUNK: Cause.REPORT_SHRUNK,
}

# Reasons whose sentence needs no build.
PLAIN: Mapping[Reason | None, Cause] = {
    Reason.CONFLICT: Cause.CONFLICT,
    Reason.CONFIG_BROKEN: Cause.CONFIG_BROKEN,
    Reason.LANDING_REFUSED: Cause.LANDING_REFUSED,
    Reason.DEPENDENCY_FAILED: Cause.NEED_FAILED,
    Reason.APPROVAL_WITHDRAWN: Cause.APPROVAL_WITHDRAWN,
    Reason.NOT_APPROVED: Cause.APPROVAL_WITHDRAWN,
    Reason.ABANDONED: Cause.ABANDONED,
    Reason.SUPERSEDED: Cause.SUPERSEDED,
    Reason.DEQUEUED: Cause.DEQUEUED,
    Reason.FROZEN: Cause.QUEUE_CLOSED,
}


@dataclass(frozen=True, slots=True)
class Memory:
    """Builds and prospects: those that facts hold, then those of the past."""

    facts: Facts
    past: Past

    def build(self, build: BuildId) -> Build | None:
        """Return a build, None where nobody remembers it."""
        return self.facts.builds.get(build) or self.past.builds.get(build)

    def builds(self, builds: Iterable[BuildId]) -> tuple[Build, ...]:
        """Return those of the builds that are remembered."""
        known = (self.build(build) for build in builds)
        return tuple(build for build in known if build is not None)

    def prospect(self, build: Build) -> Prospect | None:
        """Return a build's prospect, None where nobody remembers it."""
        return self.facts.prospects.get(build.prospect) or self.past.prospects.get(build.prospect)

    def conflict(self, change: ChangeId) -> Prospect | None:
        """Return the newest prospect of a change that could not be merged."""
        prospects = (*self.past.prospects.values(), *self.facts.prospects.values())
        mine = (
            prospect
            for prospect in reversed(prospects)
            if prospect.status is ProspectState.CONFLICT
            and any(member.change == change for member in prospect.members)
        )
        return next(mine, None)

    def label(self, build: Build) -> str:
        """Return a build's label."""
        return build_label(build, self.prospect(build))


def blame_of_verdict(memory: Memory, change: ChangeId, verdict: Verdict) -> Blame:
    """Return what a change's verdict, which is no pass, was given for."""
    reason = verdict.reason
    if reason is Reason.CONFLICT:
        return _of_conflict(memory, change, verdict)
    if reason in PLAIN:
        return Blame(cause=PLAIN[reason], because=verdict.because, detail=verdict.detail)
    return _of_builds(memory, memory.builds(verdict.builds), reason, verdict.detail)


def _of_conflict(memory: Memory, change: ChangeId, verdict: Verdict) -> Blame:
    """Return the blame with the paths as the prospect has them, else as the verdict lists them."""
    prospect = memory.conflict(change)
    paths = tuple(verdict.detail.splitlines()) if prospect is None else prospect.paths
    return Blame(cause=Cause.CONFLICT, because=verdict.because, paths=paths)


def blame_of_stance(memory: Memory, stance: Stance | Assessment) -> Blame:
    """Return why an item is failing that has no verdict yet; its reason must be set."""
    prospect = stance.prospect if isinstance(stance, Stance) else None
    reason = stance.reason
    if reason in PLAIN:
        return Blame(
            cause=PLAIN[reason],
            because=stance.because,
            paths=() if prospect is None else prospect.paths,
            detail="" if prospect is None else prospect.why,
        )
    ids = (job.build for job in stance.jobs if job.job.voting and job.state.bad)
    builds = memory.builds(build for build in ids if build is not None)
    return _of_builds(memory, builds, reason, "")


def blame_of_build(memory: Memory, build: Build) -> Blame:
    """Return what one build failed for."""
    return _of_builds(memory, (build,), None, "")


def _of_builds(
    memory: Memory, builds: tuple[Build, ...], reason: Reason | None, detail: str
) -> Blame:
    """Return the blame of the builds that failed or were lost; the first one names the cause."""
    bad = [build for build in builds if build.state in {BuildState.FAILED, BuildState.LOST}]
    tests = tuple(dict.fromkeys(test for build in bad for test in build.evidence.failed))
    first = bad[0] if bad else None
    return Blame(
        cause=_cause(first, reason, tests),
        builds=tuple(memory.label(build) for build in bad),
        build=None if first is None else first.id,
        tests=tests,
        detail=detail or ("" if first is None else first.evidence.why),
        count=_number(first, reason),
    )


def _cause(build: Build | None, reason: Reason | None, tests: tuple[str, ...]) -> Cause:
    if reason is Reason.ATTEMPTS_EXHAUSTED:
        return Cause.ATTEMPTS_EXHAUSTED
    if reason is Reason.TIMED_OUT:
        return Cause.TIMED_OUT
    if build is not None and build.fault in FAULTS:
        return FAULTS[build.fault]
    return Cause.TESTS_FAILED if tests else Cause.JOB_FAILED


def _number(build: Build | None, reason: Reason | None) -> int:
    if build is None:
        return 0
    if reason is Reason.ATTEMPTS_EXHAUSTED:
        return build.attempt
    return build.evidence.exit_status or 0
