"""Views of changes: *state, why, what next* first, then the rest."""

from __future__ import annotations

from foretaste.core.blame import Memory
from foretaste.core.build import Build
from foretaste.core.cause import Explanation
from foretaste.core.explain import explain
from foretaste.core.facts import Facts, Note
from foretaste.core.names import BuildId, ChangeId
from foretaste.core.outlook import Outlook, job_outlooks, outlooks
from foretaste.core.past import Past
from foretaste.core.prospect import Prospect
from foretaste.core.stance import assess, check_key
from foretaste.core.verdict import Outcome
from foretaste.report.builds import build_view, job_views, newest_first, past_job_views
from foretaste.report.views import BuildView, ChangeView, JobView
from foretaste.report.words import what_next, why


def change_view(
    facts: Facts, change: ChangeId, past: Past, outlook: Outlook | None = None
) -> ChangeView:
    """Return a change with its jobs and builds; `past` is what its story tells of them."""
    outlook = outlook or outlook_of(facts, change)
    memory = Memory(facts, past)
    jobs = _jobs(memory, change, outlook)
    return _view(
        facts, explain(facts, change, past, outlook), outlook, (jobs, _builds(memory, change))
    )


def brief_view(
    facts: Facts, change: ChangeId, past: Past, outlook: Outlook | None = None
) -> ChangeView:
    """Return a change as lists show it, without its jobs and builds."""
    return _view(facts, explain(facts, change, past, outlook), outlook, ((), ()))


def outlook_of(facts: Facts, change: ChangeId) -> Outlook | None:
    """Return how the item of a change stands in its queue, None where it is in none."""
    queue = facts.queue_of(change)
    if queue is None or facts.place(change) is None:
        return None
    return next(o for o in outlooks(facts, queue) if change in o.stance.entry.changes)


def _view(
    facts: Facts,
    said: Explanation,
    outlook: Outlook | None,
    parts: tuple[tuple[JobView, ...], tuple[BuildView, ...]],
) -> ChangeView:
    known, note = facts.changes[said.change], facts.note(said.change)
    queue = facts.queue_of(said.change) if outlook is not None else None
    jobs, builds = parts
    return ChangeView(
        change=known.id,
        project=known.project,
        branch=known.branch,
        revision=known.revision,
        subject=known.subject,
        owner=known.owner,
        topic=known.topic,
        state=said.standing.value,
        reason="" if said.reason is None else said.reason.value,
        why=why(said),
        next=what_next(said),
        because=said.because or "",
        commit=known.commit,
        landed=note.landed or "",
        approved_by=known.approved_by,
        needs=known.needs,
        needed_by=facts.needed_by.get(known.id, ()),
        queue="" if queue is None else queue.name,
        position=0 if outlook is None else outlook.position,
        assumes=() if outlook is None else outlook.assumes,
        check=check_word(facts, known.id, note),
        jobs=jobs,
        builds=builds,
        tests=() if said.blame is None else said.blame.tests,
        at=note.at,
        unreleased=tuple(
            f"{each.name}@{each.url}@{each.ref} ({each.commit[:12]})" for each in known.unreleased
        ),
    )


def check_word(facts: Facts, change: ChangeId, note: Note) -> str:
    """Return how the check of the newest revision stands: "", running, passed or failed."""
    if change in facts.checks:
        return "running"
    if note.checked is None or note.checked_revision != facts.changes[change].revision:
        return ""
    return "passed" if note.checked.outcome is Outcome.PASSED else "failed"


def _jobs(memory: Memory, change: ChangeId, outlook: Outlook | None) -> tuple[JobView, ...]:
    """Return the jobs of the item, else of the check that runs, else of what was tested last."""
    facts = memory.facts
    if outlook is not None:
        return job_views(facts, outlook.jobs, change)
    check = facts.checks.get(change)
    if check is not None:
        stances = assess(facts, facts.prospects.get(check_key(check))).jobs
        return job_views(facts, job_outlooks(facts, stances), change)
    tested = _tested_last(memory, change)
    return () if tested is None else past_job_views(memory, tested, change)


def _tested_last(memory: Memory, change: ChangeId) -> Prospect | None:
    prospects = reversed(memory.past.prospects.values())
    return next((prospect for prospect in prospects if prospect.jobs(change)), None)


def _builds(memory: Memory, change: ChangeId) -> tuple[BuildView, ...]:
    """Return every build of the change that is remembered, newest first."""
    known: dict[BuildId, Build] = dict(memory.past.builds)
    known.update(memory.facts.builds.items())
    mine = (build for build in known.values() if _runs(memory, change, build))
    return tuple(build_view(memory, build) for build in newest_first(mine))


def _runs(memory: Memory, change: ChangeId, build: Build) -> bool:
    if build.change is not None:
        return build.change == change
    prospect = memory.prospect(build)
    return prospect is not None and any(member.change == change for member in prospect.members)
