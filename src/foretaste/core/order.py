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
from foretaste.core.facts import Entry, Facts, Queue
from foretaste.core.family import groups
from foretaste.core.names import ChangeId, Member, State
from foretaste.core.reasons import PASSING, Reason
from foretaste.core.verdict import Outcome, Verdict


def order(facts: Facts) -> tuple[Event, ...]:
    """Answer every change that an event was about, and every one that was disturbed.

    The answers are decisions on one snapshot: a change that leaves its queue is answered alone,
    since what else is to be done depends on the queue without it.
    """
    for change in dict.fromkeys(facts.noticed + facts.disturbed):
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
    found = facts.whereabouts(change)
    if found is None:
        return
    queue, entry = found
    verdict = _why_leave(facts, queue, entry, change)
    if verdict is None:
        return
    because = Verdict(outcome=Outcome.FAILED, reason=Reason.DEPENDENCY_FAILED, because=change)
    for member in sorted(entry.members, key=lambda each: each.change != change):
        yield Judged(
            queue=queue.name,
            change=member.change,
            revision=member.revision,
            verdict=verdict if member.change == change else because,
        )


def _why_leave(facts: Facts, queue: Queue, entry: Entry, name: ChangeId) -> Verdict | None:
    """Return the verdict with which a queued change has to leave, None where it may stay.

    The first that holds counts: what the change's own people did comes before what others did.
    """
    change, left = facts.changes[name], Outcome.LEFT
    if not change.open:
        return Verdict(outcome=left, reason=Reason.ABANDONED)
    if change.member not in entry.members:
        return Verdict(outcome=left, reason=Reason.SUPERSEDED)
    if facts.note(name).dequeue:
        return Verdict(outcome=left, reason=Reason.DEQUEUED)
    if facts.queue_of(name) is not queue:
        what = f"{change.project} {change.branch} does not land through queue {queue.name} any more"
        return Verdict(outcome=left, reason=Reason.DEQUEUED, detail=what)
    if not change.approved_by:
        return Verdict(outcome=left, reason=Reason.APPROVAL_WITHDRAWN)
    if not change.landable:
        return Verdict(outcome=Outcome.FAILED, reason=Reason.LANDING_REFUSED)
    missing = _missing_need(facts, queue, entry, change)
    if missing is None:
        return None
    return Verdict(outcome=Outcome.FAILED, reason=Reason.DEPENDENCY_FAILED, because=missing)


def _missing_need(facts: Facts, queue: Queue, entry: Entry, change: Change) -> ChangeId | None:
    """Return a change that `change` needs and that neither landed nor stands ahead of it."""
    ahead = queue.entries[: queue.entries.index(entry)]
    there = {name for each in (*ahead, entry) for name in each.changes}
    missing = (
        need for need in change.needs if facts.note(need).landed is None and need not in there
    )
    return next(missing, None)


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
        change, queue = self._known(change_id)
        if change is None or queue is None or self._settled(change):
            self.events.append(Considered(change=change_id))
        elif not change.approved_by or change.only_checked:
            self._check(change, queue)
        elif self._wanted(change):
            self._approved(change, queue)
        else:
            self.events.append(Considered(change=change_id))

    def _known(self, change: ChangeId) -> tuple[Change | None, Queue | None]:
        """Return a change and the queue that it lands through; None for what is not ours."""
        known = self.facts.changes.get(change)
        return known, None if known is None else self.facts.queue_of(change)

    def _settled(self, change: Change) -> bool:
        """Whether there is nothing to decide: closed, queued, or landed."""
        landed = self.facts.note(change.id).landed is not None
        return not change.open or landed or self._placed(change.id)

    def look_again(self, change_id: ChangeId) -> None:
        """Decide on a change whose circumstances changed; nothing new is told of it."""
        change, queue = self._known(change_id)
        if change is not None and queue is not None and self._waits(change):
            self._bring(change_id, queue)
        self.events.append(Considered(change=change_id))

    def _waits(self, change: Change) -> bool:
        """Whether a change could be let in, and was told to wait when it was looked at last."""
        waits = self.facts.note(change.id).waits is not None
        return waits and change.ready and not self._placed(change.id) and self._wanted(change)

    def _approved(self, change: Change, queue: Queue) -> None:
        refusal = self._bring(change.id, queue)
        if refusal is None:
            return
        note = self.facts.note(change.id)
        # Who approves twice is not told the same twice.
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

    def _bring(self, change: ChangeId, queue: Queue) -> _Refusal | None:
        """Place a change with what it needs, then what waits for any of them; or say why not.

        What is stacked on an item follows it before the next item is placed, so that a tree of
        changes is walked depth first; the stack of work is ours, a tree may be deep.
        """
        work, refusal = self._together(change, queue)
        while work and refusal is None:
            group = work.pop()
            # Reached before on another way: of a diamond of needs each is placed once.
            if any(map(self._placed, group)):
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
        for name in group:
            because = None if name == change else name
            refusal = self._unfit(name, because, queue)
            if refusal is None and not self._placed(name):
                refusal = self._unpaired(group, name, because) or self._unready(name, because)
            if refusal is not None:
                return refusal
        return None

    def _unfit(self, name: ChangeId, because: ChangeId | None, queue: Queue) -> _Refusal | None:
        """Say why a change has no place in the queue, as far as its host and settings go."""
        known = self.facts.changes.get(name)
        if known is None or not known.open:
            return _Refusal(Reason.DEPENDENCY_WAITS, because)
        if self.facts.queue_of(name) is not queue:
            return _Refusal(Reason.DEPENDENCY_ELSEWHERE, because, told=True)
        return None

    def _unpaired(
        self, group: tuple[ChangeId, ...], name: ChangeId, because: ChangeId | None
    ) -> _Refusal | None:
        """Say why a change may not land together with those that it needs in a circle."""
        project = self.facts.projects[self.facts.changes[name].project]
        if len(group) == 1 or project.allow_cycles:
            return None
        return _Refusal(Reason.DEPENDENCY_CYCLE, because or group[0], told=True)

    def _unready(self, name: ChangeId, because: ChangeId | None) -> _Refusal | None:
        """Say why a change cannot be let in yet."""
        known = self.facts.changes[name]
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

    def _check(self, change: Change, queue: Queue) -> None:
        """Start a check of a change that is not approved, unless the same one runs."""
        running = self.facts.checks.get(change.id)
        needs = tuple(
            self.facts.changes[name].member
            for group in groups(change.id, self._needs)
            for name in group
            if name != change.id and name in self.facts.changes
        )
        members = (*needs, change.member)
        # The same revisions of the same needs: its answer will be the answer to this, too.
        if running is not None and running.members == members:
            self.events.append(Considered(change=change.id))
            return
        self.events.append(
            CheckStarted(
                change=change.id,
                queue=queue.name,
                needs=needs,
                base=queue.base,
                state=self._state(members, queue),
            )
        )

    def _state(self, members: tuple[Member, ...], queue: Queue) -> State:
        """Return the branches of the queue and of these changes as they are now."""
        refs = {self.facts.changes[member.change].ref for member in members}
        refs |= self.facts.refs_of(queue.name)
        tips = self.facts.tips
        return tuple(sorted((ref, tips[ref]) for ref in refs if ref in tips))
