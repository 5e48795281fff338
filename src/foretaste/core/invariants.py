"""Invariants: what must hold whatever the planner wanted, checked by other means than it uses.

They are asked before the gate acts on a decision to land. A broken one freezes the queue: the
branch does not move where it cannot be proved that it may.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from foretaste.core.build import BuildState
from foretaste.core.events import LandWanted
from foretaste.core.facts import Facts
from foretaste.core.job import Job
from foretaste.core.names import ChangeId, Member
from foretaste.core.prospect import Prospect, ProspectState


def broken(facts: Facts, deed: LandWanted) -> str:
    """Return why an item must not land now, "" when nothing is against it."""
    prospect = facts.prospects.get(deed.key)
    if prospect is None or prospect.status is not ProspectState.PREPARED:
        return f"prospect {deed.key} was never prepared"
    if deed.moves != prospect.moves or deed.members != prospect.members:
        return f"what is to land is not prospect {deed.key}"
    found = (*_unproved(facts, prospect), *_out_of_turn(facts, prospect))
    return "; ".join(found)


def _unproved(facts: Facts, prospect: Prospect) -> Iterator[str]:
    """Yield each voting job that did not pass as exactly this tree, or on identical inputs."""
    planned = {plan.change for plan in prospect.plans}
    for member in prospect.members:
        if member.change not in planned:
            yield f"the jobs of change {member.change} were never read"
    for plan in prospect.plans:
        for job in plan.jobs:
            if job.voting and not _passed(facts, prospect, plan.change, job):
                yield f"job {job.name} of change {plan.change} has not passed"


def _passed(facts: Facts, prospect: Prospect, change: ChangeId, job: Job) -> bool:
    """Whether the newest attempt passed; where none has a verdict, one with identical inputs."""
    run = (prospect.key, None if job.shared else change, job.name)
    states = [facts.builds[build].state for build in facts.runs.get(run, ())]
    # A failure here weighs more than a pass elsewhere, however identical the inputs looked.
    if states and states[-1] in {BuildState.PASSED, BuildState.FAILED}:
        return states[-1] is BuildState.PASSED
    verdict = job.verdict_key(facts.changes[change].ref)
    return facts.policy.reuse and bool(verdict) and verdict in facts.results


def _out_of_turn(facts: Facts, prospect: Prospect) -> Iterator[str]:
    """Yield what stands ahead of the item, and what the item was tested on that is not there.

    Items that are being landed just before it, in the same breath, count as there.
    """
    queue = facts.queues[prospect.queue]
    landing = {m for key in queue.landing for m in facts.prospects[key].members}
    ahead = [entry for entry in queue.entries if not set(entry.members) <= landing]
    if not ahead or ahead[0].members != prospect.members:
        yield f"change {prospect.members[0].change} is not the first of its queue"
    if prospect.base != (queue.landing[-1] if queue.landing else queue.base):
        yield "it was tested on other commits than those of its branches"
    there = {member.change for member in (*prospect.members, *landing)}
    for member in prospect.members:
        yield from _unready(facts, member, there)
    for name in _absent(facts, (member.change for member in prospect.chain), there):
        yield f"it was tested with change {name}, which has not landed"


def _unready(facts: Facts, member: Member, there: set[ChangeId]) -> Iterator[str]:
    """Yield why one change may not land: it is not approved as it is, or lacks what it needs."""
    change = facts.changes[member.change]
    if change.member != member or not change.approved_by or not change.open:
        yield f"change {change.id} is not approved at revision {member.revision}"
    for need in _absent(facts, change.needs, there):
        yield f"change {change.id} needs {need}, which has not landed"


def _absent(facts: Facts, names: Iterable[ChangeId], there: set[ChangeId]) -> Iterator[ChangeId]:
    return (name for name in names if name not in there and facts.note(name).landed is None)
