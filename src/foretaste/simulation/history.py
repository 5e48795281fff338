"""The history's twin in memory: it reads the whole log of a `MemoryStore` each time it catches up."""

from __future__ import annotations

from foretaste.core.events import BuildWanted, ChangesSeen
from foretaste.core.names import BuildId, ChangeId, ProjectName
from foretaste.core.past import Past
from foretaste.ports.history import PastBuild
from foretaste.simulation.store import MemoryStore


class MemoryHistory:
    """The port `History` over a store in memory."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._known = 0
        self._builds: dict[BuildId, PastBuild] = {}

    def catch_up(self) -> int:
        """Take in what was stored since it was last called; return how many events that was."""
        past, wanted, projects = Past(), dict[BuildId, int](), dict[ChangeId, ProjectName]()
        before, known = self._known, 0
        for recorded in self._store.since(0):
            known = recorded.seq
            past.take(recorded)
            if isinstance(recorded.event, BuildWanted):
                wanted[recorded.event.build] = recorded.seq
            elif isinstance(recorded.event, ChangesSeen):
                projects.update({change.id: change.project for change in recorded.event.changes})
        self._builds = {
            name: _past_build(past, projects, name, seq) for name, seq in wanted.items()
        }
        self._known = known
        return known - before

    def rebuild(self) -> int:
        """Forget everything and read the whole log again; return how many events that was."""
        self._known = 0
        return self.catch_up()

    def build(self, build: BuildId) -> PastBuild | None:
        """Return one build, None where there is none of that name."""
        return self._builds.get(build)

    def builds(self, change: ChangeId) -> tuple[PastBuild, ...]:
        """Return the builds of one change, the first wanted first."""
        return tuple(past for past in self._builds.values() if change in past.changes)

    def recent_builds(self, limit: int) -> tuple[PastBuild, ...]:
        """Return at most `limit` builds, the last wanted first."""
        return tuple(reversed(self._builds.values()))[:limit]


def _past_build(
    past: Past, projects: dict[ChangeId, ProjectName], name: BuildId, seq: int
) -> PastBuild:
    build = past.builds[name]
    prospect = past.prospects.get(build.prospect)
    shown = PastBuild.of(seq, build, prospect, ProjectName("")).changes
    project = projects.get(shown[-1], ProjectName("")) if shown else ProjectName("")
    return PastBuild.of(seq, build, prospect, project)
