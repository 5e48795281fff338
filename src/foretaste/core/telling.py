"""Telling: what each kind of event means for the story of one change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import singledispatch

from foretaste.core.blame import Memory, blame_of_build, blame_of_verdict
from foretaste.core.build import Build, BuildState
from foretaste.core.cause import Blame, Cause
from foretaste.core.change import Change
from foretaste.core.events import (
    BuildEnded,
    BuildStarted,
    BuildWanted,
    CancelWanted,
    ChangesSeen,
    CheckEnded,
    CheckStarted,
    Conflicted,
    DequeueAsked,
    EnqueueAsked,
    Enqueued,
    Event,
    Judged,
    Landed,
    LandingRefused,
    LandWanted,
    Misconfigured,
    Prepared,
    Promoted,
    ProspectWanted,
    Unprepared,
    Waited,
)
from foretaste.core.facts import Facts
from foretaste.core.names import BuildId, ChangeId, ProspectKey
from foretaste.core.past import Past
from foretaste.core.prospect import Prospect
from foretaste.core.reasons import Reason
from foretaste.core.told import Step, Told
from foretaste.core.verdict import Outcome

# The forge's words for what happened to a change, a reason may stand behind one (`word: reason`);
# another word is shown as it is.
SEEN: Mapping[str, Step] = {
    "pushed": Step.PUSHED,
    "approved": Step.APPROVED,
    "withdrawn": Step.WITHDRAWN,
    "abandoned": Step.CLOSED,
    "reopened": Step.REOPENED,
}

ENDED: Mapping[BuildState, Step] = {
    BuildState.PASSED: Step.BUILD_PASSED,
    BuildState.FAILED: Step.BUILD_FAILED,
    BuildState.LOST: Step.BUILD_LOST,
    BuildState.CANCELLED: Step.BUILD_CANCELLED,
}

Steps = Iterator[Told]


@dataclass(slots=True, kw_only=True)
class Teller:
    """What is remembered from step to step of one change's story."""

    change: ChangeId
    past: Past = field(default_factory=Past)
    known: Change | None = None
    assumed: tuple[ChangeId, ...] | None = None
    cancelled: dict[BuildId, str] = field(default_factory=dict)
    begun: set[BuildId] = field(default_factory=set)

    def owns(self, key: ProspectKey) -> bool:
        """Whether a prospect is one of the change's own items, not one that assumes it."""
        prospect = self.past.prospects.get(key)
        if prospect is None:
            return False
        members = prospect.members[-1:] if prospect.pipeline == "check" else prospect.members
        return any(member.change == self.change for member in members)

    def runs(self, build: BuildId) -> bool:
        """Whether a build is a run of one of the change's jobs, shared ones included."""
        known = self.past.builds.get(build)
        return known is not None and (
            known.change == self.change or (known.change is None and self.owns(known.prospect))
        )

    def memory(self) -> Memory:
        """Return what is remembered, for blame."""
        return Memory(Facts(), self.past)


@singledispatch
def tell(_event: Event, _teller: Teller) -> Steps:
    """Yield the steps that an event, which the past has taken in, means for the change."""
    yield from ()


@tell.register
def _changes_seen(event: ChangesSeen, teller: Teller) -> Steps:
    mine = next((change for change in event.changes if change.id == teller.change), None)
    teller.known = mine or teller.known
    if teller.change in event.about:
        word, _, reason = event.why.partition(": ")
        step = SEEN.get(word, Step.SEEN)
        revision = 0 if mine is None else mine.revision
        detail = event.why if step is Step.SEEN else reason
        yield Told(step=step, by=event.by, count=revision, detail=detail)


@tell.register
def _promoted(event: Promoted, teller: Teller) -> Steps:
    if teller.change in event.changes:
        yield Told(step=Step.PROMOTE_ASKED, by=event.by)


@tell.register
def _dequeue_asked(event: DequeueAsked, teller: Teller) -> Steps:
    if event.change == teller.change:
        yield Told(step=Step.DEQUEUE_ASKED, by=event.by)


@tell.register
def _enqueue_asked(event: EnqueueAsked, teller: Teller) -> Steps:
    if event.change == teller.change:
        yield Told(step=Step.ENQUEUE_ASKED, by=event.by)


@tell.register
def _waited(event: Waited, teller: Teller) -> Steps:
    if event.change == teller.change:
        because = () if event.because is None else (event.because,)
        yield Told(step=Step.WAITED, reason=event.reason, others=because, detail=event.detail)


@tell.register
def _check_started(event: CheckStarted, teller: Teller) -> Steps:
    if event.change == teller.change:
        teller.assumed = tuple(member.change for member in event.needs)
        yield Told(step=Step.CHECK_STARTED, others=teller.assumed)


@tell.register
def _check_ended(event: CheckEnded, teller: Teller) -> Steps:
    if event.change != teller.change:
        return
    teller.assumed = None
    if event.verdict is None:
        yield Told(step=Step.CHECK_GIVEN_UP)
    elif event.verdict.outcome is Outcome.PASSED:
        yield Told(step=Step.CHECK_PASSED)
    else:
        blame = blame_of_verdict(teller.memory(), teller.change, event.verdict)
        yield Told(step=Step.CHECK_FAILED, reason=event.verdict.reason, blame=blame)


@tell.register
def _enqueued(event: Enqueued, teller: Teller) -> Steps:
    mine = [item for item in event.items if any(m.change == teller.change for m in item)]
    for item in mine:
        teller.assumed = None
        mates = tuple(member.change for member in item if member.change != teller.change)
        along = event.about not in {teller.change, *mates}
        yield Told(
            step=Step.BROUGHT_ALONG if along else Step.ENQUEUED,
            place=event.queue,
            others=(event.about,) if along else mates,
        )


@tell.register
def _prospect_wanted(event: ProspectWanted, teller: Teller) -> Steps:
    """Yield what the item assumes now; a check says that when it starts."""
    if not teller.owns(event.key) or event.pipeline == "check":
        return
    own = {member.change for member in event.members}
    assumed = tuple(member.change for member in event.chain if member.change not in own)
    before, teller.assumed = teller.assumed, assumed
    gone = tuple(change for change in before or () if change not in assumed)
    step = Step.ASSUMED if before is None else Step.ASSUMED_ANEW
    yield Told(step=step, others=assumed, gone=gone)


@tell.register
def _prepared(event: Prepared, teller: Teller) -> Steps:
    if teller.owns(event.key):
        jobs = [
            job.name for plan in event.plans if plan.change == teller.change for job in plan.jobs
        ]
        yield Told(step=Step.PREPARED, names=tuple(dict.fromkeys(jobs)))


@tell.register
def _conflicted(event: Conflicted, teller: Teller) -> Steps:
    if teller.owns(event.key):
        blame = Blame(cause=Cause.CONFLICT, paths=event.paths, detail=event.detail)
        yield Told(step=Step.CONFLICTED, blame=blame, reason=Reason.CONFLICT)


@tell.register
def _misconfigured(event: Misconfigured, teller: Teller) -> Steps:
    if teller.owns(event.key):
        blame = Blame(cause=Cause.CONFIG_BROKEN, detail=event.detail)
        yield Told(step=Step.MISCONFIGURED, blame=blame, reason=Reason.CONFIG_BROKEN)


@tell.register
def _unprepared(event: Unprepared, teller: Teller) -> Steps:
    if teller.owns(event.key):
        yield Told(step=Step.UNPREPARED)


@tell.register
def _build_wanted(event: BuildWanted, teller: Teller) -> Steps:
    if teller.runs(event.build) and event.attempt > 1:
        build = teller.past.builds[event.build]
        yield _of_build(teller, Step.BUILD_AGAIN, build)


@tell.register
def _build_started(event: BuildStarted, teller: Teller) -> Steps:
    if teller.runs(event.build) and event.build not in teller.begun:
        teller.begun.add(event.build)
        yield _of_build(teller, Step.BUILD_STARTED, teller.past.builds[event.build])


@tell.register
def _cancel_wanted(event: CancelWanted, teller: Teller) -> Steps:
    """Remember why; the story tells it when the build has stopped."""
    teller.cancelled[event.build] = event.cause
    yield from ()


@tell.register
def _build_ended(event: BuildEnded, teller: Teller) -> Steps:
    step = ENDED.get(event.state)
    if step is not None and teller.runs(event.build):
        yield _of_build(teller, step, teller.past.builds[event.build])


def _of_build(teller: Teller, step: Step, build: Build) -> Told:
    memory = teller.memory()
    blame = blame_of_build(memory, build) if step is Step.BUILD_FAILED else None
    return Told(
        step=step,
        build=build.id,
        label=memory.label(build),
        seconds=build.evidence.seconds,
        tests=build.evidence.tests,
        detail=teller.cancelled.get(build.id, build.evidence.why),
        count=build.attempt,
        blame=blame,
    )


@tell.register
def _land_wanted(event: LandWanted, teller: Teller) -> Steps:
    """Yield which results were used again, then that the branch is to be moved."""
    if not teller.owns(event.key):
        return
    reused = _reused(teller, teller.past.prospects[event.key])
    if reused:
        yield Told(step=Step.RESULT_REUSED, names=reused)
    yield Told(step=Step.LANDING, count=event.attempt)


def _reused(teller: Teller, prospect: Prospect) -> tuple[str, ...]:
    """Return the voting jobs of the change that have no build on the prospect that passed."""
    passed = {
        build.job
        for build in teller.past.builds.values()
        if build.prospect == prospect.key and build.state is BuildState.PASSED
    }
    return tuple(
        job.name for job in prospect.jobs(teller.change) if job.voting and job.name not in passed
    )


@tell.register
def _landing_refused(event: LandingRefused, teller: Teller) -> Steps:
    if teller.owns(event.key) and event.counts:
        yield Told(step=Step.LANDING_REFUSED, detail=event.detail)


@tell.register
def _landed(event: Landed, teller: Teller) -> Steps:
    if not teller.owns(event.key):
        return
    ref = None if teller.known is None else teller.known.ref
    commits = [move.new for move in event.moves if move.ref == ref]
    place = "" if ref is None else f"{ref.project} {ref.branch}"
    yield Told(step=Step.LANDED, commit=next(iter(commits), ""), place=place)


@tell.register
def _judged(event: Judged, teller: Teller) -> Steps:
    if event.change != teller.change:
        return
    teller.assumed = None
    verdict = event.verdict
    step = Step.FAILED if verdict.outcome is Outcome.FAILED else Step.LEFT
    blame = blame_of_verdict(teller.memory(), teller.change, verdict)
    yield Told(step=step, reason=verdict.reason, blame=blame, count=event.revision)
