"""Environments: made once for what is in them, shared read-only by all builds that want it.

Every release, and the wheel of every project that is installed from its tree, is unpacked and
compiled once (`packages`); an environment is the union of such folders (`union`). So a new tree,
or a state that differs by one release, costs what is new and some hard links, and where nothing
is new nothing is done: no uv is started, a folder is found.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from foretaste.adapters.uv.asking import Wants, is_installed, static_wheel
from foretaste.adapters.uv.closure import externals
from foretaste.adapters.uv.interpreters import Interpreter
from foretaste.adapters.uv.pinned import parse_pins
from foretaste.adapters.uv.releases import UvReleases
from foretaste.adapters.uv.requirements import (
    Read,
    Wanted,
    checked,
    load_pyproject,
    reads_the_tree,
    wanted,
)
from foretaste.adapters.uv.resolve import Question
from foretaste.adapters.uv.wheels import Recipe, Wheel
from foretaste.adapters.uv.workbench import Supplies, Work, Workbench
from foretaste.ports.environments import Environment, Say
from foretaste.ports.errors import UserError
from foretaste.ports.executor import EnvironmentSpec, Source
from foretaste.ports.releases import Pin

__all__ = ["Supplies", "UvEnvironments"]


class UvEnvironments:
    """Makes environments below `folder`; `offline` uses only what is cached.

    `bench` is what it makes them with, and `releases` reads what they are made of.
    """

    def __init__(self, folder: Path, supplies: Supplies, *, offline: bool = False) -> None:
        self._trees = supplies.trees
        self.bench = Workbench(folder, supplies, offline=offline)
        self.releases = UvReleases(self.bench.packages, self.bench.interpreters)
        self._made: dict[str, Environment] = {}
        self._lock = threading.Lock()

    def identity(self, python: str) -> str:
        """Return which interpreter a version stands for here; the version where there is none."""
        try:
            return self.bench.interpreters.find(python).identity
        except UserError:
            return python

    def refresh(self) -> None:
        """Resolve everything anew from now on."""
        with self._lock:
            self._made.clear()
        self.bench.resolutions.forget()

    def make(self, spec: EnvironmentSpec, sources: Sequence[Source], say: Say) -> Environment:
        """Return an environment for the spec with the sources installed from their trees.

        Raises:
            UserError: the requirements have no solution, a build fails, no such interpreter.
            TransientError: the index is out of reach, the disk is full.
        """
        work = self._begin(spec, say)
        key = _request(spec, sources, work.interpreter)
        with self._lock:
            made = self._made.get(key)
        # Somebody may have emptied the cache by hand; it is a cache, so that must do no harm.
        if made is not None and made.path.exists():
            self.bench.touch(made.path)
            return made
        environment = self._environment(work, spec, sources)
        with self._lock:
            self._made[key] = environment
        return replace(environment, seconds=work.seconds)

    def requirements(self, spec: EnvironmentSpec, sources: Sequence[Source], say: Say) -> Wants:
        """Return what the spec asks for: of the index, and whether the project goes on top.

        Where the project must be built to know, the spec's `build_pins` build it, if there are any.

        Raises:
            UserError: a requirement cannot be used, or the project must be built and does not.
            TransientError: the index is out of reach.
        """
        work = self._begin(spec, say)
        asked = wanted(spec.install, self._reader(sources), say)
        own = asked.own and self._is_installed(sources)
        others = [self.bench.project(work, source) for source in sources[1:]]
        if asked.own:
            others = [self._described(work, spec, sources), *others]
        return Wants(
            requirements=_externals(work, asked, others),
            constraints=asked.constraints,
            own=own,
            build=self.bench.needs(work, sources[0]) if own else (),
        )

    def _begin(self, spec: EnvironmentSpec, say: Say) -> Work:
        return self.bench.begin(spec.python, Recipe(constraints=spec.build_constraints), say)

    def _environment(
        self, work: Work, spec: EnvironmentSpec, sources: Sequence[Source]
    ) -> Environment:
        if spec.pins is not None:
            return self._pinned(work, spec, sources)
        asked = wanted((*spec.preinstall, *spec.install), self._reader(sources), work.say)
        own = asked.own and self._is_installed(sources)
        wheels = self._built(work, sources, own=own)
        # A project that is no package is not installed, and what it depends on is.
        asking = asked.own and not own
        described = (self._described(work, spec, sources), *wheels) if asking else wheels
        question = Question(
            packages=_externals(work, asked, described),
            constraints=asked.constraints,
            provided=tuple(wheel.name for wheel in wheels),
        )
        return self.bench.joined(work, self.bench.resolved(work, question), wheels)

    def _pinned(self, work: Work, spec: EnvironmentSpec, sources: Sequence[Source]) -> Environment:
        """Return the environment of exactly these releases; the projects take the place of theirs.

        What is installed before anything else stays as it is, whatever the pins say.
        """
        own = any(entry.startswith(".") for entry in spec.install)
        builds = None if spec.build_pins is None else parse_pins(spec.build_pins)
        wheels = self._built(work, sources, own=own and self._is_installed(sources), builds=builds)
        texts = [checked(text, "preinstall") for text in spec.preinstall]
        first = self.bench.resolved(work, Question(packages=tuple(texts)))
        fixed = {canonicalize_name(Requirement(text).name) for text in texts}
        taken = fixed | {wheel.name for wheel in wheels}
        given = [pin for pin in parse_pins(spec.pins or ()) if pin.name not in taken]
        named = {pin.name for pin in given}
        before = [pin for pin in first if pin.name not in named]
        return self.bench.joined(work, [*before, *given], wheels)

    def _built(
        self,
        work: Work,
        sources: Sequence[Source],
        *,
        own: bool,
        builds: Sequence[Pin] | None = None,
    ) -> tuple[Wheel, ...]:
        """Return the wheels of the projects that are installed, the one under test first."""
        first = (self.bench.project(work, sources[0], builds),) if own else ()
        return (*first, *(self.bench.project(work, source) for source in sources[1:]))

    def _described(self, work: Work, spec: EnvironmentSpec, sources: Sequence[Source]) -> Wheel:
        """Return what the project under test requires, built only where nothing else tells."""
        read = self._reader(sources)
        pyproject = load_pyproject(read)
        static = static_wheel(pyproject, whole=is_installed(pyproject, read))
        builds = None if spec.build_pins is None else parse_pins(spec.build_pins)
        return static or self.bench.project(work, sources[0], builds)

    def _is_installed(self, sources: Sequence[Source]) -> bool:
        read = self._reader(sources)
        return is_installed(load_pyproject(read), read)

    def _reader(self, sources: Sequence[Source]) -> Read:
        return lambda path: self._trees.read(sources[0], path)


def _externals(work: Work, asked: Wanted, wheels: Sequence[Wheel]) -> tuple[str, ...]:
    """Return what is asked of the index; where the project itself is asked for it is the first."""
    extras = {wheels[0].name: asked.extras} if asked.own else {}
    return externals(asked.packages, wheels, extras, work.interpreter)


def _request(spec: EnvironmentSpec, sources: Sequence[Source], interpreter: Interpreter) -> str:
    """Return a key for a call: whatever could change its answer, and nothing else."""
    reads = spec.pins is not None or reads_the_tree(spec.install)
    own = f"{sources[0].project} {sources[0].tree}" if reads else ""
    others = (f"{source.project} {source.tree}" for source in sources[1:])
    said = "\n".join((interpreter.identity, repr(spec), own, *others))
    return hashlib.sha256(said.encode()).hexdigest()
