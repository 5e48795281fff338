"""Reasons: the closed set of codes that say why a change waits, failed or left.

The sentences that go with them are in `report.words`; scenarios assert the codes.
"""

from __future__ import annotations

import enum


class Reason(enum.Enum):
    """Why; the value is what people and scenarios see."""

    JOB_FAILED = "JOB_FAILED"
    CONFLICT = "CONFLICT"
    DEPENDENCY_FAILED = "DEPENDENCY_FAILED"
    DEPENDENCY_ELSEWHERE = "DEPENDENCY_ELSEWHERE"
    DEPENDENCY_CYCLE = "DEPENDENCY_CYCLE"
    DEPENDENCY_WAITS = "DEPENDENCY_WAITS"
    LANDING_REFUSED = "LANDING_REFUSED"
    APPROVAL_WITHDRAWN = "APPROVAL_WITHDRAWN"
    NOT_APPROVED = "NOT_APPROVED"
    ABANDONED = "ABANDONED"
    SUPERSEDED = "SUPERSEDED"
    DEQUEUED = "DEQUEUED"
    CONFIG_BROKEN = "CONFIG_BROKEN"
    ATTEMPTS_EXHAUSTED = "ATTEMPTS_EXHAUSTED"
    TIMED_OUT = "TIMED_OUT"
    FROZEN = "FROZEN"


class Standing(enum.Enum):
    """How a change stands now; derived from its latest verdict and its place."""

    OPEN = "open"
    WAITING = "waiting"
    QUEUED = "queued"
    MERGED = "merged"
    FAILED = "failed"
    LEFT = "left"


# Reasons that a change may get over without a new approval: what it waits for may come.
PASSING = frozenset(
    {
        Reason.DEPENDENCY_ELSEWHERE,
        Reason.DEPENDENCY_WAITS,
        Reason.DEPENDENCY_FAILED,
        Reason.NOT_APPROVED,
        Reason.FROZEN,
    }
)
