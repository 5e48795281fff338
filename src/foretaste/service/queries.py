"""Queries: answers to what faces ask, each from one set of facts and, for the past, the log.

Facts are immutable, so an answer never mixes two moments; what ended long ago is folded from its
story, once, and kept for a while.
"""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Callable

from foretaste.core.blame import Memory
from foretaste.core.facts import Facts
from foretaste.core.names import BuildId, ChangeId
from foretaste.core.past import Past, past_of
from foretaste.core.prospect import Prospect
from foretaste.core.story import story
from foretaste.ports.errors import TransientError
from foretaste.ports.history import History, PastBuild
from foretaste.ports.store import Store
from foretaste.report.builds import build_view, newest_first
from foretaste.report.changes import change_view
from foretaste.report.queues import gate_view, list_views
from foretaste.report.storyline import storyline
from foretaste.report.views import BuildView, ChangeView, GateView, StoryLine
from foretaste.service.faces import BranchView, ProjectView

# A page of fifty ended changes, and several such pages; a past is a few kilobytes.
KEPT = 512


class Queries:
    """Answers a face's questions; satisfies `service.faces.Queries`, from any thread.

    `clone` makes the path of a project's repository below the host.
    """

    def __init__(
        self,
        facts: Callable[[], Facts],
        store: Store,
        history: History,
        clone: Callable[[str], str] = lambda project: f"/git/{project}",
    ) -> None:
        self._facts = facts
        self._store = store
        self._history = history
        self._clone = clone
        self._lock = threading.Lock()
        self._pasts: OrderedDict[tuple[ChangeId, float, int], Past] = OrderedDict()
        self._glance: tuple[Facts, GateView] | None = None

    def gate(self) -> GateView:
        """Return the whole gate at a glance; made once for each set of facts."""
        facts, glance = self._facts(), self._glance
        if glance is None or glance[0] is not facts:
            glance = self._glance = facts, gate_view(facts, lambda c: self._past(facts, c))
        return glance[1]

    def changes(
        self, *, state: str = "", project: str = "", limit: int = 100
    ) -> tuple[ChangeView, ...]:
        """Return changes, newest first; "" leaves a filter out."""
        facts = self._facts()
        return list_views(facts, lambda c: self._past(facts, c), (state, project), limit)

    def change(self, change: str) -> ChangeView | None:
        """Return one change with its jobs and builds, None where it is not known."""
        facts, known = self._facts(), ChangeId(change)
        if known not in facts.changes:
            return None
        return change_view(facts, known, past_of(self._store.story(known)))

    def story(self, change: str) -> tuple[StoryLine, ...] | None:
        """Return the story of one change, oldest line first, None where it is not known."""
        known = ChangeId(change)
        if known not in self._facts().changes:
            return None
        return storyline(known, story(known, self._store.story(known)))

    def build(self, build: str) -> BuildView | None:
        """Return one build, None where it is not known."""
        facts, wanted = self._facts(), BuildId(build)
        here = facts.builds.get(wanted)
        if here is not None:
            return build_view(Memory(facts, Past()), here)
        past = past_of(self._store.build_events(wanted))
        gone = past.builds.get(wanted)
        return None if gone is None else build_view(Memory(facts, past), gone)

    def builds(self, *, change: str = "", limit: int = 100) -> tuple[BuildView, ...]:
        """Return builds, newest first: of one change, or of all that run or ended lately."""
        facts = self._facts()
        if change:
            found = self.change(change)
            return () if found is None else found.builds[:limit]
        with contextlib.suppress(TransientError):  # a full disk shows what was there before it
            self._history.catch_up()
        past = Past()
        for each in self._history.recent_builds(limit):
            past.builds[each.build.id] = each.build
            past.prospects[each.build.prospect] = _prospect(each)
        known = {**past.builds, **dict(facts.builds.items())}
        newest = newest_first(known.values())[:limit]
        return tuple(build_view(Memory(facts, past), build) for build in newest)

    def projects(self) -> tuple[ProjectView, ...]:
        """Return the projects, by name, with what their guarded branches point at."""
        facts = self._facts()
        return tuple(
            ProjectView(
                project=name,
                queue=project.queue,
                branches=tuple(
                    BranchView(branch=ref.branch, commit=facts.tips.get(ref, ""))
                    for ref in project.refs
                ),
                clone=self._clone(name),
            )
            for name, project in sorted(facts.projects.items())
        )

    def _past(self, facts: Facts, change: ChangeId) -> Past:
        """Return the past of a change whose verdict names builds, else an empty one."""
        note = facts.note(change)
        verdicts = (note.verdict, note.checked)
        told = any(v is not None and v.reason is not None for v in verdicts)
        return self._remembered(facts, change) if told and note.landed is None else Past()

    def _remembered(self, facts: Facts, change: ChangeId) -> Past:
        """Return a change's past, from what is kept where nothing was said of it since."""
        note = facts.note(change)
        key = change, note.at, note.reports
        with self._lock:
            if key in self._pasts:
                self._pasts.move_to_end(key)
                return self._pasts[key]
        past = past_of(self._store.story(change))
        with self._lock:
            self._pasts[key] = past
            while len(self._pasts) > KEPT:
                self._pasts.popitem(last=False)
        return past


def _prospect(past: PastBuild) -> Prospect:
    """Return as much of a build's prospect as its name needs."""
    alone = past.pipeline == "check"
    assumed = len(past.chain) - (0 if alone else len(past.members))
    return Prospect(
        key=past.build.prospect,
        base=past.build.prospect,
        queue=past.queue,
        pipeline=past.pipeline,
        members=past.members,
        chain=past.chain,
        sizes=() if alone else (*(1,) * assumed, len(past.members)),
    )
