"""The host of a scenario's changes: what it knows and the gate may not know yet."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from foretaste.core.change import Change
from foretaste.core.names import ChangeId, Member, Oid


@dataclass(slots=True)
class MemoryForge:
    """Keeps changes as their people see them; the twin of a real forge."""

    changes: dict[ChangeId, Change] = field(default_factory=dict)
    refusing: set[ChangeId] = field(default_factory=set)
    refusing_once: set[ChangeId] = field(default_factory=set)
    told: dict[ChangeId, dict[str, str]] = field(default_factory=dict)

    def family(self, change: ChangeId) -> tuple[Change, ...]:
        """Return the change, all that it needs and all that needs it, directly or not."""
        found: set[ChangeId] = set()
        work = [change]
        while work:
            name = work.pop()
            if name in found or name not in self.changes:
                continue
            found.add(name)
            work.extend(self.changes[name].needs)
            work.extend(c.id for c in self.changes.values() if name in c.needs)
        return tuple(self.changes[name] for name in self.changes if name in found)

    def may_land(self, member: Member) -> str:
        """Say why the host will not land the change, "" where it will."""
        change = self.changes[member.change]
        if member.change in self.refusing or not change.landable:
            return "the host refuses"
        if member.change in self.refusing_once:
            self.refusing_once.discard(member.change)
            return "the host refuses, this once"
        if not change.ready or change.revision != member.revision:
            return "it is not approved any more"
        return ""

    def tell(self, change: ChangeId, report: str, kind: str) -> None:
        """Take a message about a change; the same one twice is one."""
        self.told.setdefault(change, {})[report] = kind

    def edit(self, change: Change) -> None:
        """Take an edited change; it is news to whoever knows an older version."""
        self.changes[change.id] = replace(change, version=change.version + 1)

    def approve(self, change: ChangeId) -> None:
        """Approve the newest revision."""
        known = self.changes[change]
        count = known.approval + 1
        self.edit(replace(known, approved_by=("reviewer",), approval=count, open=True))

    def revise(self, change: ChangeId, commit: Oid) -> None:
        """Give the change a new revision, which nobody has approved."""
        known = self.changes[change]
        self.edit(replace(known, revision=known.revision + 1, commit=commit, approved_by=()))
