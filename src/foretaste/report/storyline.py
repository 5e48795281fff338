"""Storyline: the sentence for each step of a change's story."""

from __future__ import annotations

from collections.abc import Mapping

from foretaste.core.names import ChangeId
from foretaste.core.reasons import Reason
from foretaste.core.told import Step, Told
from foretaste.report.phrases import changes, detail, duration, listed, number
from foretaste.report.plain import one_line
from foretaste.report.views import StoryLine
from foretaste.report.words import blame_sentence

STEPS: Mapping[Step, str] = {
    Step.PUSHED: "Revision {count} was pushed{by}.",
    Step.APPROVED: "Revision {count} was approved{by}.",
    Step.WITHDRAWN: "Its approval was withdrawn{by}.",
    Step.CLOSED: "It was closed{by}{detail}.",
    Step.REOPENED: "It was opened again{by}.",
    Step.SEEN: "Its host told of it{detail}.",
    Step.PROMOTE_ASKED: "It was moved to the front of its queue{by}.",
    Step.DEQUEUE_ASKED: "It was asked{by} that it leave its queue.",
    Step.ENQUEUE_ASKED: "It was asked{by} that the gate take it.",
    Step.WAITED: "It does not enter a queue: {wait}.",
    Step.CHECK_STARTED: "Its check began, on top of {onto}.",
    Step.CHECK_PASSED: "Its check passed.",
    Step.CHECK_FAILED: "Its check failed. {blame}",
    Step.CHECK_GIVEN_UP: "Its check was given up: the gate's own test or a new revision takes its "
    "place.",
    Step.ENQUEUED: "It entered queue {place}{mates}.",
    Step.BROUGHT_ALONG: "It entered queue {place}, brought along by {others}.",
    Step.ASSUMED: "It is to be tested on top of {onto}.",
    Step.ASSUMED_ANEW: "It is to be tested anew, on top of {onto}{gone}.",
    Step.PREPARED: "Its prospect was prepared; {jobs}.",
    Step.CONFLICTED: "{blame}",
    Step.MISCONFIGURED: "{blame}",
    Step.UNPREPARED: "The merge was given up: what it stood on was gone.",
    Step.BUILD_STARTED: "{label} started.",
    Step.BUILD_AGAIN: "{label} is run again, attempt {count}.",
    Step.BUILD_PASSED: "{label} passed in {seconds}{tests}.",
    Step.BUILD_FAILED: "{blame}",
    Step.BUILD_LOST: "{label} was lost by infrastructure, which is no failure{detail}.",
    Step.BUILD_CANCELLED: "{label} was stopped{cancel}.",
    Step.RESULT_REUSED: "Used again, since all that it reads is the same: the result of {names}.",
    Step.LANDING: "All of its jobs passed; its branch is being moved to the tested commit.",
    Step.LANDING_REFUSED: "Its host refused to land it{detail}.",
    Step.LANDED: "It landed{on} as {commit}, exactly as tested.",
    Step.FAILED: "It left its queue: failed. {blame}",
    Step.LEFT: "It left its queue. {blame}",
}

# Why a build was stopped, by the planner's word; another word is shown as it is.
CANCELS: Mapping[str, str] = {
    "fail_fast": ": another job of the item failed, and that one says that it decides",
    "superseded": ": what it assumed no longer holds",
}

WAITS: Mapping[Reason | None, str] = {
    Reason.DEPENDENCY_WAITS: "it needs {others}, which cannot enter yet",
    Reason.DEPENDENCY_ELSEWHERE: "it needs {others} of another queue, which has not landed yet",
    Reason.DEPENDENCY_CYCLE: "it and {others} need each other, which is not allowed here",
    Reason.DEPENDENCY_FAILED: "it needs {others}, which failed or left",
    Reason.NOT_APPROVED: "nobody has approved it",
    Reason.FROZEN: "its queue is frozen",
}


def storyline(change: ChangeId, steps: tuple[Told, ...]) -> tuple[StoryLine, ...]:
    """Return the story with its sentences."""
    return tuple(
        StoryLine(
            seq=told.seq,
            at=told.at,
            code=told.step.value,
            text=step_sentence(change, told),
            build=told.build or "",
        )
        for told in steps
    )


def step_sentence(change: ChangeId, told: Told) -> str:
    """Return the sentence for one step."""
    others = changes(told.others)
    gone = changes(told.gone)
    fields = {
        "by": f" by {one_line(told.by)}" if told.by else "",
        "others": others or "something",
        "onto": others or "the branch as it is",
        "mates": f" together with {others}" if others else "",
        "gone": f"; no longer assumed: {gone}" if gone else "",
        "names": listed(told.names, most=8),
        "jobs": f"its jobs are {listed(told.names, most=8)}" if told.names else "it has no jobs",
        "label": one_line(told.label),
        "seconds": duration(told.seconds),
        "tests": "" if told.tests is None else f" ({number(told.tests, 'test')})",
        "detail": detail(told.detail),
        "cancel": CANCELS.get(told.detail, detail(told.detail)),
        "commit": told.commit[:12],
        "on": f" on {one_line(told.place)}" if told.place else "",
        "place": one_line(told.place),
        "count": str(told.count),
        "blame": "" if told.blame is None else blame_sentence(change, told.blame),
    }
    fields["wait"] = _wait(told).format_map(fields)
    return STEPS[told.step].format_map(fields)


def _wait(told: Told) -> str:
    """Return the template for a reason to wait; one without words shows its code."""
    known = WAITS.get(told.reason)
    if known is not None:
        return known
    return "no reason was given" if told.reason is None else told.reason.value
