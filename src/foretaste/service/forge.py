"""The embedded forge: changes live in the gate's own log, so the facts are what it shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from foretaste.core.change import Change
from foretaste.core.facts import Facts
from foretaste.core.names import ChangeId, Member, Oid

Roles = Callable[[str], frozenset[str]]
"""Tells the roles that a person has now."""

TouchesConfig = Callable[[Change, Oid], bool]
"""Tells whether a change alters what its project's jobs are, by the commit that was tested."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddedForge:
    """The host of changes that were pushed to `refs/for`.

    `lands_unreleased` tells whether what depends on something unreleased may land.
    """

    facts: Callable[[], Facts]
    roles: Roles
    touches_config: TouchesConfig
    lands_unreleased: Callable[[], bool] = bool

    def family(self, change: ChangeId) -> tuple[Change, ...]:
        """Return the change, all that it needs and all that needs it, directly or not."""
        facts, found, work = self.facts(), dict[ChangeId, Change](), [change]
        while work:
            name = work.pop()
            known = facts.changes.get(name)
            if known is None or name in found:
                continue
            found[name] = known
            work.extend((*known.needs, *facts.needed_by.get(name, ())))
        return tuple(sorted(found.values(), key=lambda known: known.number))

    def may_land(self, member: Member) -> str:
        """Read approvals, roles and the newest revision again; "" when it may land."""
        facts = self.facts()
        change = facts.changes[member.change]
        if not change.open:
            return f"change {change.id} is abandoned"
        if change.revision != member.revision:
            return f"change {change.id} is at revision {change.revision} now"
        if change.unreleased and not self.lands_unreleased():
            names = ", ".join(each.name for each in change.unreleased)
            return f"change {change.id} depends on what is not released: {names}"
        entitled = [by for by in change.approved_by if "approve" in self.roles(by)]
        if not entitled:
            return f"nobody who may approve stands behind change {change.id}"
        configurers = [by for by in entitled if "config" in self.roles(by)]
        if not configurers and self.touches_config(change, _tested(facts, change)):
            return (
                f"change {change.id} alters jobs and needs an approval of someone with role config"
            )
        return ""


def _tested(facts: Facts, change: Change) -> Oid:
    """Return what its branch is being moved to; the change itself where it is not being landed."""
    moves = (
        move
        for queue in facts.queues.values()
        for key in queue.landing
        if change.member in facts.prospects[key].members
        for move in facts.prospects[key].moves
        if move.ref == change.ref
    )
    return next((move.new for move in moves), change.commit)
