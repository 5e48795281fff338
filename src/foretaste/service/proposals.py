"""Proposals: a push becomes changes, numbered in the order in which they came.

A commit belongs to the change of its project and branch that has its key (Change-Id or topic);
else it is a new one. A new revision needs new approvals.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from foretaste.core.change import Change
from foretaste.core.events import ChangesSeen, Event
from foretaste.core.facts import Facts
from foretaste.core.names import ChangeId
from foretaste.service.intents import Answer, Proposal, Propose

DEPENDENCY = re.compile(r"(?:(?P<project>[\w.-]+)/|\S*/changes/)(?P<number>[0-9]{1,9})/?")
"""`PROJECT/NUMBER`, or a change's URL, which ends in `/changes/NUMBER`."""


class ProposalError(Exception):
    """A push cannot be taken; the answer says why and what to do."""

    def __init__(self, code: str, what: str, hint: str) -> None:
        super().__init__(what)
        self.answer = Answer(code=code, what=what, hint=hint)


def propose(facts: Facts, intent: Propose) -> tuple[Answer, tuple[Event, ...]]:
    """Return the answer to a push, and the event that stores its changes; all or nothing."""
    changes: list[Change] = []
    try:
        for place, proposal in enumerate(intent.proposals):
            changes.append(_change(facts, intent, place, changes))
            _check_needs(proposal, changes[-1])
    except ProposalError as error:
        return error.answer, ()
    fresh = tuple(change for change in changes if facts.changes.get(change.id) != change)
    left_behind = _left_behind(facts, changes)
    answer = Answer(changes=tuple(change.id for change in changes))
    if not fresh:
        return answer, ()
    about = tuple(change.id for change in fresh)
    fresh = tuple(replace(each, version=each.version + 1) for each in (*fresh, *left_behind))
    why = "pushed and approved" if intent.approve else "pushed"
    return answer, (ChangesSeen(changes=fresh, about=about, why=why, by=intent.by),)


def _change(facts: Facts, intent: Propose, place: int, below: Sequence[Change]) -> Change:
    """Return the change that one commit of a push stands for, as it is after the push."""
    proposal = intent.proposals[place]
    key = proposal.change_key or f"topic:{intent.topic}" + (f":{place + 1}" if place else "")
    old = _same(facts, intent, proposal) or _find(
        facts, intent, key, below, of_topic=not proposal.change_key
    )
    parent = below[-1].id if below else None
    needs = tuple(_resolve(facts, name, below) for name in proposal.depends_on)
    if old is None:
        number = max((c.number for c in (*facts.changes.values(), *below)), default=0) + 1
        new = Change(
            id=ChangeId(str(number)),
            number=number,
            project=intent.project,
            branch=intent.branch,
            commit=proposal.commit,
            owner=intent.by,
            topic=intent.topic,
            change_key=key,
        )
    else:
        # What an unreleased dependency has become is a new revision, for it was never tested.
        revised = (proposal.commit, proposal.unreleased) != (old.commit, old.unreleased)
        new = replace(
            old,
            commit=proposal.commit,
            revision=old.revision + revised,
            approved_by=() if revised else old.approved_by,
        )
    new = replace(
        new,
        parent=parent,
        depends_on=needs,
        subject=proposal.subject,
        landable=proposal.lands,
        unreleased=proposal.unreleased,
    )
    return _approved(new, intent)


def _left_behind(facts: Facts, pushed: Sequence[Change]) -> tuple[Change, ...]:
    """Return the changes whose commits stand on a revision that is not the newest any more.

    To land one would land the old revision below it too, whatever people said of that (attack
    A04): it may not land before it is pushed again on what is there now.
    """
    revised = {
        change.id
        for change in pushed
        if (old := facts.changes.get(change.id)) is not None and old.commit != change.commit
    }
    here = {change.id for change in pushed}
    return tuple(
        replace(change, landable=False)
        for change in facts.changes.values()
        if change.parent in revised
        and change.id not in here
        and change.landable
        and facts.note(change.id).landed is None
    )


def _approved(change: Change, intent: Propose) -> Change:
    if not intent.approve or intent.by in change.approved_by:
        return change
    approvers = (*change.approved_by, intent.by)
    return replace(change, approved_by=approvers, approval=change.approval + 1)


def _same(facts: Facts, intent: Propose, proposal: Proposal) -> Change | None:
    """Return the open change that already is this commit: a stack may stand on others' work."""
    there = (intent.project, intent.branch, proposal.commit)
    return next(
        (
            change
            for change in facts.changes.values()
            if (change.project, change.branch, change.commit) == there
            and change.open
            and facts.note(change.id).landed is None
        ),
        None,
    )


def _find(
    facts: Facts, intent: Propose, key: str, below: Sequence[Change], *, of_topic: bool
) -> Change | None:
    """Return the change with this key; a topic is free again when its change has ended."""
    if any(change.change_key == key for change in below):
        what, hint = f"two commits of this push have the key {key}", "give each its own Change-Id"
        raise ProposalError("FT416", what, hint)
    found = [
        change
        for change in facts.changes.values()
        if change.change_key == key
        and (change.project, change.branch) == (intent.project, intent.branch)
    ]
    newest = max(found, key=lambda change: change.number, default=None)
    if newest is None:
        return None
    landed = facts.note(newest.id).landed is not None
    if not landed and newest.open:
        return newest
    if of_topic:
        return None
    state = "has landed" if landed else "is abandoned"
    what = f"change {newest.id} with this Change-Id {state}"
    hint = "use a new Change-Id" if landed else f"`foretaste reopen {newest.id}`, then push again"
    raise ProposalError("FT417", what, hint)


def _resolve(facts: Facts, name: str, below: Sequence[Change]) -> ChangeId:
    """Return the change that a Depends-On line names."""
    match = DEPENDENCY.fullmatch(name.strip())
    known: dict[ChangeId, Change] = {c.id: c for c in (*facts.changes.values(), *below)}
    found = known.get(ChangeId(match["number"])) if match else None
    if match is None or found is None or match["project"] not in {None, found.project}:
        what = f"Depends-On: {name} names no change that is here"
        hint = "write PROJECT/NUMBER or the change's URL, as `foretaste changes` shows them"
        raise ProposalError("FT418", what, hint)
    return found.id


def _check_needs(proposal: Proposal, change: Change) -> None:
    if change.id in change.depends_on:
        what = f"{proposal.subject!r} depends on itself"
        raise ProposalError("FT419", what, "remove the Depends-On line")
