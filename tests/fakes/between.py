"""A world of a few releases in which a search goes on to what lies between: nothing is installed.

An index that shows them, a resolver that tries everything, and an executor whose builds end at
once as a function of what they install says.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from packaging.requirements import Requirement
from packaging.version import Version

from foretaste.ports.environments import Say
from foretaste.ports.errors import PermanentError, PortError, UserError
from foretaste.ports.executor import CaseResult, Ending, Finished, JobSpec, Listener, Source
from foretaste.ports.index import IndexFile, IndexPage
from foretaste.ports.releases import Asking, Pin, Pins, Release
from foretaste.service.check.forwarding import Onward, moved_forward
from foretaste.service.check.searching import Searching
from foretaste.service.check.states import States
from foretaste.service.check.subject import Recipe, Subject, Tools, Wish
from foretaste.simulation.clock import VirtualClock
from foretaste.taste.finding import Finding
from foretaste.taste.implications import lattice_of

Versions = Mapping[str, str]
Fails = Callable[[Versions], str]
"""What fails on these versions, "" for nothing: a message, or "lost", or "hangs"."""

DAY = datetime(2026, 2, 1, tzinfo=UTC)
BEFORE = datetime(2026, 1, 20, tzinfo=UTC)
MARKERS = {"python_full_version": "3.11.4", "python_version": "3.11"}


def pin(name: str, version: str) -> Pin:
    """A pin of a release, with a hash of no file."""
    return Pin(name=name, version=version, hashes=("sha256:00",))


@dataclass(slots=True, kw_only=True)
class WorldBetween:
    """Releases with what they require, an index that has them, and a project whose tests run there.

    `files` are more of an index's files. Beyond what is asked for, nothing moves but what is forced.
    """

    releases: Mapping[str, Mapping[str, tuple[str, ...]]]
    fails: Fails
    files: tuple[IndexFile, ...] = ()
    broken: tuple[str, ...] = ()
    tried: list[dict[str, str]] = field(default_factory=list)
    tests: list[tuple[str, ...]] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    asked: list[Asking] = field(default_factory=list)
    refusing: bool = False

    # The index.

    def page(self, name: str) -> IndexPage:
        """Nobody asks for one alone."""
        raise NotImplementedError

    def pages(self, names: Iterable[str]) -> Mapping[str, IndexPage | PortError]:
        """Return what there is of each."""
        return {name: self._page(name) for name in names}

    def _page(self, name: str) -> IndexPage | PortError:
        if name in self.broken:
            return UserError("FT640", f"there is no {name}")
        mine = tuple(each for each in self.files if each.url == name)
        return IndexPage(
            name=name, files=(*(shown(version) for version in self.releases[name]), *mine)
        )

    # The resolver.

    def resolve(self, asking: Asking, say: Say) -> Pins:
        """Return the newest of what may move, and the rest as it is where that fits."""
        say("resolving")
        self.asked.append(asking)
        if self.refusing:
            raise PermanentError("FT601", "uv is not here")
        limits = [Requirement(each) for each in (*asking.constraints, *asking.requirements)]
        offers = [
            [(name, version) for version in self._offered(name, old, asking)]
            for name, old in asking.base.items()
        ]
        for choice in itertools.product(*offers):
            state = dict(choice)
            needs = [Requirement(e) for name, v in choice for e in self.releases[name][v]]
            if all(need.name in state for need in needs) and all(
                each.specifier.contains(state[each.name], prereleases=True)
                for each in (*limits, *needs)
                if each.name in state
            ):
                return {name: pin(name, state[name]) for name in self._needed(state, asking)}
        raise UserError("FT621", "nothing fits together")

    def _offered(self, name: str, old: str, asking: Asking) -> list[str]:
        newer = [each for each in self.releases[name] if Version(each) >= Version(old)]
        free = asking.only is not None and name in asking.only
        return sorted(newer, key=Version, reverse=free)

    def _needed(self, state: Versions, asking: Asking) -> list[str]:
        wanted = [Requirement(each).name for each in asking.requirements]
        for name in wanted:
            wanted += [Requirement(each).name for each in self.releases[name][state[name]]]
        return sorted(set(wanted))

    def pin(self, asking: Asking, say: Say) -> Pins:
        """Nothing is pinned here."""
        raise NotImplementedError

    # The releases.

    def read(self, pins: Sequence[Pin], python: str, say: Say) -> Mapping[str, Release]:
        """They were read before."""
        raise NotImplementedError

    def markers(self, python: str) -> Mapping[str, str]:
        """They were read before."""
        raise NotImplementedError

    # The executor.

    def slots(self) -> int:
        """One at a time."""
        return 1

    def start(self, spec: JobSpec, listener: Listener) -> None:
        """Run the tests on what a build installs."""
        lines = (each.partition(" ")[0].partition("==") for each in spec.environment.pins or ())
        state = {name: version for name, _, version in lines}
        self.tried.append(state)
        self.tests.append(spec.watch.only if spec.watch else ())
        listener(ended(spec, self.fails(state)))

    def cancel(self, attempt: str) -> None:
        """Nothing runs that could be stopped."""

    def running(self) -> frozenset[str]:
        """Nothing runs."""
        return frozenset()

    def close(self) -> None:
        """Nothing is open."""

    # A check.

    def search(self, base: Versions, candidate: Versions, **wish: object) -> Searching:
        """A search in this world, not begun."""
        releases = {
            (name, version): Release(name=name, version=version, requires=needs, owns=(name,))
            for name, versions in self.releases.items()
            for version, needs in versions.items()
        }
        requires = {each: release.requires for each, release in releases.items()}
        roots = tuple(sorted({*base, *candidate} - {"along"}))
        states = States(
            base={name: pin(name, version) for name, version in base.items()},
            candidate={name: pin(name, version) for name, version in candidate.items()},
            releases=releases,
            lattice=lattice_of(base, candidate, requires, roots, MARKERS),
            roots=roots,
            markers=MARKERS,
        )
        return Searching(
            subject=Subject(
                project="app",
                source=Source(project="app", commit="c", tree="t"),
                recipe=Recipe(run="pytest", python="3.11"),
                requirements=roots,
            ),
            wish=Wish(**{"as_of": DAY, **wish}),  # type: ignore[arg-type]
            states=states,
            tools=Tools(
                run="check",
                began=0.0,
                index=self,
                resolver=self,
                releases=self,
                executor=self,
                read_log=lambda _attempt, _offset, _size: (b"", 0, True),
                clock=VirtualClock(),
                say=self.said.append,
                detail=lambda _: None,
            ),
        )

    def check(self, base: Versions, candidate: Versions, **wish: object) -> tuple[Finding, Onward]:
        """What is found, and how far what is held can go."""
        searching = self.search(base, candidate, **wish)
        found = searching.find()
        del self.tried[:], self.tests[:]
        return found, moved_forward(found, searching)


def shown(version: str, name: str = "", **more: object) -> IndexFile:
    """A file of a release, as an index shows it."""
    facts = {"sha256": "00", "uploaded": BEFORE, **more}
    filename = f"x-{version}-py3-none-any.whl"
    return IndexFile(filename=filename, kind="wheel", version=version, url=name, **facts)  # type: ignore[arg-type]


def ended(spec: JobSpec, message: str) -> Finished:
    """How a build ended whose one test failed with this message, or passed."""
    if message == "lost":
        return Finished(attempt=spec.attempt, ending=Ending.LOST, why="a worker went")
    if message == "hangs":
        return Finished(attempt=spec.attempt, ending=Ending.TIMED_OUT, why="it hangs", cases=())
    kind, _, what = message.partition(": ")
    case = CaseResult(
        name="t.py::t", outcome="failed" if message else "passed", type=kind, message=what
    )
    return Finished(
        attempt=spec.attempt, ending=Ending.EXITED, exit_status=int(bool(message)), cases=(case,)
    )


def ladder(*versions: str) -> dict[str, tuple[str, ...]]:
    """Releases that require nothing, by version."""
    return dict.fromkeys(versions, ())
