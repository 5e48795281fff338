"""Told: the steps of which a story is made, as codes and data; no sentences."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from foretaste.core.cause import Blame
from foretaste.core.names import BuildId, ChangeId
from foretaste.core.reasons import Reason


class Step(enum.Enum):
    """What happened to a change."""

    PUSHED = "PUSHED"
    APPROVED = "APPROVED"
    WITHDRAWN = "WITHDRAWN"
    CLOSED = "CLOSED"
    REOPENED = "REOPENED"
    SEEN = "SEEN"
    PROMOTE_ASKED = "PROMOTE_ASKED"
    DEQUEUE_ASKED = "DEQUEUE_ASKED"
    ENQUEUE_ASKED = "ENQUEUE_ASKED"
    WAITED = "WAITED"
    CHECK_STARTED = "CHECK_STARTED"
    CHECK_PASSED = "CHECK_PASSED"
    CHECK_FAILED = "CHECK_FAILED"
    CHECK_GIVEN_UP = "CHECK_GIVEN_UP"
    ENQUEUED = "ENQUEUED"
    BROUGHT_ALONG = "BROUGHT_ALONG"
    ASSUMED = "ASSUMED"
    ASSUMED_ANEW = "ASSUMED_ANEW"
    PREPARED = "PREPARED"
    CONFLICTED = "CONFLICTED"
    MISCONFIGURED = "MISCONFIGURED"
    UNPREPARED = "UNPREPARED"
    BUILD_STARTED = "BUILD_STARTED"
    BUILD_AGAIN = "BUILD_AGAIN"
    BUILD_PASSED = "BUILD_PASSED"
    BUILD_FAILED = "BUILD_FAILED"
    BUILD_LOST = "BUILD_LOST"
    BUILD_CANCELLED = "BUILD_CANCELLED"
    RESULT_REUSED = "RESULT_REUSED"
    LANDING = "LANDING"
    LANDING_REFUSED = "LANDING_REFUSED"
    LANDED = "LANDED"
    FAILED = "FAILED"
    LEFT = "LEFT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One step of a story: its event's number and wall time, what happened, and the data.

    `others` are changes (assumed, brought along by, waited for, landed with), `gone` those that
    are no longer assumed; `names` jobs; `label` a build's label; `reason` and `blame` go with
    steps that say no.
    """

    step: Step
    seq: int = 0
    at: float = 0.0
    by: str = ""
    others: tuple[ChangeId, ...] = ()
    gone: tuple[ChangeId, ...] = ()
    names: tuple[str, ...] = ()
    build: BuildId | None = None
    label: str = ""
    seconds: float = 0.0
    tests: int | None = None
    reason: Reason | None = None
    blame: Blame | None = None
    detail: str = ""
    commit: str = ""
    place: str = ""
    count: int = 0
