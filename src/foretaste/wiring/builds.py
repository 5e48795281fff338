"""Builds: what a gate runs jobs with on this machine, put together."""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from foretaste.adapters.clock import SystemClock
from foretaste.adapters.executors.bases import WarmBases
from foretaste.adapters.executors.places import Places
from foretaste.adapters.git.commits import Commits
from foretaste.adapters.git.contents import GitContents
from foretaste.adapters.git.shelf import Shelf
from foretaste.adapters.git.trees import GitTrees
from foretaste.adapters.sandbox.bubblewrap import Bubblewrap
from foretaste.adapters.sandbox.choice import choose_sandbox
from foretaste.adapters.sandbox.unconfined import Unconfined
from foretaste.adapters.uv.environments import Supplies, UvEnvironments
from foretaste.config.gate import GateSettings
from foretaste.core.names import Oid, ProjectName
from foretaste.plugins.load import Group, load
from foretaste.ports.drivers import ExecutorDriver, Site
from foretaste.ports.executor import Executor
from foretaste.service.jobs import ConfiguredJobs
from foretaste.service.starts import ServeOptions
from foretaste.wiring.layout import Layout

# The same first settings give the same first commit, whenever a gate is made; in seconds of 1970.
FIRST_DATE: Final = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where builds are run: the gate's folder, its repositories, its clock."""

    layout: Layout
    shelf: Shelf
    clock: SystemClock


@dataclass(frozen=True, slots=True, kw_only=True)
class Builds:
    """The executor of a gate and what it stands on."""

    shelf: Shelf
    clock: SystemClock
    contents: GitContents
    sandbox: Bubblewrap | Unconfined
    executor: Executor
    environments: UvEnvironments
    places: Places

    def jobs(self, settings: Callable[[], GateSettings]) -> ConfiguredJobs:
        """Return what reads jobs from prospects, under the settings in force."""
        return ConfiguredJobs(
            self.contents,
            settings,
            interpreter=platform.python_version(),
            index=lambda: _day(self.clock.wall()),
            identify=self.environments.identity,
        )

    def read_log(self, build: str, offset: int, size: int) -> tuple[bytes, int, bool]:
        """Read a build's log: the bytes, how many there are in all, whether that is all."""
        done = build not in self.executor.running()
        data, total = self.places.read_log(build, offset, size)
        return data, total, done

    def read_artefact(self, build: str, path: str) -> bytes | None:
        """Read one artefact of a build, None where there is none."""
        return self.places.read_artefact(build, path)

    def first_commit(self, project: ProjectName, files: Mapping[str, str]) -> Oid:
        """Make a commit of these files, without parents."""
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                Path(folder, name).write_text(text, encoding="utf-8")
            dated = (FIRST_DATE, "Begin with the default settings\n")
            commits = Commits(self.shelf)
            return commits.commit_tree_from_folder(project, Path(folder), (), dated)

    def close(self) -> None:
        """End every build, and wait until nothing of it is left."""
        self.executor.close()
        self.sandbox.close()


def _day(now: float) -> str:
    """Name the index's state by the day: a verdict is used again as long as that.

    A new release must come to be tested without a change to any tree, and asking the index for
    each job would cost more than a build that is run once a day more.
    """
    return datetime.fromtimestamp(now, UTC).date().isoformat()


def open_builds(place: Place, environments: Path | None, options: ServeOptions) -> Builds:
    """Put the executor together; `environments` is a folder of theirs to be used again."""
    layout, clock = place.layout, place.clock
    trees = GitTrees(place.shelf)
    sandbox = choose_sandbox(layout.sandbox, clock, allow_unsandboxed=options.allow_unsandboxed)
    bases = WarmBases(layout.builds / "bases", trees, clock)
    supplies = Supplies(trees=trees, bases=bases, sandbox=sandbox, clock=clock)
    made = UvEnvironments(environments or layout.environments, supplies, offline=options.offline)
    driver: ExecutorDriver = load(Group.EXECUTOR, options.executor)
    executor = driver(
        Site(
            folder=layout.builds,
            bases=bases,
            environments=made,
            sandbox=sandbox,
            clock=clock,
            slots=options.workers,
            unsandboxed=options.allow_unsandboxed,
        )
    )
    contents = GitContents(place.shelf)
    return Builds(
        clock=clock,
        shelf=place.shelf,
        contents=contents,
        sandbox=sandbox,
        executor=executor,
        environments=made,
        places=Places(layout.builds),
    )
