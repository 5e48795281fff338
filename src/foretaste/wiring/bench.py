"""Bench: what checks are made with on this machine.

What is kept between two checks lies in the user's cache folder (XDG base directories): what the
index showed, wheels, environments. Nothing in it is needed; a check makes anew what is missing.
"""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from foretaste.adapters.clock import SystemClock
from foretaste.adapters.executors.places import Places
from foretaste.adapters.folders.snapshots import FolderSnapshots
from foretaste.adapters.git.command import Git
from foretaste.adapters.git.worktree import WorkTrees
from foretaste.adapters.index.simple import SimpleIndex
from foretaste.adapters.sandbox.choice import choose_sandbox
from foretaste.adapters.uv.asof import UvResolver
from foretaste.adapters.uv.environments import Supplies, UvEnvironments
from foretaste.config.tree import FolderTree
from foretaste.config.uvindexes import index_variables
from foretaste.plugins.load import Group, load
from foretaste.ports.clock import Clock
from foretaste.ports.drivers import ExecutorDriver, Site
from foretaste.ports.environments import Sandbox
from foretaste.service.check.subject import ReadLog, Tools
from foretaste.service.starts import CheckOptions, Voices

# Seconds that a trial's log is kept for whoever wants to read it.
LOGS_KEPT = 7 * 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """What checks are made with on this machine."""

    cache: Path
    clock: SystemClock
    snapshots: FolderSnapshots
    work_trees: WorkTrees
    environments: UvEnvironments
    sandbox: Sandbox
    tools: Tools


def cache_folder() -> Path:
    """Return where checks keep what they may need again."""
    root = Path(os.environ.get("XDG_CACHE_HOME", ""))
    # The specification has relative paths ignored.
    root = root if root.is_absolute() else Path("~/.cache").expanduser()
    return root / "foretaste" / "check"


@contextlib.contextmanager
def open_bench(options: CheckOptions, voices: Voices, cache: Path | None = None) -> Iterator[Bench]:
    """Open what checks are made with, and close it in the end.

    `cache` is where it keeps what it may need again; None is the user's own folder. Then the
    project is the user's own, too, and may say where packages come from.
    """
    environ = _with_indexes(options.project) if cache is None else None
    cache = cache or cache_folder()
    clock = SystemClock()
    began = clock.monotonic()
    work_trees = WorkTrees(Git())
    with contextlib.ExitStack() as stack:
        snapshots = FolderSnapshots(cache / "projects", clock, work_trees.listed)
        sandbox = choose_sandbox(
            cache / "sandbox", clock, allow_unsandboxed=options.allow_unsandboxed
        )
        stack.callback(sandbox.close)
        supplies = Supplies(
            trees=snapshots, bases=snapshots, sandbox=sandbox, clock=clock, environ=environ
        )
        environments = UvEnvironments(cache / "environments", supplies, offline=options.offline)
        driver: ExecutorDriver = load(Group.EXECUTOR, "local")
        executor = driver(_site(options, cache / "builds", supplies, environments))
        stack.callback(executor.close)
        bench = environments.bench
        index = SimpleIndex(cache / "index", bench.uv.indexes(), clock, offline=options.offline)
        stack.callback(index.close)
        yield Bench(
            cache=cache,
            clock=clock,
            snapshots=snapshots,
            work_trees=work_trees,
            environments=environments,
            sandbox=sandbox,
            tools=Tools(
                began=began,
                run=f"check-{secrets.token_hex(6)}",
                index=index,
                resolver=UvResolver(bench, index),
                releases=environments.releases,
                executor=executor,
                read_log=_reader(cache / "builds", clock),
                clock=clock,
                say=voices.say,
                detail=voices.detail,
            ),
        )


def _site(
    options: CheckOptions, folder: Path, supplies: Supplies, environments: UvEnvironments
) -> Site:
    return Site(
        folder=folder,
        bases=supplies.bases,
        environments=environments,
        sandbox=supplies.sandbox,
        clock=supplies.clock,
        slots=options.slots,
        unsandboxed=options.allow_unsandboxed,
    )


def _reader(folder: Path, clock: Clock) -> ReadLog:
    """Return what reads logs of builds below a folder; they are read when they grow no more.

    Those of checks that are long over are removed.
    """
    places = Places(folder)
    places.sweep(clock.wall() - LOGS_KEPT)
    return lambda attempt, offset, size: (*places.read_log(attempt, offset, size), True)


def _with_indexes(project: Path) -> Mapping[str, str]:
    """Return our environment with the indexes of a project, before which our own go."""
    folder = project.resolve()
    return {**index_variables(FolderTree(folder=folder), folder), **os.environ}
