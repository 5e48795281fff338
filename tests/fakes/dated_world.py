"""A world with a past: an index of one's own that tells dates, and a resolver that asks it.

Sdists bring their own backend, and are built in the sandbox.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from foretaste.adapters.index.simple import SimpleIndex
from foretaste.adapters.uv.asof import UvResolver
from foretaste.ports.releases import Asking, Pins
from foretaste.simulation.clock import VirtualClock
from tests.fakes.dated_index import DatedFile, DatedIndex, dated_index
from tests.fakes.index import sdist, wheel
from tests.fakes.jobs import JobRunner, local_jobs

BACKEND = """
import os, zipfile
NAME, VERSION, REQUIRES, BROKEN = {name!r}, {version!r}, {requires!r}, {broken!r}

def build_wheel(folder, settings=None, metadata=None):
    if BROKEN:
        raise SystemExit("no compiler of that age")
    name = NAME + "-" + VERSION + "-py3-none-any.whl"
    info = NAME + "-" + VERSION + ".dist-info/"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        archive.writestr(NAME + ".py", "value = " + repr(VERSION))
        archive.writestr(info + "METADATA", "Metadata-Version: 2.1\\nName: " + NAME +
                         "\\nVersion: " + VERSION + "\\n" + REQUIRES)
        archive.writestr(info + "WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\n"
                         "Root-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(info + "RECORD", "".join("%s,,\\n" % n for n in archive.namelist()))
    return name
"""
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
NOW = datetime(2030, 1, 1, tzinfo=UTC)


def day(text: str) -> datetime:
    """Return the beginning of a day, or a time, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@dataclass(slots=True)
class World:
    """An index with dates, and a resolver that asks it."""

    told: DatedIndex
    runner: JobRunner
    folder: Path
    clock: VirtualClock = field(default_factory=lambda: VirtualClock(NOW.timestamp()))
    said: list[str] = field(default_factory=list)
    opened: list[SimpleIndex] = field(default_factory=list)

    def resolver(self, *, offline: bool = False) -> UvResolver:
        """Return a resolver that remembers nothing but what is on disk."""
        index = SimpleIndex(self.folder / "pages", [self.told.address], self.clock, offline=offline)
        self.opened.append(index)
        return UvResolver(self.runner.environments.bench, index)

    def wheel(self, name: str, version: str, on: str, *requires: str, **more: Any) -> None:
        """Upload a release as a wheel."""
        tag = more.pop("tag", "py3-none-any")
        module = f"value = {version!r}  # {tag}\n"
        data = wheel(name, version, {f"{name}.py": module}, lines(requires))
        filename = f"{name}-{version}-{tag}.whl"
        self.told.add(DatedFile(filename=filename, data=data, day=on, **more))

    def source(
        self, name: str, version: str, on: str, *requires: str, broken: bool = False, **more: Any
    ) -> None:
        """Upload a release as an sdist."""
        backend = BACKEND.format(
            name=name, version=version, requires=lines(requires), broken=broken
        )
        files = {
            "pyproject.toml": PYPROJECT,
            "backend.py": backend,
            "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        }
        filename = f"{name}-{version}.tar.gz"
        data = sdist(name, version, files)
        self.told.add(DatedFile(filename=filename, data=data, day=on, **more))

    def resolve(self, *requirements: str, as_of: str = "", **asked: object) -> dict[str, str]:
        """Return the versions that are chosen."""
        return versions(self.pins(*requirements, as_of=as_of, **asked))

    def pins(self, *requirements: str, as_of: str = "", **asked: object) -> Pins:
        """Return the pins that are chosen."""
        asking = Asking(
            python="",
            requirements=requirements,
            as_of=day(as_of) if as_of else None,
            **asked,  # type: ignore[arg-type]
        )
        return self.resolver().resolve(asking, self.said.append)

    def pinned(self, **base: str) -> Pins:
        """Return the pins of exactly these versions."""
        asking = Asking(python="", requirements=(), base=base)
        return self.resolver().pin(asking, self.said.append)

    def asked_for_pages(self) -> int:
        """Return how often a page was asked for."""
        return sum(path.startswith("/simple/") for path in self.told.asked)


def lines(requires: tuple[str, ...]) -> str:
    """Return what a release requires, as metadata says it."""
    return "".join(f"Requires-Dist: {each}\n" for each in requires)


def versions(pins: Pins) -> dict[str, str]:
    """Return the versions of pins."""
    return {name: pin.version for name, pin in pins.items()}


@contextlib.contextmanager
def dated_world(folder: Path, setenv: Callable[[str, str], None]) -> Iterator[World]:
    """Open a world below `folder`; `setenv` makes its index the one that uv asks."""
    with dated_index() as told:
        setenv("UV_DEFAULT_INDEX", told.address)
        with local_jobs(folder / "gate") as runner:
            world = World(told, runner, folder / "index")
            runner.environments.bench.clock = world.clock
            yield world
            for index in world.opened:
                index.close()
