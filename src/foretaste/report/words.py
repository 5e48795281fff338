"""Words: *why* and *what next* of a change, one sentence each for every cause.

The table is the whole vocabulary: a cause that is not in it does not exist. A sentence names the
change as "it"; faces put the number before it. What comes from outside is made plain.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from foretaste.core.cause import Blame, Cause, Explanation
from foretaste.core.names import ChangeId
from foretaste.core.reasons import Standing
from foretaste.report.phrases import DETAIL, MISTAKES, changes, detail, listed, number
from foretaste.report.plain import one_line

NOTHING = "Nothing to do."
FOLLOWS = "it follows by itself."


# How a change stands that another one needs and that did not come through.
STANDS: Mapping[Standing | None, str] = {
    Standing.FAILED: "failed",
    Standing.LEFT: "left its queue",
}


class Sentences(NamedTuple):
    """What is said of one cause: why it stands so, and what is next."""

    why: str
    next: str


SENTENCES: Mapping[Cause, Sentences] = {
    # open
    Cause.NOT_APPROVED: Sentences(
        "Nobody has approved revision {revision} yet.",
        "Approve it: `foretaste approve {change}`.",
    ),
    Cause.NEW_REVISION: Sentences(
        "Revision {count} left when revision {revision} took its place, and nobody has approved "
        "that one yet.",
        "Approve it: `foretaste approve {change}`.",
    ),
    Cause.CHECK_RUNNING: Sentences(
        "It is being checked; nobody has approved revision {revision} yet.",
        "Wait for the check, or approve it: the gate's own test then takes its place.",
    ),
    Cause.CHECK_PASSED: Sentences(
        "Its check passed; nobody has approved revision {revision} yet.",
        "Approve it: `foretaste approve {change}`.",
    ),
    Cause.CHECK_FAILED: Sentences(
        "Nobody has approved it, and its check failed. {blame}",
        "{mend}",
    ),
    Cause.NOT_GUARDED: Sentences(
        "Branch {branch} of {project} is not guarded by this gate.",
        "Push it for a guarded branch{guarded}, or have the branch added to the gate's settings.",
    ),
    # waiting
    Cause.NOT_LANDABLE: Sentences(
        "It is approved, but its host does not allow it to land.",
        "Where it stands on an older revision of another change, rebase it and push it again; "
        "else see at its host what is missing.",
    ),
    Cause.NOT_RELEASED: Sentences(
        "It is approved, but depends on what is not released: {names}. It is checked, and does not "
        "land.",
        "When it is released, take the Depends-On line out and push again.",
    ),
    Cause.LOOKED_AT_NEXT: Sentences(
        "It is approved, and the gate looks at it at its next turn.",
        NOTHING,
    ),
    Cause.NOT_ASKED: Sentences(
        "It is approved, but nothing has asked the gate to take it.",
        "Ask: `foretaste enqueue {change}`.",
    ),
    Cause.NEED_UNKNOWN: Sentences(
        "It needs {because}, which this gate does not know.",
        "Push what it needs, or take the Depends-On out of its message.",
    ),
    Cause.NEED_CLOSED: Sentences(
        "It needs {because}, which is closed.",
        "Open that one again (`foretaste reopen {need}`), or take the Depends-On out.",
    ),
    Cause.NEED_NOT_APPROVED: Sentences(
        "It needs {because}, which nobody has approved yet.",
        "Approve that one (`foretaste approve {need}`); " + FOLLOWS,
    ),
    Cause.NEED_WAITS: Sentences(
        "It needs {because}, which is not in the queue.",
        "See `foretaste explain {need}`; when that one enters, " + FOLLOWS,
    ),
    Cause.NEED_ELSEWHERE: Sentences(
        "It needs {because}, which lands through another queue{place_named} and has not landed "
        "yet.",
        "Let that one land first; then " + FOLLOWS,
    ),
    Cause.NEED_IN_A_CYCLE: Sentences(
        "It and {because} need each other, and {project} does not allow that.",
        "Take one of the Depends-On out, or have cycles allowed in the gate's settings.",
    ),
    Cause.QUEUE_CLOSED: Sentences(
        "Nothing may enter its queue now{detail}.",
        "A person has to look at the queue, and say `foretaste resume`.",
    ),
    # queued
    Cause.GATE_HELD: Sentences(
        "The gate is held and starts and lands nothing{detail}.",
        "It goes on when someone says `foretaste resume`.",
    ),
    Cause.QUEUE_FROZEN: Sentences(
        "Queue {place} is frozen and lands nothing{detail}.",
        "A person has to look at its branches, and then say `foretaste resume`.",
    ),
    Cause.OUT_OF_WINDOW: Sentences(
        "It is number {count} of queue {place}, and only the first {limit} are tested at a time.",
        "Nothing to do: it moves up when those in front land.",
    ),
    Cause.PREPARED_NEXT: Sentences(
        "It is in queue {place}, and is merged onto what stands in front at the next turn.",
        NOTHING,
    ),
    Cause.PREPARING: Sentences(
        "It is being merged onto {onto}.",
        NOTHING,
    ),
    Cause.BUILDING: Sentences(
        "Its jobs run on top of {onto}: {names}.",
        "Nothing to do: it lands when all of its jobs have passed and it stands first.",
    ),
    Cause.BUILT_NEXT: Sentences(
        "It is merged onto {onto}, and its next jobs start at the next turn.",
        NOTHING,
    ),
    Cause.JOB_HOLDS: Sentences(
        "Job {names} of {because} has to pass before anything behind it starts.",
        "Nothing to do: it starts when that job has passed.",
    ),
    Cause.SEMAPHORE_TAKEN: Sentences(
        "Its next job waits for the semaphore {names}, which others hold.",
        "Nothing to do: it starts when one of those has ended.",
    ),
    Cause.WORKERS_BUSY: Sentences(
        "{workers} busy with what stands in front.",
        "Nothing to do: it starts when one of them is free.",
    ),
    Cause.BUILD_LOST: Sentences(
        "Infrastructure lost a build of {names}, which is no failure; it is run again, attempt "
        "{count} of {limit}.",
        NOTHING,
    ),
    Cause.PASSED_BEHIND: Sentences(
        "All of its jobs passed; it lands after what stands in front: {others}.",
        "Nothing to do: if one of those fails, it is tested again without it.",
    ),
    Cause.LANDS_NEXT: Sentences(
        "All of its jobs passed and nothing stands in front; it lands at the next turn.",
        NOTHING,
    ),
    Cause.LANDING: Sentences(
        "All of its jobs passed, and its branch is being moved to the tested commit.",
        NOTHING,
    ),
    Cause.LANDING_AGAIN: Sentences(
        "All of its jobs passed, but its host refused to land it{detail}.",
        "Nothing to do: it is tried again ({count} of {limit} tries refused so far).",
    ),
    Cause.FAILING: Sentences(
        "{blame} That counts once what stands in front is decided: {in_front}.",
        "Nothing yet: if one of those fails, it is tested again without it. Else {else_mend}",
    ),
    Cause.FAILS_NEXT: Sentences(
        "{blame} It leaves the queue{when_over}.",
        "{mend}",
    ),
    Cause.NEED_FAILING: Sentences(
        "It needs {because}, which is failing.",
        "Nothing yet: if that one recovers, it is tested after it. Else mend {because} first: "
        "`foretaste explain {need}`.",
    ),
    # merged
    Cause.LANDED: Sentences(
        "It landed on {branch} of {project} as {commit}, exactly as tested.",
        NOTHING,
    ),
    # failed
    Cause.TESTS_FAILED: Sentences(
        "{builds} failed: {tests}.",
        "See the log (`foretaste log {build}`), mend it, and push a new revision.",
    ),
    Cause.JOB_FAILED: Sentences(
        "{builds} failed{status}.",
        "See the log (`foretaste log {build}`), mend it, and push a new revision.",
    ),
    Cause.REPORT_MISSING: Sentences(
        "{builds} ended well but left no test report, so nothing shows that it tested anything.",
        "Have the job write its JUnit report to $FORETASTE_JUNIT, and push a new revision.",
    ),
    Cause.REPORT_EMPTY: Sentences(
        "{builds} left a test report without a single test.",
        "Find out why no test was collected (`foretaste log {build}`), and push a new revision.",
    ),
    Cause.REPORT_SHRUNK: Sentences(
        "{builds} ran far fewer tests than the branch had when it last landed{fault}.",
        "Bring the tests back; where they are to go, lower the policy's evidence_floor first.",
    ),
    Cause.LIMIT_HIT: Sentences(
        "{builds} ran into a limit{fault}.",
        "Have the job use less, or raise its limit in [tool.foretaste], and push a new revision.",
    ),
    Cause.JOB_REFUSED: Sentences(
        "{builds} could not be run, and what is not run cannot pass{fault}.",
        "Mend what the message names; then `foretaste enqueue {change}`.",
    ),
    Cause.TIMED_OUT: Sentences(
        "{builds} did not end in its time{fault}.",
        "Make it faster or raise its `timeout` in [tool.foretaste], and push a new revision.",
    ),
    Cause.ATTEMPTS_EXHAUSTED: Sentences(
        "Infrastructure lost {builds} {times}, as often as the policy allows; it has not been "
        "shown to fail.",
        "See why workers are lost (`foretaste log {build}`); then `foretaste enqueue {change}`.",
    ),
    Cause.CONFLICT: Sentences(
        "It cannot be merged{conflict}.",
        "Rebase it onto {branch} and push a new revision.",
    ),
    Cause.CONFIG_BROKEN: Sentences(
        "Its configuration cannot be used{fault}.",
        "Mend the file and key that the message names, and push a new revision.",
    ),
    Cause.NEED_FAILED: Sentences(
        "It needs {because}, which {stands}.",
        "Bring that one through first (`foretaste explain {need}`); then " + FOLLOWS,
    ),
    Cause.LANDING_REFUSED: Sentences(
        "Its host would not let it land{fault}.",
        "Ask at its host why; then `foretaste enqueue {change}`.",
    ),
    # left
    Cause.APPROVAL_WITHDRAWN: Sentences(
        "Its approval was withdrawn, so it left its queue.",
        "Approve it again when it is ready: `foretaste approve {change}`.",
    ),
    Cause.ABANDONED: Sentences(
        "It was closed.",
        "Open it again if it is still wanted: `foretaste reopen {change}`.",
    ),
    Cause.SUPERSEDED: Sentences(
        "Revision {revision} left when a new revision took its place.",
        "Approve the new one: `foretaste approve {change}`.",
    ),
    Cause.DEQUEUED: Sentences(
        "An operator took it out of its queue.",
        "Put it back when it may go on: `foretaste enqueue {change}`.",
    ),
}


def why(said: Explanation) -> str:
    """Return why the change stands as it does."""
    return SENTENCES[said.cause].why.format_map(_fields(said))


def what_next(said: Explanation) -> str:
    """Return what is next: what to do, or that there is nothing to do."""
    return SENTENCES[said.cause].next.format_map(_fields(said))


def blame_sentence(change: ChangeId, blame: Blame) -> str:
    """Return what failed, as one sentence, of a build, a check or a verdict."""
    return why(
        Explanation(
            change=change,
            standing=Standing.FAILED,
            cause=blame.cause,
            blame=blame,
            because=blame.because,
            detail=blame.detail,
        )
    )


def _fields(said: Explanation) -> dict[str, str]:
    """Return every phrase that a sentence may ask for."""
    blame = said.blame or Blame(cause=Cause.JOB_FAILED)
    fields = {
        **_blame_fields(blame),
        "change": said.change,
        "project": one_line(said.project),
        "branch": one_line(said.branch),
        "revision": str(said.revision),
        "commit": said.commit[:12],
        "because": changes([said.because]) if said.because else "another change",
        "stands": STANDS.get(said.stands, "failed or left"),
        "need": said.because or said.change,
        "onto": changes(said.others) or "the branch as it is",
        "others": changes(said.others),
        "in_front": changes(said.others) or "what does not assume it",
        "names": listed(said.names),
        "count": str(said.count),
        "limit": str(said.limit),
        "workers": "The only worker is" if said.limit == 1 else f"All {said.limit} workers are",
        "place": one_line(said.place),
        "place_named": f", {one_line(said.place)}," if said.place else "",
        "guarded": f" ({listed(said.names)})" if said.names else "",
        "detail": detail(said.detail),
        "when_over": " when its other jobs have ended" if said.names else " at the next turn",
    }
    if said.blame is not None:
        fields["blame"] = SENTENCES[blame.cause].why.format_map(fields)
        fields["mend"] = SENTENCES[blame.cause].next.format_map(fields)
        fields["else_mend"] = fields["mend"][:1].lower() + fields["mend"][1:]
    return fields


def _blame_fields(blame: Blame) -> dict[str, str]:
    paths = f": {listed(blame.paths)}" if blame.paths else ""
    return {
        "builds": listed(blame.builds) or "A required job",
        "build": blame.build or "BUILD",
        "tests": listed(blame.tests),
        "status": detail(blame.detail) or (f" with exit status {blame.count}" * bool(blame.count)),
        "times": number(blame.count, "time") if blame.count else "again and again",
        "fault": detail(blame.detail, MISTAKES if blame.cause is Cause.CONFIG_BROKEN else DETAIL),
        "conflict": f" with what stands before it{paths}",
    }
