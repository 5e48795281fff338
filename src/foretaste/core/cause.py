"""Cause: every way in which a change can stand, as a code with its data; no sentences.

`reasons.Reason` is what scenarios and verdicts speak; a cause is finer, so that each has exactly
one sentence of *why* and one of *what next* (in `report.words`).
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from foretaste.core.names import BuildId, ChangeId
from foretaste.core.reasons import Reason, Standing


class Cause(enum.Enum):
    """Why a change stands as it does."""

    # open: nobody has approved this revision
    NOT_APPROVED = "NOT_APPROVED"
    NEW_REVISION = "NEW_REVISION"
    CHECK_RUNNING = "CHECK_RUNNING"
    CHECK_PASSED = "CHECK_PASSED"
    CHECK_FAILED = "CHECK_FAILED"
    NOT_GUARDED = "NOT_GUARDED"
    # waiting: approved, and in no queue
    NOT_LANDABLE = "NOT_LANDABLE"
    NOT_RELEASED = "NOT_RELEASED"
    LOOKED_AT_NEXT = "LOOKED_AT_NEXT"
    NOT_ASKED = "NOT_ASKED"
    NEED_UNKNOWN = "NEED_UNKNOWN"
    NEED_CLOSED = "NEED_CLOSED"
    NEED_NOT_APPROVED = "NEED_NOT_APPROVED"
    NEED_WAITS = "NEED_WAITS"
    NEED_ELSEWHERE = "NEED_ELSEWHERE"
    NEED_IN_A_CYCLE = "NEED_IN_A_CYCLE"
    QUEUE_CLOSED = "QUEUE_CLOSED"
    # queued
    GATE_HELD = "GATE_HELD"
    QUEUE_FROZEN = "QUEUE_FROZEN"
    OUT_OF_WINDOW = "OUT_OF_WINDOW"
    PREPARED_NEXT = "PREPARED_NEXT"
    PREPARING = "PREPARING"
    BUILDING = "BUILDING"
    BUILT_NEXT = "BUILT_NEXT"
    JOB_HOLDS = "JOB_HOLDS"
    SEMAPHORE_TAKEN = "SEMAPHORE_TAKEN"
    WORKERS_BUSY = "WORKERS_BUSY"
    BUILD_LOST = "BUILD_LOST"
    PASSED_BEHIND = "PASSED_BEHIND"
    LANDS_NEXT = "LANDS_NEXT"
    LANDING = "LANDING"
    LANDING_AGAIN = "LANDING_AGAIN"
    FAILING = "FAILING"
    FAILS_NEXT = "FAILS_NEXT"
    NEED_FAILING = "NEED_FAILING"
    # merged
    LANDED = "LANDED"
    # failed
    TESTS_FAILED = "TESTS_FAILED"
    JOB_FAILED = "JOB_FAILED"
    REPORT_MISSING = "REPORT_MISSING"
    REPORT_EMPTY = "REPORT_EMPTY"
    REPORT_SHRUNK = "REPORT_SHRUNK"
    LIMIT_HIT = "LIMIT_HIT"
    JOB_REFUSED = "JOB_REFUSED"
    TIMED_OUT = "TIMED_OUT"
    ATTEMPTS_EXHAUSTED = "ATTEMPTS_EXHAUSTED"
    CONFLICT = "CONFLICT"
    CONFIG_BROKEN = "CONFIG_BROKEN"
    NEED_FAILED = "NEED_FAILED"
    LANDING_REFUSED = "LANDING_REFUSED"
    # left
    APPROVAL_WITHDRAWN = "APPROVAL_WITHDRAWN"
    ABANDONED = "ABANDONED"
    SUPERSEDED = "SUPERSEDED"
    DEQUEUED = "DEQUEUED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Blame:
    """What made a prospect fail, or would.

    `because` is the other change that is to blame, `builds` the labels of the builds that failed
    and `build` the id of the first, `count` an exit status or a number of attempts.
    """

    cause: Cause
    because: ChangeId | None = None
    builds: tuple[str, ...] = ()
    build: BuildId | None = None
    tests: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    detail: str = ""
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """*State, why, what next* of one change, as codes and data.

    `reason` is the code of the closed set, where one stands. `blame` is what failed (for a
    failed change, a failing item, a failed check). `because` is the change that it waits for and
    `stands` how that one stands, `others` the changes in front that matter (assumed, or to land first), `names` jobs or a
    semaphore, `count` and `limit` the numbers of the sentence, `place` a queue or a branch.
    """

    change: ChangeId
    standing: Standing
    cause: Cause
    reason: Reason | None = None
    blame: Blame | None = None
    because: ChangeId | None = None
    stands: Standing | None = None
    others: tuple[ChangeId, ...] = ()
    names: tuple[str, ...] = ()
    detail: str = ""
    count: int = 0
    limit: int = 0
    place: str = ""
    project: str = ""
    branch: str = ""
    revision: int = 0
    commit: str = ""
