"""Views of builds and jobs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from foretaste.core.blame import Memory, blame_of_build
from foretaste.core.build import Build, BuildState
from foretaste.core.facts import Facts
from foretaste.core.job import Job
from foretaste.core.labels import prospect_name
from foretaste.core.names import ChangeId
from foretaste.core.outlook import JobOutlook, Wait
from foretaste.core.prospect import Prospect
from foretaste.core.stance import JobState
from foretaste.report.phrases import changes, detail, listed, number
from foretaste.report.views import BuildView, JobView
from foretaste.report.words import blame_sentence


def build_view(memory: Memory, build: Build) -> BuildView:
    """Return one build as people see it."""
    prospect, label = memory.prospect(build), memory.label(build)
    owner = build.change or (prospect.members[-1].change if prospect else ChangeId(""))
    change = memory.facts.changes.get(owner)
    job = _job(prospect, build)
    evidence = build.evidence
    return BuildView(
        id=build.id,
        job=build.job,
        label=label,
        change=owner,
        project="" if change is None else change.project,
        prospect="" if prospect is None else prospect_name(prospect),
        pipeline="" if prospect is None else prospect.pipeline,
        attempt=build.attempt,
        state=build.state.value,
        fault=build.fault.value,
        voting=job is None or job.voting,
        why=_why(memory, owner, build),
        tests=evidence.tests,
        failed=evidence.failed,
        seconds=evidence.seconds,
        phases=dict(evidence.phases),
        log_size=evidence.log_size,
        artefacts=evidence.artefacts,
        wanted_at=build.wanted_at,
        ended_at=build.ended_at,
    )


def _job(prospect: Prospect | None, build: Build) -> Job | None:
    plans = () if prospect is None else prospect.plans
    return next((job for plan in plans for job in plan.jobs if job.name == build.job), None)


def _why(memory: Memory, owner: ChangeId, build: Build) -> str:
    """Return the sentence that a build's page opens with."""
    match build.state:
        case BuildState.FAILED:
            return blame_sentence(owner, blame_of_build(memory, build))
        case BuildState.LOST:
            said = detail(build.evidence.why)
            return f"It was lost by infrastructure, which is no failure{said}."
        case BuildState.CANCELLED:
            return "It was stopped, since its answer no longer mattered."
        case BuildState.WANTED:
            return "It waits for a worker."
        case BuildState.RUNNING:
            return "It is being stopped." if build.cancelling else "It runs."
        case BuildState.PASSED:
            tests = build.evidence.tests
            return "It passed." if tests is None else f"It passed {number(tests, 'test')}."
        case _:
            assert_never(build.state)


def newest_first(builds: Iterable[Build]) -> tuple[Build, ...]:
    """Return builds by when they were wanted, the last first; of one moment, by their ids."""
    return tuple(sorted(builds, key=lambda b: (b.wanted_at, len(b.id), b.id), reverse=True))


def job_views(
    facts: Facts, jobs: tuple[JobOutlook, ...], only: ChangeId | None = None
) -> tuple[JobView, ...]:
    """Return the jobs of an item, or those of one of its members with what is shared."""
    return tuple(
        _job_view(facts, job)
        for job in jobs
        if only is None or job.stance.change == only or job.stance.job.shared
    )


def _job_view(facts: Facts, job: JobOutlook) -> JobView:
    stance = job.stance
    return JobView(
        name=stance.job.name,
        change=stance.change,
        state=_state(facts, job),
        voting=stance.job.voting,
        build=stance.build or "",
        why=_job_why(job),
    )


def _state(facts: Facts, job: JobOutlook) -> str:
    """Return the word for a job: its newest build's where one counts."""
    match job.stance.state:
        case JobState.RUNNING:
            build = None if job.stance.build is None else facts.builds.get(job.stance.build)
            return "running" if build is None else build.state.value
        case JobState.READY:
            return "waiting"
        case JobState.EXHAUSTED:
            return "lost"
        case _:
            return str(job.stance.state.value)


def _job_why(job: JobOutlook) -> str:
    """Return why a job has no answer, or an answer of its own; "" where its build says all."""
    stance, names = job.stance, job.names
    if stance.state is JobState.REUSED:
        return "All that it reads is the same as when it passed before."
    if stance.state is JobState.EXHAUSTED:
        return f"Infrastructure lost it {number(stance.attempts, 'time')}."
    if job.wait is None:
        return ""
    waits = {
        Wait.NEEDS: f"It needs {listed(names)} to pass first.",
        Wait.SKIPPED: f"It is not run, since {listed(names) or 'a job that it needs'} did not pass.",
        Wait.HELD: "The gate is held.",
        Wait.WINDOW: "Its item is not within the window yet.",
        Wait.HOLDS: f"{listed(names[1:])} of {changes(names[:1])} has to pass first.",
        Wait.SEMAPHORE: f"Others hold the semaphore {listed(names)}.",
        Wait.WORKER: "Every worker is busy.",
        Wait.NEXT: "It starts at the next turn.",
    }
    return waits[job.wait]


def past_job_views(memory: Memory, prospect: Prospect, change: ChangeId) -> tuple[JobView, ...]:
    """Return the jobs that a change had on a prospect of the past, each with its last build."""
    newest: dict[str, Build] = {}
    for build in memory.past.builds.values():
        if build.prospect == prospect.key and build.change in {change, None}:
            newest[build.job] = build
    return tuple(
        JobView(
            name=job.name,
            change=change,
            state=newest[job.name].state.value if job.name in newest else "skipped",
            voting=job.voting,
            build=newest[job.name].id if job.name in newest else "",
            why="" if job.name in newest else "It has no build of its own on this prospect.",
        )
        for job in prospect.jobs(change)
    )
