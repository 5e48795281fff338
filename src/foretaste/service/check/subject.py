"""Subject: the project that is checked, how it is tested, and what it stands on today."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from foretaste.ports.clock import Clock
from foretaste.ports.executor import Executor, Source
from foretaste.ports.index import Index
from foretaste.ports.releases import Pin, Releases, Resolver

Say = Callable[[str], None]
"""Tells one line of progress to whoever waits."""

ReadLog = Callable[[str, int, int], tuple[bytes, int, bool]]
"""Reads a part of a build's log: the bytes, its size in all, whether it will not grow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How the project is tested, whatever it stands on.

    `install` is as in a job: only "." counts (with no extras: those are in the requirements).
    `timeout` is in seconds.
    """

    run: str
    python: str = ""
    install: tuple[str, ...] = ()
    preinstall: tuple[str, ...] = ()
    build_constraints: tuple[str, ...] = ()
    extra_build: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 900.0
    network: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A project, and what is known to work for it.

    `requirements` and `constraints` are PEP 508 texts: all that the project asks for, with what
    its tests need. `base` has the version of each package that is installed today, `base_hashes`
    the hashes of the files that it was locked with, where told; `base_from`
    says where that was read ("uv.lock"), `base_date` of when it is, where that is known. None for
    `base` is what the requirements gave as of `base_date`. `build_requires` are what builds the
    project (PEP 518), empty where nothing is built. `test` is the command as people know it, and
    `files` are small files that it needs, by path: for the script that shows the failure elsewhere.
    """

    project: str
    version: str = ""
    source: Source
    recipe: Recipe
    requirements: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    base: Mapping[str, str] | None = None
    base_hashes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    base_from: str = ""
    base_date: datetime | None = None
    build_requires: tuple[str, ...] = ()
    test: str = ""
    files: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """An unreleased state of a dependency, built as a wheel.

    `origin` is where it comes from, "git+URL@REF" or a folder; `mark` tells it apart from a release
    of the same version (the commit's first digits, or those of the folder's digest).
    """

    pin: Pin
    origin: str
    mark: str

    @property
    def version(self) -> str:
        """Its version with the mark as local part (PEP 440), so that it is no release's."""
        local = "." if "+" in self.pin.version else "+"
        return f"{self.pin.version}{local}g{self.mark}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is asked: which releases, as of when, and at what effort.

    `releases` are requirements on the candidates; empty is everything newer. `as_of` None is
    now. `patches` take the place of releases; where only they are asked for, nothing else moves but
    what they force. `slots` trials run at once; `budget` counts all of them.
    """

    releases: tuple[str, ...] = ()
    patches: tuple[Patch, ...] = ()
    as_of: datetime | None = None
    slots: int = 1
    budget: int = 60
    confidence: float = 0.999
    oracles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a check is made with.

    `run` names its builds, apart from those of any other. `say` tells its steps, `detail` what
    resolving and building have to tell. `began` is when it began, by the clock's monotonic reading.
    """

    run: str
    began: float
    index: Index
    resolver: Resolver
    releases: Releases
    executor: Executor
    read_log: ReadLog
    clock: Clock
    say: Say
    detail: Say
