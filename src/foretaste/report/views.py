"""Views: what every face shows, as plain records; CLI, API, page and `remote:` lines agree.

A view is derived from facts each time it is asked for. The field names are the JSON keys and
the column names. Times are seconds since 1970 (UTC) as floats, 0.0 where unknown.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildView:
    """One build. `prospect` is its name such as `[A,B]`, `label` `tests[3.11][A,B]`."""

    id: str
    job: str
    label: str
    change: str
    project: str
    prospect: str
    pipeline: str
    attempt: int
    state: str
    fault: str
    voting: bool
    why: str
    tests: int | None
    failed: tuple[str, ...]
    seconds: float
    phases: dict[str, float]
    log_size: int
    artefacts: tuple[str, ...]
    wanted_at: float
    ended_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """One job of an item: its newest build where it has one, else why it has none yet.

    Of a job that is reused, `build` is the one elsewhere whose verdict counts here too.
    """

    name: str
    change: str
    state: str  # waiting, wanted, running, passed, failed, cancelled, lost, skipped, reused
    voting: bool
    build: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeView:
    """One change: *state, why, what next* first, then the rest.

    `state` is open, waiting, queued, merged, failed or left; `reason` a code of the closed set
    or ""; `why` and `next` are sentences from `report.words`; `because` the change to blame.
    """

    change: str
    project: str
    branch: str
    revision: int
    subject: str
    owner: str
    topic: str
    state: str
    reason: str
    why: str
    next: str
    because: str
    commit: str
    landed: str
    approved_by: tuple[str, ...]
    needs: tuple[str, ...]
    needed_by: tuple[str, ...]
    queue: str
    position: int  # from 1; 0 where it is in no queue
    assumes: tuple[str, ...]  # the changes that its prospect assumes, in landing order
    check: str  # "", running, passed, failed
    jobs: tuple[JobView, ...]
    builds: tuple[BuildView, ...]
    tests: tuple[str, ...]  # the tests that failed, where they decided it
    at: float
    unreleased: tuple[str, ...] = ()  # what it is tested with: NAME@URL@REF (commit)


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """One item in its queue, in landing order; failing items stay until they are reported.

    `state` is waiting, preparing, building, passed, failing, blocked or landing.
    """

    position: int
    changes: tuple[str, ...]
    project: str
    subject: str
    state: str
    reason: str
    waiting_for: str
    assumes: tuple[str, ...]
    active: bool  # within the window
    jobs: tuple[JobView, ...]
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """One queue in speculative order."""

    queue: str
    projects: tuple[str, ...]
    window: int
    frozen: str
    items: tuple[ItemView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GateView:
    """The whole gate at a glance: what the first page shows."""

    held: str
    workers: int
    running: int
    queues: tuple[QueueView, ...]
    checks: tuple[ItemView, ...]
    recent: tuple[ChangeView, ...]  # ended, newest first, at most 50
    open: tuple[ChangeView, ...]  # open changes in no queue


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryLine:
    """One line of a story: when, a code for machines, and the sentence."""

    seq: int
    at: float
    code: str
    text: str
    build: str = ""
