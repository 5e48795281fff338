"""Expect: what must be true of a scenario's world, and what differs where it is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from foretaste.core.build import BuildState
from foretaste.core.events import (
    BuildEnded,
    BuildStarted,
    Enqueued,
    Judged,
    Landed,
    ProspectWanted,
    Reported,
    Waited,
)
from foretaste.core.names import ChangeId, Member, ProjectName, QueueName, Ref
from foretaste.core.verdict import Outcome
from foretaste.simulation.scenario import Expect
from foretaste.simulation.world import World, name_of


def differences(world: World, expect: Expect) -> Iterator[str]:
    """Yield a line for each key that does not hold."""
    seen = Seen(world)
    for key in ("merged", "queued"):
        wanted = getattr(expect, key)
        got = seen.merged() if key == "merged" else seen.queued(expect.queue)
        if wanted is not None and wanted != got:
            yield f"{key}: expected {wanted}, got {got}"
    for key in ("running", "failed", "left", "waiting"):
        names = getattr(expect, key)
        there = set(world.running()) if key == "running" else seen.standing(key)
        if names is not None and set(names) != there:
            yield f"{key}: expected {sorted(names)}, got {sorted(there)}"
    if expect.window is not None and expect.window != seen.window(expect.queue):
        yield f"window: expected {expect.window}, got {seen.window(expect.queue)}"
    yield from _counted(seen, expect)
    yield from _pairs("reasons", expect.reasons, seen.reasons())
    yield from _pairs("reports", expect.reports, seen.reports())
    yield from _trees(world, expect)


def _counted(seen: Seen, expect: Expect) -> Iterator[str]:
    ended = seen.ended()
    for label, state in (expect.builds or {}).items():
        if state not in ended.get(label, []):
            got = ", ".join(ended.get(label, ["nothing"]))
            yield f"builds: {label} expected {state}, got {got}"
    totals = Counter(state for states in ended.values() for state in states)
    for state, count in (expect.count or {}).items():
        if totals[state] != count:
            yield f"count: {state} expected {count}, got {totals[state]}"
    for label in expect.never or []:
        if label in seen.started():
            yield f"never: {label} was started"


def _pairs(
    key: str, wanted: Mapping[str, object] | None, got: Mapping[str, object]
) -> Iterator[str]:
    for name, value in (wanted or {}).items():
        if got.get(name, 0 if isinstance(value, int) else None) != value:
            yield f"{key}: {name} expected {value}, got {got.get(name)}"


def _trees(world: World, expect: Expect) -> Iterator[str]:
    for project, files in (expect.tree or {}).items():
        for path, wanted in files.items():
            got = world.place.read(Ref(ProjectName(project), "main"), path)
            if got != (None if wanted is False else wanted):
                yield f"tree: {project} {path} expected {wanted!r}, got {got!r}"


class Seen:
    """What can be seen of a world's gate, worked out from its facts and its log."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.facts = world.gate.facts
        self.events = [recorded.event for recorded in world.history]

    def merged(self) -> list[str]:
        """Return what landed, in order."""
        wanted = {e.key: e for e in self.events if isinstance(e, ProspectWanted)}
        return [
            name_of(member)
            for event in self.events
            if isinstance(event, Landed)
            for member in wanted[event.key].members
        ]

    def queued(self, queue: str) -> list[str]:
        """Return the items of one queue, or of all."""
        return [
            "+".join(map(name_of, entry.members))
            for name, each in self.facts.queues.items()
            if queue in {"", name}
            for entry in each.entries
        ]

    def window(self, queue: str) -> int:
        """Return the window of one queue, or of the only one."""
        name = QueueName(queue) if queue else next(iter(self.facts.queues))
        return self.facts.queues[name].window

    def started(self) -> dict[str, str]:
        """Return the labels of all builds that ever started, by build."""
        started = {e.build for e in self.events if isinstance(e, BuildStarted)}
        return {label: build for build, label in self.world.labels.items() if build in started}

    def ended(self) -> dict[str, list[str]]:
        """Return how the builds of each label ended, in order; only those that had started."""
        found: dict[str, list[str]] = {}
        over: set[str] = set()
        for event in self.events:
            if isinstance(event, BuildEnded) and event.build not in over:
                over.add(event.build)
                if event.state is not BuildState.WANTED:
                    label = self.world.labels.get(event.build, event.build)
                    found.setdefault(label, []).append(event.state.value)
        return found

    def _verdicts(self) -> dict[str, tuple[str, str]]:
        """Return outcome and reason of each revision as it stands now."""
        found: dict[str, tuple[str, str]] = {}
        for event in self.events:
            match event:
                case Judged():
                    name = name_of(Member(event.change, event.revision))
                    reason = "" if event.verdict.reason is None else event.verdict.reason.value
                    found[name] = (event.verdict.outcome.value, reason)
                case Enqueued():
                    for item in event.items:
                        for member in item:
                            found.pop(name_of(member), None)
                case Waited():
                    revision = self.facts.changes[event.change].revision
                    found[name_of(Member(event.change, revision))] = ("", event.reason.value)
                case _:
                    pass
        return found

    def standing(self, wanted: str) -> set[str]:
        """Return the revisions that stand as `wanted`: failed, left or waiting."""
        verdicts, facts = self._verdicts(), self.facts
        found = {
            name
            for name, (outcome, _) in verdicts.items()
            if outcome == wanted and outcome != Outcome.PASSED.value
        }
        for change in self.world.forge.changes.values():
            known = facts.changes.get(change.id, change)
            name, note = name_of(known.member), facts.note(change.id)
            silent = name not in verdicts or verdicts[name][0] == ""
            if note.enqueued or note.landed is not None or not silent:
                continue
            if wanted == ("waiting" if known.open else "left"):
                found.add(name)
        return found

    def reasons(self) -> dict[str, str]:
        """Return the code of the reason of each revision that ended, left or was refused."""
        found = {name: reason for name, (_, reason) in self._verdicts().items() if reason}
        for change in self.facts.changes.values():
            if not change.open:
                found.setdefault(name_of(change.member), "ABANDONED")
        return found

    def reports(self) -> dict[str, int]:
        """Return how many messages were delivered about each revision."""
        members: dict[ChangeId, Member] = {}
        found: Counter[str] = Counter()
        for event in self.events:
            if isinstance(event, Enqueued):
                members |= {m.change: m for item in event.items for m in item}
            elif isinstance(event, Reported):
                known = self.facts.changes[event.change].member
                found[name_of(members.get(event.change, known))] += 1
        return dict(found)
