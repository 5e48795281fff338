"""Demonstrating: a whole gate on real projects and real releases, from push to landing.

Nothing is staged: a gate is served on a folder of its own, and everything reaches it as it would
from a maintainer's machine.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from foretaste.adapters.git.shelf import Shelf
from foretaste.adapters.uv.archives import Archives
from foretaste.adapters.uv.interpreters import Interpreters
from foretaste.adapters.uv.program import Uv
from foretaste.core.events import Landed
from foretaste.core.names import Oid, ProjectName, Ref
from foretaste.ports.errors import PermanentError, PortError
from foretaste.report.views import ChangeView
from foretaste.service.access import Role
from foretaste.service.starts import Audience, DemoOptions, ServeOptions
from foretaste.wiring.family import Family, load_family
from foretaste.wiring.house import House, open_house
from foretaste.wiring.journal import journal
from foretaste.wiring.layout import Layout
from foretaste.wiring.maintainer import Maintainer
from foretaste.wiring.serving import MakeApp, Server, Web, listen

ENDED: Final = frozenset({"merged", "failed", "left"})
PATIENCE: Final = 1800.0
"""Seconds after which the demo gives up on a gate that does not come to rest."""
GLANCE: Final = 0.5
"""Seconds between two looks at a gate in which nothing happens."""


def demo(options: DemoOptions, make_app: MakeApp, audience: Audience) -> None:
    """Run the demo and tell the audience how it ended.

    Raises:
        UserError: the folder cannot be used.
        PermanentError: something that the demo needs is not here, or the gate stopped.
    """
    with contextlib.ExitStack() as stack:
        folder = options.directory
        if folder is None:
            made = tempfile.TemporaryDirectory(prefix="foretaste-demo-", ignore_cleanup_errors=True)
            folder = Path(stack.enter_context(made))
        cache = _cache()
        archives = Archives(cache / "sdists", Uv(cache, cache).index())
        family = _choose(options, archives, cache, audience)
        audience.say(f"the family: {family.name}")
        offline = options.offline or family.bundled
        served = ServeOptions(
            directory=folder / "gate",
            port=0,
            offline=offline,
            allow_unsandboxed=options.allow_unsandboxed,
        )
        show = stack.enter_context(_serving(served, cache / "environments", make_app))
        stage = Stage(show=show, family=family, archives=archives, audience=audience)
        stage.run(folder / "maintainer")
        _remember(cache, family)
        if options.keep:
            audience.say(f"the gate stays at {show.server.url} until it is interrupted;")
            audience.say(
                f"`foretaste queue --dir {served.directory}` asks it, and so do the others"
            )
            show.thread.join()


def _cache() -> Path:
    """Return the folder in which sdists and environments outlive a demo (XDG base directories)."""
    root = os.environ.get("XDG_CACHE_HOME") or str(Path("~/.cache").expanduser())
    cache = Path(root) / "foretaste" / "demo"
    cache.mkdir(parents=True, exist_ok=True)
    return cache


def _marker(cache: Path) -> Path:
    return cache / "complete"


def _remember(cache: Path, family: Family) -> None:
    """Note that everything which the real family needs is cached now."""
    if not family.bundled:
        _marker(cache).write_text(family.name, encoding="utf-8")


def _choose(options: DemoOptions, archives: Archives, cache: Path, audience: Audience) -> Family:
    """Return the real family where it can be had, else the bundled one, and say why."""
    family = load_family("family")
    why = ""
    try:
        Interpreters().find(family.python)
        if options.offline and not _marker(cache).exists():
            why = "offline, and no earlier demo has cached the real projects"
        else:
            for project, version in family.releases:
                family.fetched(project, version, archives)
    except PortError as error:
        why = error.what
    if not why:
        return family
    audience.say(f"{why}: the demo runs on what is bundled")
    return load_family("mini")


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """A gate that is served while the demo plays."""

    house: House
    server: Server
    thread: threading.Thread


@contextlib.contextmanager
def _serving(options: ServeOptions, environments: Path, make_app: MakeApp) -> Iterator[Show]:
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(listen(options))
        stack.enter_context(journal(Layout(directory=options.directory).journal))
        house = open_house(options, environments=environments)
        stack.callback(house.close)
        server = Server(house, options, Web(make_app=make_app, listening=listening))
        listening.listen()
        thread = threading.Thread(target=server.run, name="web", daemon=True)
        thread.start()
        yield Show(house=house, server=server, thread=thread)
        server.stop()
        thread.join()


@dataclass(slots=True, kw_only=True)
class Stage:
    """The demo itself: what is pushed, what is waited for, and what is said in the end."""

    show: Show
    family: Family
    archives: Archives
    audience: Audience
    numbers: dict[str, str] = field(default_factory=dict)

    def run(self, folder: Path) -> None:
        """Play it through, in the maintainer's own `folder`."""
        house, url = self.show.house, self.show.server.url
        owner = house.layout.admin_token.read_text(encoding="utf-8").strip()
        shelf = Shelf(folder)
        try:
            setter = Maintainer(url=url, token=owner, shelf=shelf)
            self._set_up(setter)
            token = house.access.mint("maintainer", [Role.PUSH, Role.APPROVE])
            self._play(replace(setter, token=token))
        finally:
            shelf.close()

    def _set_up(self, owner: Maintainer) -> None:
        """Bring in the gate's settings, through the gate, and the first releases."""
        self.audience.say("the projects and their jobs are proposed to the gate, and land there")
        tip = owner.fetch("gate", "main")
        settings = owner.commit(("gate", "settings"), tip, "", self._write_settings)
        (number,) = owner.propose("gate", settings, "approve")
        self._wait({number})
        if self._change(number).state != "merged":
            raise PermanentError("FT507", f"the demo's settings: {self._change(number).why}")
        wanted = set(self.family.projects)
        while not wanted <= {each.name for each in self.show.house.settings.now().projects}:
            self.show.house.gate.wait(self.show.house.gate.facts.seq, GLANCE)
        for project, version in self.family.projects.items():
            first = self._commit(owner, (project, version), "", ())
            owner.push(project, f"{first}:refs/heads/{self.family.branch}")
        self.audience.say(f"{len(wanted)} projects are under the gate, each at its first release")

    def _write_settings(self, folder: Path) -> None:
        (folder / "foretaste.toml").write_text(self.family.settings, encoding="utf-8")

    def _commit(
        self, who: Maintainer, release: tuple[str, str], parent: str, needs: tuple[str, ...]
    ) -> Oid:
        """Make the commit of a release on top of the commit of the release `parent`."""
        project, version = release
        lines = "".join(f"Depends-On: {need}\n" for need in needs)
        below = who.commits[project, parent] if parent else None
        return who.commit(
            release,
            below,
            lines,
            lambda folder: self.family.write(project, version, folder, self.archives),
        )

    def _play(self, maintainer: Maintainer) -> None:
        """Propose every change, approve them all, and watch until each has ended."""
        projects = dict[str, str]()
        for change in self.family.changes:
            release = change.project, change.version
            needs = tuple(f"{projects[need]}/{self.numbers[need]}" for need in change.depends_on)
            commit = self._commit(maintainer, release, change.parent, needs)
            topic = f"topic={change.id}"
            numbers = maintainer.propose(change.project, commit, topic)
            self.numbers[change.id], projects[change.id] = numbers[-1], change.project
            self.audience.say(f"change {numbers[-1]} is {change.id}: {change.shows}")
        began = self.show.house.clock.monotonic()
        maintainer.approve(list(self.numbers.values()))
        self._wait(set(self.numbers.values()))
        self.audience.end(self._summary(self.show.house.clock.monotonic() - began))

    def _change(self, number: str) -> ChangeView:
        view = self.show.house.queries.change(number)
        if view is None:
            raise PermanentError("FT507", f"there is no change {number}")
        return view

    def _wait(self, numbers: set[str]) -> None:
        """Show the gate at work until these changes have ended.

        Raises:
            PermanentError: the gate stopped, or never comes to rest.
        """
        house, seq = self.show.house, 0
        until = house.clock.monotonic() + PATIENCE
        while any(self._change(number).state not in ENDED for number in numbers):
            if house.broken:
                raise PermanentError("FT507", house.broken)
            if house.clock.monotonic() > until:
                raise PermanentError("FT507", "the gate has not come to rest")
            seq = house.gate.wait(seq, GLANCE)
            self.audience.show(house.queries.gate())

    def _summary(self, seconds: float) -> Mapping[str, Any]:
        """Return what came of it all; every branch's tree is read and compared once more."""
        views = {change.id: self._change(self.numbers[change.id]) for change in self.family.changes}
        for change in self.family.changes:
            view = views[change.id]
            found = view.state if view.state == "merged" else view.reason
            if found != change.expected:
                tried = f"tried by hand, it was {change.expected}"
                self.audience.say(f"{change.id} came out as {found}; {tried}")
        history = self.show.house.history
        history.catch_up()
        return {
            "family": self.family.name,
            "merged": [_merged(view) for view in views.values() if view.state == "merged"],
            "rejected": [_rejected(view) for view in views.values() if view.state != "merged"],
            "builds": self.show.house.gate.facts.started,
            "seconds": round(seconds, 1),
            "url": self.show.server.url,
            "branches": [self._proof(project) for project in self.family.projects],
        }

    def _proof(self, project: str) -> Mapping[str, Any]:
        """Compare what a branch holds with the tree that was tested last, out of the log.

        Raises:
            PermanentError: it is another tree: the one thing that must never be.
        """
        house, ref = self.show.house, Ref(ProjectName(project), self.family.branch)
        tested = [
            move.tree
            for recorded in house.store.since(0)
            if isinstance(recorded.event, Landed)
            for move in recorded.event.moves
            if move.ref == ref
        ]
        tree = house.repository.tree(ref)
        if tested and tree != tested[-1]:
            what = f"{project} holds tree {tree}, and {tested[-1]} was tested"
            raise PermanentError("FT508", what)
        return {"project": project, "branch": ref.branch, "tree": tree, "tested": bool(tested)}


def _merged(view: ChangeView) -> Mapping[str, Any]:
    return {
        "project": view.project,
        "change": view.change,
        "commit": view.landed,
        "subject": view.subject,
    }


def _rejected(view: ChangeView) -> Mapping[str, Any]:
    return {
        "project": view.project,
        "change": view.change,
        "reason": view.reason,
        "because": view.because or view.why,
        "tests": list(view.tests),
        "subject": view.subject,
    }
