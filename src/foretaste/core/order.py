"""Order: what enters a queue, in which order, and what has to leave it.

The whole order of a queue is here. One event about a change brings in what it needs, the change
itself, and then whatever was waiting for them, depth first: each item is followed by the changes
stacked on it, by number (scenarios s22 to s24, s30). Items leave in the order of the queue.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from foretaste.core.change import Change
from foretaste.core.events import CheckStarted, Considered, Enqueued, Event, Judged, Waited
from foretaste.core.facts import Facts, Queue
from foretaste.core.family import groups
from foretaste.core.names import ChangeId, Member
from foretaste.core.reasons import PASSING, Reason
from foretaste.core.verdict import Outcome, Verdict


def order(facts: Facts) -> tuple[Event, ...]:
    """Answer every change that an event was about, and every one that was disturbed.

    The answers are decisions on one snapshot: a change that leaves its queue is answered alone,
    since what else is to be done depends on the queue without it.
    """
    for change in dict.fromkeys(facts.noticed + facts.disturbed):
        if change in facts.changes and facts.place(change) is not None:
            gone = tuple(_leaving(facts, change))
            if gone:
                return gone
    arrivals = _Arrivals(facts)
    for change in facts.noticed:
        arrivals.answer(change)
    for change in facts.disturbed:
        arrivals.look_again(change)
    return tuple(arrivals.events)


def _leaving(facts: Facts, change: ChangeId) -> Iterator[Event]:
    """Yield the verdicts by which a queued change and the rest of its item leave."""
    queue, entry = facts.queue_of(change), facts.place(change)
    if queue is None or entry is None:
        return
    member = next(m for m in entry.members if m.change == change)
    verdict = why_leave(facts, member)
    if verdict is None:
        return
    yield Judged(queue=queue.name, change=change, revision=member.revision, verdict=verdict)
    because = Verdict(outcome=Outcome.FAILED, reason=Reason.DEPENDENCY_FAILED, because=change)
    for other in entry.members:
        if other != member:
            yield Judged(
                queue=queue.name, change=other.change, revision=other.revision, verdict=because
            )


def why_leave(facts: Facts, member: Member) -> Verdict | None:
    """Return the verdict with which a queued change has to leave, None where it may stay.

    The first that holds counts: what the change's own people did comes before what others did.
    """
    change, note = facts.changes[member.change], facts.note(member.change)
    left = Outcome.LEFT
    if not change.open:
        return Verdict(outcome=left, reason=Reason.ABANDONED)
    if change.revision != member.revision:
        return Verdict(outcome=left, reason=Reason.SUPERSEDED)
    if note.dequeue:
        return Verdict(outcome=left, reason=Reason.DEQUEUED)
    if not change.approved_by:
        return Verdict(outcome=left, reason=Reason.APPROVAL_WITHDRAWN)
    if not change.landable:
        return Verdict(outcome=Outcome.FAILED, reason=Reason.LANDING_REFUSED)
    missing = _missing_need(facts, change)
    if missing is None:
        return None
    return Verdict(outcome=Outcome.FAILED, reason=Reason.DEPENDENCY_FAILED, because=missing)


def _missing_need(facts: Facts, change: Change) -> ChangeId | None:
    """Return a change that `change` needs and that neither landed nor stands ahead of it."""
    entry, queue = facts.place(change.id), facts.queue_of(change.id)
    if entry is None or queue is None:
        return None
    for need in change.needs:
        if facts.note(need).landed is not None or need in entry.changes:
            continue
        place = facts.place(need) if need in facts.changes else None
        ahead = queue.entries[: queue.entries.index(entry)]
        if place not in ahead:
            return need
    return None


@dataclass(frozen=True, slots=True)
class _Refusal:
    """Why a change cannot be enqueued now."""

    reason: Reason
    because: ChangeId | None = None
    told: bool = False


@dataclass(slots=True)
class _Arrivals:
    """The decisions of one pass, with what they have placed so far."""

    facts: Facts
    events: list[Event] = field(default_factory=list)
    placed: set[ChangeId] = field(default_factory=set)

    def answer(self, change_id: ChangeId) -> None:
        """Decide on a change that an event was about."""
        change = self.facts.changes.get(change_id)
        if change is None or self._settled(change):
            self.events.append(Considered(change=change_id))
        elif not change.approved_by:
            self._check(change)
        elif self._wanted(change):
            self._approved(change)
        else:
            self.events.append(Considered(change=change_id))

    def _settled(self, change: Change) -> bool:
        """Whether there is nothing to decide: closed, landed, queued, or not ours."""
        return (
            not change.open
            or self._placed(change.id)
            or self.facts.note(change.id).landed is not None
            or self.facts.queue_of(change.id) is None
        )

    def look_again(self, change_id: ChangeId) -> None:
        """Decide on a change whose circumstances changed; nothing new is told of it."""
        change = self.facts.changes.get(change_id)
        if change is not None and change.ready and not self._placed(change_id):
            waits = self.facts.note(change_id).waits is not None
            if waits and self._wanted(change):
                self._bring(change_id)
        self.events.append(Considered(change=change_id))

    def _approved(self, change: Change) -> None:
        refusal = self._bring(change.id)
        if refusal is None:
            return
        note = self.facts.note(change.id)
        news = (note.waits, note.waits_for) != (refusal.reason, refusal.because)
        self.events.append(
            Waited(
                change=change.id,
                reason=refusal.reason,
                because=refusal.because,
                told=refusal.told and news,
            )
        )

    def _placed(self, change: ChangeId) -> bool:
        return change in self.placed or self.facts.place(change) is not None

    def _wanted(self, change: Change) -> bool:
        """Whether nothing was said of it that stands: a verdict is not given twice."""
        note = self.facts.note(change.id)
        if note.landed is not None:
            return False
        if note.verdict is None or note.verdict.reason in PASSING:
            return True
        return change.revision > note.revision or change.approval > note.approval

    def _needs(self, change: ChangeId) -> tuple[ChangeId, ...]:
        """What a change needs that has not landed; what is not known is kept, to be refused."""
        known = self.facts.changes.get(change)
        needs = () if known is None else known.needs
        return tuple(need for need in needs if self.facts.note(need).landed is None)

    def _bring(self, change: ChangeId) -> _Refusal | None:
        """Place a change with what it needs, then what waits for any of them; or say why not.

        What is stacked on an item follows it before the next item is placed, so that a tree of
        changes is walked depth first; the stack of work is ours, a tree may be deep.
        """
        queue = self.facts.queue_of(change)
        if queue is None:
            return _Refusal(Reason.DEPENDENCY_ELSEWHERE)
        work, refusal = self._together(change, queue)
        while work and refusal is None:
            group = work.pop()
            if self._placed(group[0]):
                continue
            self._place(group, queue, change)
            for dependent in reversed(self._dependents(group)):
                more, unwilling = self._together(dependent, queue)
                work += [] if unwilling else more
        return refusal

    def _together(
        self, change: ChangeId, queue: Queue
    ) -> tuple[list[tuple[ChangeId, ...]], _Refusal | None]:
        """Return the groups that must stand in the queue for a change, its own first."""
        together = groups(change, self._needs)
        refusals = (self._refused(group, change, queue) for group in together)
        return list(reversed(together)), next(filter(None, refusals), None)

    def _refused(
        self, group: tuple[ChangeId, ...], change: ChangeId, queue: Queue
    ) -> _Refusal | None:
        """Say why a group cannot stand in the queue, for the sake of `change`."""
        facts = self.facts
        for name in group:
            known = facts.changes.get(name)
            because = None if name == change else name
            if known is None or not known.open:
                return _Refusal(Reason.DEPENDENCY_WAITS, because)
            if facts.queue_of(name) != queue:
                return _Refusal(Reason.DEPENDENCY_ELSEWHERE, because, told=True)
            if self._placed(name):
                continue
            if len(group) > 1 and not facts.projects[known.project].allow_cycles:
                return _Refusal(Reason.DEPENDENCY_CYCLE, because or group[0], told=True)
            if not known.ready:
                waits = Reason.DEPENDENCY_WAITS if because else Reason.NOT_APPROVED
                return _Refusal(waits, because)
            if not self._wanted(known):
                return _Refusal(Reason.DEPENDENCY_FAILED, because, told=True)
        return None

    def _place(self, group: tuple[ChangeId, ...], queue: Queue, about: ChangeId) -> None:
        changes = sorted((self.facts.changes[name] for name in group), key=lambda c: c.number)
        members = tuple(change.member for change in changes)
        self.placed.update(group)
        self.events.append(Enqueued(queue=queue.name, items=(members,), about=about))

    def _dependents(self, group: tuple[ChangeId, ...]) -> list[ChangeId]:
        """Return what needs a member of the group and may be brought in now, by number."""
        found = {
            name: self.facts.changes[name].number
            for member in group
            for name in self.facts.needed_by.get(member, ())
            if self.facts.changes[name].ready
            and not self._placed(name)
            and self._wanted(self.facts.changes[name])
        }
        return sorted(found, key=lambda name: found[name])

    def _check(self, change: Change) -> None:
        """Start a check of a change that is not approved, unless the same one runs."""
        running = self.facts.checks.get(change.id)
        needs = tuple(
            self.facts.changes[name].member
            for group in groups(change.id, self._needs)
            for name in group
            if name != change.id and name in self.facts.changes
        )
        members = (*needs, change.member)
        if running is not None and running.members == members:
            self.events.append(Considered(change=change.id))
            return
        self._start_check(change, needs)

    def _start_check(self, change: Change, needs: tuple[Member, ...]) -> None:
        queue = self.facts.queue_of(change.id)
        if queue is None:
            return
        refs = {self.facts.changes[member.change].ref for member in (*needs, change.member)}
        refs |= self.facts.refs_of(queue.name)
        tips = self.facts.tips
        state = tuple(sorted((ref, tips[ref]) for ref in refs if ref in tips))
        self.events.append(
            CheckStarted(change=change.id, needs=needs, base=queue.base, state=state)
        )
