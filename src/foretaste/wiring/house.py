"""The house: one gate with everything that it is made of, put together and taken apart again."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import structlog

from foretaste.adapters.clock import SystemClock
from foretaste.adapters.git.repository import GitRepository
from foretaste.adapters.git.shelf import Shelf
from foretaste.adapters.git.upstreams import GitUpstreams
from foretaste.adapters.sql.database import Database, sqlite_url
from foretaste.adapters.sql.history import SqlHistory
from foretaste.adapters.sql.holder import this_process
from foretaste.adapters.sql.store import SqlStore
from foretaste.core.events import Configured, Recorded, TipsSeen
from foretaste.core.names import ChangeId, Ref
from foretaste.core.plan import Planner
from foretaste.plugins.load import Group, load, names
from foretaste.ports.errors import PortError
from foretaste.service.access import Access, Role
from foretaste.service.follow import Follower
from foretaste.service.forge import EmbeddedForge
from foretaste.service.gate import Gate
from foretaste.service.intents import Answer, Intent
from foretaste.service.perform import Hands
from foretaste.service.queries import Queries
from foretaste.service.settings import FIRST, OWN, LiveSettings
from foretaste.service.settle import Settler
from foretaste.service.starts import ServeOptions
from foretaste.service.tally import Tally
from foretaste.service.touching import Touching
from foretaste.service.unreleased import Dependencies
from foretaste.wiring.builds import Builds, Place, open_builds
from foretaste.wiring.journal import note
from foretaste.wiring.keeping import Keeping
from foretaste.wiring.layout import Layout

LOG = structlog.get_logger("foretaste.gate")
ADMIN = "admin"
PATIENCE = 60.0
"""Seconds that a request waits for the gate's answer; it gives one in milliseconds, if at all."""
CLOSING = 30.0
"""Seconds that a thread may take to notice that the gate closes."""


class _Logged:
    """Tells people nothing but what the log says: the embedded forge shows them the rest."""

    def tell(self, change: ChangeId, report: str, kind: str) -> None:
        """Note that a message about a change is due."""
        LOG.info("report", change=change, report=report, kind=kind)


@dataclass(slots=True, kw_only=True)
class House:
    """A gate that is open; faces and pushes are connected with what is here."""

    layout: Layout
    clock: SystemClock
    database: Database
    store: SqlStore
    history: SqlHistory
    shelf: Shelf
    repository: GitRepository
    access: Access
    settings: LiveSettings
    builds: Builds
    gate: Gate
    queries: Queries
    tally: Tally
    dependencies: Dependencies
    stop: threading.Event = field(default_factory=threading.Event)
    threads: list[threading.Thread] = field(default_factory=list)
    broken: str = ""

    def roles(self, name: str) -> frozenset[str]:
        """Return what a person may do: by their tokens, and by the gate's own settings."""
        return self.access.roles(name) | self.settings.now().roles(name)

    def lands_unreleased(self) -> bool:
        """Whether what depends on something unreleased may land."""
        return self.settings.now().table.unreleased.lands

    def trouble(self) -> str:
        """Return why the gate cannot work, "" while it can."""
        return self.broken or self.gate.trouble

    def ask(self, intents: tuple[Intent, ...]) -> tuple[Answer, ...]:
        """Ask the gate for several things, all or none of them, and wait for its answers."""
        if self.broken:
            sorry = Answer(code="FT503", what=self.broken, hint="see the gate's log")
            return (sorry,) * len(intents)
        return self.gate.submit(*intents).result(PATIENCE)

    def reread(self) -> Configured:
        """Take the settings that have landed, and make the repositories of new projects."""
        self.settings.reload()
        _make_projects(self.settings, self.repository)
        return self.settings.configured()

    def moved(self, project: str) -> None:
        """Look where the branches of a project are, after an import."""
        tips = self.repository.tips()
        seen = tuple(sorted((ref, tip) for ref, tip in tips.items() if ref.project == project))
        self.gate.tell(TipsSeen(tips=seen))

    def start(self) -> None:
        """Let the gate run, and what follows it."""
        keeping = Keeping(repository=self.repository, facts=lambda: self.gate.facts)
        try:
            keeping.begin()
        except PortError as error:
            _complain(error)
        begun = self.gate.facts.seq

        def keep(recorded: Recorded) -> None:
            """Keep what an event tells of, and log it; those from before this start are not new."""
            if recorded.seq > begun:
                keeping.see(recorded)
                note(recorded)

        follower = Follower(
            gate=self.gate,
            store=self.store,
            history=self.history,
            count=self.tally.see,
            complain=_complain,
            keep=keep,
        )
        for name, run in (("gate", self.gate.run), ("follower", follower.run)):
            thread = threading.Thread(target=self._run, args=(run,), name=name, daemon=True)
            thread.start()
            self.threads.append(thread)

    def _run(self, run: Callable[[threading.Event], None]) -> None:
        """Run a part of the gate; one that breaks is said on every page, and nothing lands."""
        try:
            run(self.stop)
        except Exception as error:
            what = error.what if isinstance(error, PortError) else repr(error)
            self.broken = f"the gate has stopped: {what}"
            LOG.exception("the gate has stopped")

    def close(self) -> None:
        """Stop everything; builds that run are ended, and run again at the next start."""
        self.stop.set()
        for thread in self.threads:
            thread.join(CLOSING)
        self.builds.close()
        self.shelf.close()
        self.database.close()


def _complain(error: PortError) -> None:
    LOG.error("follower", code=error.code, what=error.what, where=error.where)


def _make_projects(settings: LiveSettings, repository: GitRepository) -> None:
    for project in settings.now().projects:
        repository.create_project(project.name, project.branches[0])


def _guarded(settings: LiveSettings) -> tuple[Ref, ...]:
    return tuple(ref for project in settings.now().projects for ref in project.refs)


def open_house(options: ServeOptions, *, environments: Path | None = None) -> House:
    """Open a gate: everything is read, recovered and checked, and nothing runs yet.

    `environments` is where those of an earlier gate lie that may be used again.

    Raises:
        UserError: the folder, or the gate's settings, cannot be used.
        PermanentError: another gate lives here, the store is damaged, git is missing.
    """
    # Standard output is for data: `foretaste demo --json` prints one document there.
    # A journal that is kept has said already where lines go.
    if not structlog.is_configured():
        structlog.configure(logger_factory=structlog.PrintLoggerFactory(file=sys.stderr))
    layout, clock = Layout(directory=options.directory.absolute()), SystemClock()
    layout.make()
    database = Database(sqlite_url(layout.database))
    store, history = SqlStore(database), SqlHistory(database)
    shelf = Shelf(layout.repositories)
    access = Access(layout.tokens, clock)
    _first_token(layout, access)
    builds = open_builds(Place(layout=layout, shelf=shelf, clock=clock), environments, options)
    settings = LiveSettings(
        read=builds.contents.read,
        tip=builds.contents.tip,
        workers=builds.executor.slots(),
        planners=names(Group.PLANNER),
    )
    repository = GitRepository(shelf, lambda: _guarded(settings))
    _first_settings(repository, builds, shelf)
    settings.reload()
    _make_projects(settings, repository)
    gate = Gate(store=store, clock=clock, holder=this_process().text, planner_of=_planner)
    house = House(
        layout=layout,
        clock=clock,
        database=database,
        store=store,
        history=history,
        shelf=shelf,
        repository=repository,
        access=access,
        settings=settings,
        builds=builds,
        gate=gate,
        queries=Queries(lambda: gate.facts, store, history),
        tally=Tally(gate=gate),
        dependencies=Dependencies(
            upstreams=GitUpstreams(shelf),
            read=builds.contents.read,
            allowed=lambda: settings.now().table.unreleased.addresses,
        ),
    )
    # A row that somebody altered or removed is found here, before anything follows from it (G95).
    store.verify()
    _open_gate(house)
    return house


@lru_cache
def _planner(name: str) -> Planner:
    """Return the planner of a name, loaded once."""
    planner: Planner = load(Group.PLANNER, name)
    return planner


def _open_gate(house: House) -> None:
    jobs = house.builds.jobs(house.settings.now)
    touching = Touching(
        read=house.builds.contents.read, tip=house.repository.tip, redefines=jobs.redefines
    )
    forge = EmbeddedForge(
        facts=lambda: house.gate.facts,
        roles=house.roles,
        touches_config=touching,
        lands_unreleased=house.lands_unreleased,
    )
    hands = Hands(
        repository=house.repository,
        jobs=jobs,
        executor=house.builds.executor,
        notifier=_Logged(),
        settler=Settler(repository=house.repository, forge=forge),
        listener=house.gate.tell,
        reread=house.reread,
    )
    house.gate.open(hands, house.settings.configured())


def _first_token(layout: Layout, access: Access) -> None:
    """Give the gate's owner on this machine a token that may do everything."""
    if not layout.admin_token.exists():
        layout.keep_secret(layout.admin_token, access.mint(ADMIN, [Role.OWN]) + "\n")


def _first_settings(repository: GitRepository, builds: Builds, shelf: Shelf) -> None:
    """Put the first settings into the gate's own project, where it has none."""
    shelf.create(OWN.project, OWN.branch)
    if repository.tip(OWN) is None:
        commit = builds.first_commit(OWN.project, {"foretaste.toml": FIRST})
        repository.set_branch(OWN, commit)
