"""Environments: made once for what is in them, shared read-only by all builds that want it.

Every release, and the wheel of every project that is installed from its tree, is unpacked and
compiled once (`packages`); an environment is the union of such folders (`union`). So a new tree,
or a state that differs by one release, costs what is new and some hard links, and where nothing
is new nothing is done: no uv is started, a folder is found.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from foretaste.adapters.uv.closure import externals
from foretaste.adapters.uv.folders import finish, make_whole, sweep
from foretaste.adapters.uv.interpreters import Interpreter, Interpreters
from foretaste.adapters.uv.locking import only_one
from foretaste.adapters.uv.packages import Packages
from foretaste.adapters.uv.pinned import lines_of, parse_pins
from foretaste.adapters.uv.program import Uv
from foretaste.adapters.uv.releases import UvReleases
from foretaste.adapters.uv.requirements import (
    Wanted,
    build_system,
    load_pyproject,
    reads_the_tree,
    wanted,
)
from foretaste.adapters.uv.resolve import NoWheelError, Question, Resolution, Resolutions
from foretaste.adapters.uv.sdists import Sdists
from foretaste.adapters.uv.union import join, tell_what_starts
from foretaste.adapters.uv.wheels import Building, Sources, Wheel, Wheels
from foretaste.ports.clock import Clock
from foretaste.ports.environments import (
    ENVIRONMENT_FOLDER,
    Bases,
    Environment,
    Sandbox,
    Say,
    Trees,
)
from foretaste.ports.errors import UserError
from foretaste.ports.executor import EnvironmentSpec, Source
from foretaste.ports.releases import Pin

_FORMAT = 1
# As many are kept; one is a few thousand hard links.
_KEPT = 200
# One that a build may still stand on is left alone; no build is longer, in seconds.
_IN_USE = 6 * 3600.0
_MOST_SDISTS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplies:
    """What environments are made of and by."""

    trees: Trees
    bases: Bases
    sandbox: Sandbox
    clock: Clock


@dataclass(slots=True, kw_only=True)
class _Work:
    """One call of `make`: for whom, and how long each phase took."""

    spec: EnvironmentSpec
    interpreter: Interpreter
    say: Say
    clock: Clock
    seconds: dict[str, float] = field(default_factory=dict)
    _inner: list[float] = field(default_factory=list)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count the time inside for `name`, less what phases within it count for themselves."""
        began = self.clock.monotonic()
        self._inner.append(0.0)
        try:
            yield
        finally:
            took = self.clock.monotonic() - began
            self.seconds[name] = self.seconds.get(name, 0.0) + took - self._inner.pop()
            if self._inner:
                self._inner[-1] += took


class UvEnvironments:
    """Makes environments below `folder`; `offline` uses only what is cached."""

    def __init__(self, folder: Path, supplies: Supplies, *, offline: bool = False) -> None:
        self._folder = folder
        self._supplies = supplies
        uv = Uv(folder / "uv", folder / "from-sdists", offline=offline)
        self._interpreters = Interpreters()
        self._resolutions = Resolutions(folder / "resolutions", uv)
        self._wheels = Wheels(folder / "wheels", supplies.sandbox)
        self._sdists = Sdists(folder / "sdists", uv, self._wheels)
        self._packages = Packages(folder / "packages", uv)
        self.releases = UvReleases(self._packages, self._interpreters)
        self._made: dict[str, Environment] = {}
        self._lock = threading.Lock()
        for name in ("made", "packages", "wheels"):
            (folder / name).mkdir(mode=0o755, parents=True, exist_ok=True)
            (folder / name).chmod(0o755)
            sweep(folder / name)

    def identity(self, python: str) -> str:
        """Return which interpreter a version stands for here; the version where there is none."""
        try:
            return self._interpreters.find(python).identity
        except UserError:
            return python

    def refresh(self) -> None:
        """Resolve everything anew from now on."""
        with self._lock:
            self._made.clear()
        self._resolutions.forget()

    def make(self, spec: EnvironmentSpec, sources: Sequence[Source], say: Say) -> Environment:
        """Return an environment for the spec with the sources installed from their trees.

        Raises:
            UserError: the requirements have no solution, a build fails, no such interpreter.
            TransientError: the index is out of reach, the disk is full.
        """
        interpreter = self._interpreters.find(spec.python)
        key = _request(spec, sources, interpreter)
        with self._lock:
            made = self._made.get(key)
        # Somebody may have emptied the cache by hand; it is a cache, so that must do no harm.
        if made is not None and made.path.exists():
            self._touch(made.path)
            return made
        work = _Work(spec=spec, interpreter=interpreter, say=say, clock=self._supplies.clock)
        environment = self._environment(work, sources)
        with self._lock:
            self._made[key] = environment
        return replace(environment, seconds=work.seconds)

    def _environment(self, work: _Work, sources: Sequence[Source]) -> Environment:
        if work.spec.pins is not None:
            return self._pinned(work, sources, parse_pins(work.spec.pins))
        asked = self._asked(work, sources)
        wheels = self._built(work, sources, own=asked.own)
        own = wheels[0].name if asked.own else ""
        packages = externals(asked.packages, wheels, {own: asked.extras}, work.interpreter)
        question = Question(
            packages=packages,
            constraints=asked.constraints,
            provided=tuple(wheel.name for wheel in wheels),
        )
        return self._joined(work, self._resolved(work, question), wheels)

    def _pinned(self, work: _Work, sources: Sequence[Source], pins: Sequence[Pin]) -> Environment:
        """Return the environment of exactly these releases; the projects take the place of theirs.

        What is installed before anything else stays as it is, whatever the pins say.
        """
        own = any(entry.startswith(".") for entry in work.spec.install)
        wheels = self._built(work, sources, own=own)
        first = self._resolved(work, Question(packages=work.spec.preinstall))
        fixed = {canonicalize_name(Requirement(text).name) for text in work.spec.preinstall}
        taken = fixed | {wheel.name for wheel in wheels}
        given = [pin for pin in pins if pin.name not in taken]
        named = {pin.name for pin in given}
        return self._joined(
            work, [*(pin for pin in first if pin.name not in named), *given], wheels
        )

    def _asked(self, work: _Work, sources: Sequence[Source]) -> Wanted:
        install = (*work.spec.preinstall, *work.spec.install)
        return wanted(install, lambda path: self._supplies.trees.read(sources[0], path), work.say)

    def _built(self, work: _Work, sources: Sequence[Source], *, own: bool) -> tuple[Wheel, ...]:
        """Return the wheels of the projects that are installed from their trees."""
        wheels = [self._wheel(work, sources[0], pins=work.spec.build_pins)] if own else []
        return (*wheels, *(self._wheel(work, source) for source in sources[1:]))

    def _wheel(self, work: _Work, source: Source, pins: Sequence[str] | None = None) -> Wheel:
        """Return a project's wheel; `pins` are what builds it, None for what it asks for."""
        trees = self._supplies.trees
        with work.phase("build"):
            sources = Sources(
                folder=self._supplies.bases.folder(source),
                key=f"{source.project} {source.tree}",
                where=source.project,
                system=build_system(load_pyproject(lambda path: trees.read(source, path))),
            )
            building = self._building(work)
            if pins is not None:
                exact = parse_pins(pins)
                building = replace(building, make=lambda _: self._joined(work, exact))
            return self._wheels.build(sources, building)

    def _building(self, work: _Work) -> Building:
        return Building(
            interpreter=work.interpreter,
            make=lambda requires: self._for_building(work, requires),
            say=work.say,
        )

    def _for_building(self, work: _Work, requires: Sequence[str]) -> Environment:
        question = Question(packages=tuple(requires), constraints=work.spec.build_constraints)
        return self._joined(work, self._resolved(work, question))

    def _resolved(self, work: _Work, question: Question) -> tuple[Pin, ...]:
        return parse_pins(lines_of(self._resolution(work, question).text))

    def _resolution(self, work: _Work, question: Question) -> Resolution:
        for _ in range(_MOST_SDISTS):
            try:
                with work.phase("fetch"):
                    return self._resolutions.resolve(question, work.interpreter)
            except NoWheelError as error:
                self._build_sdists(work, error)
        return self._resolutions.resolve(question, work.interpreter)

    def _build_sdists(self, work: _Work, error: NoWheelError) -> None:
        with work.phase("build"):
            for name in error.names:
                self._sdists.build(name, error, self._building(work))

    def _joined(
        self, work: _Work, pins: Sequence[Pin], wheels: Sequence[Wheel] = ()
    ) -> Environment:
        """Return the environment of these releases, the projects' own wheels on top."""
        own = [_pin(wheel) for wheel in sorted(wheels, key=lambda wheel: wheel.name)]
        with work.phase("fetch"):
            packages = self._packages.have([*pins, *own], work.interpreter)
        interpreter = work.interpreter
        lock = _digest(str(_FORMAT), interpreter.identity, *(package.key for package in packages))
        place = self._folder / "made" / lock[:32]

        def fill(made: Path) -> None:
            join(packages, made, work.say)
            finish(made, interpreter)
            tell_what_starts(packages, work.say)

        self._once(work, place, fill)
        self._touch(place)
        self._prune()
        return _environment(place, interpreter, lock)

    def _once(self, work: _Work, place: Path, fill: Callable[[Path], None]) -> None:
        """Make a folder unless it is there; whoever comes while it is made waits."""
        if place.exists():
            return
        with only_one(place), work.phase("environment"):
            # Again, under the lock: who waited for it finds it made.
            if not place.exists():
                make_whole(place, fill)

    def _touch(self, place: Path) -> None:
        """Note that the environment is in use."""
        now = self._supplies.clock.wall()
        os.utime(place, (now, now))

    def _prune(self) -> None:
        """Remove the environments that were used longest ago."""
        made = [path for path in (self._folder / "made").iterdir() if path.name[0] != "."]
        oldest_first = sorted(made, key=lambda path: path.stat().st_mtime)
        for path in oldest_first[: max(0, len(made) - _KEPT)]:
            if self._supplies.clock.wall() - path.stat().st_mtime > _IN_USE:
                shutil.rmtree(path, ignore_errors=True)


def _environment(place: Path, interpreter: Interpreter, lock: str) -> Environment:
    return Environment(
        path=place,
        python=Path(ENVIRONMENT_FOLDER, "bin", "python"),
        lock=lock,
        readable=interpreter.readable,
    )


def _pin(wheel: Wheel) -> Pin:
    return Pin(
        name=wheel.name,
        version=wheel.version,
        hashes=(f"sha256:{wheel.digest}",),
        wheel=str(wheel.path),
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _request(spec: EnvironmentSpec, sources: Sequence[Source], interpreter: Interpreter) -> str:
    """Return a key for a call: whatever could change its answer, and nothing else."""
    own = f"{sources[0].project} {sources[0].tree}" if reads_the_tree(spec.install) else ""
    return _digest(
        interpreter.identity,
        repr(spec),
        own,
        *(f"{source.project} {source.tree}" for source in sources[1:]),
    )
