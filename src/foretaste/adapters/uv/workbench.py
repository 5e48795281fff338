"""Workbench: what environments and wheels are made with, the one needing the other.

To build a wheel takes an environment, and an environment may take a wheel that must be built
first. Both go through here, for one asker at a time (`Work`).
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from foretaste.adapters.uv.digests import Digests
from foretaste.adapters.uv.folders import make_whole, sweep
from foretaste.adapters.uv.interpreters import Interpreter, Interpreters
from foretaste.adapters.uv.layout import finish
from foretaste.adapters.uv.locking import only_one
from foretaste.adapters.uv.packages import Packages
from foretaste.adapters.uv.pinned import lines_of, parse_pins
from foretaste.adapters.uv.program import Uv
from foretaste.adapters.uv.requirements import build_system, load_pyproject
from foretaste.adapters.uv.resolve import NoWheelError, Question, Resolution, Resolutions
from foretaste.adapters.uv.sdists import Sdists
from foretaste.adapters.uv.union import join, tell_what_starts
from foretaste.adapters.uv.wheels import Building, Recipe, Sources, Wheel, Wheels
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
from foretaste.ports.executor import Source
from foretaste.ports.index import IndexFile
from foretaste.ports.releases import Pin

_FORMAT = 2
# As many are kept; one is a few thousand hard links.
_KEPT = 200
# One that a build may still stand on is left alone; no build is longer, in seconds.
_IN_USE = 6 * 3600.0
_MOST_SDISTS = 50
# Builds at once: each takes a processor, and a sandbox.
_AT_ONCE = os.cpu_count() or 1
# A build that fails, or leaves nothing that can be read.
_NO_ANSWER = frozenset({"FT626", "FT627"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Supplies:
    """What environments are made of and by.

    `environ` says where packages come from, as uv and pip are told; None is as we are.
    """

    trees: Trees
    bases: Bases
    sandbox: Sandbox
    clock: Clock
    environ: Mapping[str, str] | None = None


@dataclass(slots=True, kw_only=True)
class Work:
    """One asker: with which interpreter and recipe, where it is told, how long each phase took."""

    interpreter: Interpreter
    recipe: Recipe
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


class Workbench:
    """Resolves, builds and joins below `folder`; `offline` uses only what is cached."""

    def __init__(self, folder: Path, supplies: Supplies, *, offline: bool = False) -> None:
        self.folder = folder
        self.clock = supplies.clock
        self._made = folder / "made"
        self._supplies = supplies
        uv = Uv(folder / "uv", folder / "from-sdists", offline=offline, environ=supplies.environ)
        self.uv = uv
        self.interpreters = Interpreters()
        self.resolutions = Resolutions(folder / "resolutions", uv)
        self._digests = Digests()
        self.packages = Packages(folder / "packages", uv, self._digests, supplies.clock)
        self.wheels = Wheels(folder / "wheels", supplies.sandbox)
        self.sdists = Sdists(folder / "sdists", uv, self.wheels)
        for name in ("made", "packages", "wheels"):
            (folder / name).mkdir(mode=0o755, parents=True, exist_ok=True)
            (folder / name).chmod(0o755)
            sweep(folder / name)

    def begin(self, python: str, recipe: Recipe, say: Say) -> Work:
        """Return the work of one asker.

        Raises:
            UserError: no such interpreter.
        """
        return Work(
            interpreter=self.interpreters.find(python),
            recipe=recipe,
            say=say,
            clock=self._supplies.clock,
        )

    def building(self, work: Work) -> Building:
        """Return what wheels are built with for this asker."""
        return Building(
            interpreter=work.interpreter,
            make=lambda requires: self._for_building(work, requires),
            say=work.say,
            recipe=work.recipe,
            places=self.uv.identity(),
        )

    def resolved(self, work: Work, question: Question) -> tuple[Pin, ...]:
        """Return the pins that answer a question, building what has no wheel.

        Raises:
            UserError: there is no solution, or a release does not build.
            TransientError: the index is out of reach.
        """
        building = self.building(work)
        asked = replace(question, built=building.key)
        pins = parse_pins(lines_of(self._resolution(work, asked, building).text))
        return tuple(map(self._built_here(building), pins))

    def project(self, work: Work, source: Source, pins: Sequence[Pin] | None = None) -> Wheel:
        """Return a project's wheel; `pins` are what builds it, None for what it asks for.

        Raises:
            UserError: it does not build.
            TransientError: the index is out of reach.
        """
        with work.phase("build"):
            building = self.building(work)
            if pins is not None:
                building = replace(
                    building, make=lambda requires: self._of_pins(work, pins, requires)
                )
            return self.wheels.build(self._sources(source), building)

    def needs(self, work: Work, source: Source) -> tuple[str, ...]:
        """Return what builds a project: what it says, and what its backend asks for beyond.

        Where today's backend cannot be asked, that is no answer about another day's: what the
        project says is returned then, and what it lacks is added when it is built.

        Raises:
            UserError: what builds it cannot be installed together.
            TransientError: the index is out of reach.
        """
        sources = self._sources(source)
        with work.phase("build"):
            try:
                return self.wheels.needs(sources, self.building(work))
            except UserError as error:
                if error.code not in _NO_ANSWER:
                    raise
                work.say(f"what builds {sources.where} cannot be asked for more: {error.code}")
                return sources.system.requires

    def joined(self, work: Work, pins: Sequence[Pin], wheels: Sequence[Wheel] = ()) -> Environment:
        """Return the environment of these releases, the projects' own wheels on top.

        Raises:
            UserError: a release cannot be had, or is not what it says.
            TransientError: the index is out of reach, the disk is full.
        """
        interpreter = work.interpreter
        own = [_pin(wheel) for wheel in sorted(wheels, key=lambda wheel: wheel.name)]
        with work.phase("fetch"):
            fetched = self.packages.have(pins, interpreter)
        with work.phase("environment"):
            packages = (*fetched, *self.packages.have(own, interpreter))
        lock = _digest(str(_FORMAT), interpreter.identity, *(package.key for package in packages))
        place = self._made / lock[:32]

        def fill(made: Path) -> None:
            join(packages, made, work.say)
            finish(made, interpreter)
            tell_what_starts(packages, work.say)

        self._once(work, place, fill)
        self.touch(place)
        self._prune()
        return Environment(
            path=place,
            python=Path(ENVIRONMENT_FOLDER, "bin", "python"),
            lock=lock,
            readable=interpreter.readable,
        )

    def touch(self, place: Path) -> None:
        """Note that an environment is in use."""
        now = self._supplies.clock.wall()
        os.utime(place, (now, now))

    def exactly(self, work: Work, name: str, file: IndexFile) -> Pin:
        """Return a pin of the wheel that one sdist of the index is built to.

        Raises:
            UserError: it is not what its hash names, or does not build.
            TransientError: it cannot be fetched.
        """
        with work.phase("build"):
            return _pin(self.sdists.exactly(name, file, self.building(work)))

    def all_exactly(self, work: Work, files: Mapping[str, IndexFile]) -> dict[str, Pin]:
        """Return pins of what sdists are built to, by name, several at once.

        Raises:
            UserError: one is not what its hash names, or does not build: the first by name.
            TransientError: one cannot be fetched.
        """

        def built(item: tuple[str, IndexFile]) -> Pin:
            name, file = item
            # Each counts for itself: they do not wait for one another.
            own = replace(work, seconds={}, _inner=[])
            return self.exactly(own, name, file)

        with work.phase("build"), ThreadPoolExecutor(_AT_ONCE) as pool:
            found = pool.map(built, sorted(files.items()))
            return dict(zip(sorted(files), found, strict=True))

    def _sources(self, source: Source) -> Sources:
        trees = self._supplies.trees
        return Sources(
            folder=self._supplies.bases.folder(source),
            key=f"{source.project} {source.tree}",
            where=source.project,
            system=build_system(load_pyproject(lambda path: trees.read(source, path))),
        )

    def _for_building(self, work: Work, requires: Sequence[str]) -> Environment:
        question = Question(packages=tuple(requires), constraints=work.recipe.constraints)
        return self.joined(work, self.resolved(work, question))

    def _of_pins(self, work: Work, pins: Sequence[Pin], requires: Sequence[str]) -> Environment:
        """Return a build environment of these pins, and of what they lack of the requirements.

        A backend may ask for more as it starts, which whoever pinned it could not know.
        """
        pinned = {pin.name: pin for pin in pins}
        lacking = [text for text in requires if _lacks(text, pinned, work.interpreter)]
        if not lacking:
            return self.joined(work, pins)
        work.say(f"not pinned, and needed to build: {', '.join(lacking)}")
        held = tuple(f"{pin.name}=={pin.version}" for pin in pins)
        question = Question(packages=tuple(lacking), constraints=(*held, *work.recipe.constraints))
        more = [pin for pin in self.resolved(work, question) if pin.name not in pinned]
        return self.joined(work, [*pins, *more])

    def _resolution(self, work: Work, question: Question, building: Building) -> Resolution:
        for _ in range(_MOST_SDISTS):
            try:
                return self._asked(work, question)
            except NoWheelError as error:
                self._build(work, error, building)
        return self._asked(work, question)

    def _asked(self, work: Work, question: Question) -> Resolution:
        with work.phase("fetch"):
            return self.resolutions.resolve(question, work.interpreter)

    def _build(self, work: Work, error: NoWheelError, building: Building) -> None:
        with work.phase("build"):
            for name in error.names:
                self.sdists.build(name, error, building)

    def _built_here(self, building: Building) -> Callable[[Pin], Pin]:
        """Return what names a pin's wheel where it is one that was built here."""
        folder = self.uv.wheels / building.key
        built = {self._digests.of(path): path for path in folder.glob("*.whl")}

        def located(pin: Pin) -> Pin:
            found = [(digest, built[digest]) for digest in pin.hashes if digest in built]
            if not found:
                return pin
            digest, path = found[0]
            return replace(pin, hashes=(digest,), wheel=str(path))

        return located

    def _once(self, work: Work, place: Path, fill: Callable[[Path], None]) -> None:
        """Make a folder unless it is there; whoever comes while it is made waits."""
        if place.exists():
            return
        with only_one(place), work.phase("environment"):
            # Again, under the lock: who waited for it finds it made.
            if not place.exists():
                make_whole(place, fill)

    def _prune(self) -> None:
        """Remove the environments that were used longest ago."""
        made = [path for path in self._made.iterdir() if path.name[0] != "."]
        oldest_first = sorted(made, key=lambda path: path.stat().st_mtime)
        for path in oldest_first[: max(0, len(made) - _KEPT)]:
            if self._supplies.clock.wall() - path.stat().st_mtime > _IN_USE:
                shutil.rmtree(path, ignore_errors=True)


def _lacks(text: str, pinned: Mapping[str, Pin], interpreter: Interpreter) -> bool:
    requirement = Requirement(text)
    if requirement.marker and not requirement.marker.evaluate(dict(interpreter.markers)):
        return False
    return canonicalize_name(requirement.name) not in pinned


def _pin(wheel: Wheel) -> Pin:
    return Pin(
        name=wheel.name,
        version=wheel.version,
        hashes=(f"sha256:{wheel.digest}",),
        wheel=str(wheel.path),
    )


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
