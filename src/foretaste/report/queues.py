"""Views of the gate: its queues in speculative order, its checks, what ended and what is open."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from foretaste.core.explain import explain
from foretaste.core.facts import Check, Facts, Queue
from foretaste.core.names import ChangeId
from foretaste.core.outlook import Outlook, job_outlooks, outlooks
from foretaste.core.past import Past
from foretaste.core.reasons import Standing
from foretaste.core.stance import assess, check_key
from foretaste.core.standing import standing
from foretaste.report.builds import job_views
from foretaste.report.changes import brief_view
from foretaste.report.views import ChangeView, GateView, ItemView, QueueView
from foretaste.report.words import why

# What the first page holds of what has ended and of what waits outside; the rest is a list away.
RECENT = 50
OPEN = 200

PastOf = Callable[[ChangeId], Past]
"""Returns what is remembered of a change that has ended."""

ENDED = frozenset({Standing.MERGED, Standing.FAILED, Standing.LEFT})


def gate_view(facts: Facts, past_of: PastOf) -> GateView:
    """Return the whole gate at a glance."""
    stands = {change: standing(facts, change) for change in facts.changes}
    ended = (change for change, state in stands.items() if state in ENDED)
    outside = (c for c, state in stands.items() if state in {Standing.OPEN, Standing.WAITING})
    recent = heapq.nlargest(RECENT, ended, key=lambda change: _last(facts, change))
    free = heapq.nlargest(OPEN, outside, key=lambda change: _last(facts, change))
    checks = sorted(facts.checks.values(), key=lambda check: check.number)
    return GateView(
        held=facts.held,
        workers=facts.policy.workers,
        running=len(facts.live),
        queues=tuple(queue_view(facts, queue) for _, queue in sorted(facts.queues.items())),
        checks=tuple(check_item(facts, check) for check in checks),
        recent=tuple(brief_view(facts, change, past_of(change)) for change in recent),
        open=tuple(brief_view(facts, change, past_of(change)) for change in free),
    )


def _last(facts: Facts, change: ChangeId) -> tuple[float, int]:
    return facts.note(change).at, facts.changes[change].number


def queue_view(facts: Facts, queue: Queue) -> QueueView:
    """Return one queue in speculative order."""
    projects = (
        project.name
        for project in facts.projects.values()
        if any(project.queue_of(branch) == queue.name for branch in project.branches)
    )
    return QueueView(
        queue=queue.name,
        projects=tuple(sorted(projects)),
        window=queue.window,
        frozen=queue.frozen,
        items=tuple(item_view(facts, outlook) for outlook in outlooks(facts, queue)),
    )


def item_view(facts: Facts, outlook: Outlook) -> ItemView:
    """Return one item; what it waits for is told of its first change."""
    changes = outlook.stance.entry.changes
    first = facts.changes[changes[0]]
    said = explain(facts, first.id, outlook=outlook)
    return ItemView(
        position=outlook.position,
        changes=changes,
        project=first.project,
        subject=first.subject,
        state=outlook.stage.value,
        reason="" if said.reason is None else said.reason.value,
        waiting_for=why(said),
        assumes=outlook.assumes,
        active=outlook.active,
        jobs=job_views(facts, outlook.jobs),
        at=outlook.stance.entry.at,
    )


def check_item(facts: Facts, check: Check) -> ItemView:
    """Return a check that runs, as an item of its own; it stands in no queue."""
    change = facts.changes[check.change]
    found = assess(facts, facts.prospects.get(check_key(check)))
    said = explain(facts, check.change)
    needs = (member.change for member in check.members if member.change != check.change)
    return ItemView(
        position=0,
        changes=(check.change,),
        project=change.project,
        subject=change.subject,
        state=found.state.value,
        reason="" if found.reason is None else found.reason.value,
        waiting_for=why(said),
        assumes=tuple(needs),
        active=True,
        jobs=job_views(facts, job_outlooks(facts, found.jobs)),
        at=check.at,
    )


def list_views(
    facts: Facts, past_of: PastOf, wanted: tuple[str, str], limit: int
) -> tuple[ChangeView, ...]:
    """Return changes, newest first; `wanted` is a state and a project, "" for any."""
    state, project = wanted
    mine = (
        change
        for change in facts.changes.values()
        if (not project or change.project == project)
        and (not state or standing(facts, change.id).value == state)
    )
    newest = heapq.nlargest(limit, mine, key=lambda change: (change.number, change.id))
    places = {
        change: outlook
        for queue in facts.queues.values()
        for outlook in outlooks(facts, queue)
        for change in outlook.stance.entry.changes
    }
    return tuple(brief_view(facts, c.id, past_of(c.id), places.get(c.id)) for c in newest)
