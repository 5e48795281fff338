"""What a build stands on: trees, interpreters, environments and a sandbox.

The local executor is composed of these four, so that each has a real adapter and a twin.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from foretaste.ports.executor import EnvironmentSpec, Source

STACKS_SIGNAL = 61
"""The signal that asks a confined process where it stands: one of those that nobody else uses."""

Say = Callable[[str], None]
"""Writes one line to the build's log."""

JOB_FOLDER = "/job"
"""Where a confined process finds its writable folders."""

ENVIRONMENT_FOLDER = "/env"
"""Where a confined process finds its environment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """An environment that exists, shared read-only between builds.

    `path` is its folder, made to be used at `ENVIRONMENT_FOLDER`; `python` is the interpreter
    there; `lock` the digest (sha256, hex) of everything in it; `readable` every other folder
    that must be visible, at its own path, to use it. `seconds` says how long this call took to
    make it, by phase (fetch, build, environment); nothing where it was there already.
    """

    path: Path
    python: Path
    lock: str
    readable: tuple[Path, ...] = ()
    seconds: Mapping[str, float] = field(default_factory=dict)


class Trees(Protocol):
    """Gives the files of a commit without ever running git in a folder that a job wrote."""

    def export(self, source: Source, into: Path) -> None:
        """Write the tree's files to `into` (created; must not exist), symbolic links as links.

        Raises:
            PermanentError: the commit is not there.
            TransientError: the disk is full.
        """
        ...

    def read(self, source: Source, path: str) -> bytes | None:
        """Return a file's bytes, None where the tree has no such file."""
        ...


class Bases(Protocol):
    """Keeps the files of trees that builds start from, each written once."""

    def folder(self, source: Source) -> Path:
        """Return a folder with the tree's files, which nobody may write to.

        Raises:
            PermanentError: the commit is not there.
            TransientError: the disk is full.
        """
        ...


class Environments(Protocol):
    """Makes environments, keyed by interpreter and lock, byte-compiled once."""

    def make(self, spec: EnvironmentSpec, sources: Sequence[Source], say: Say) -> Environment:
        """Return an environment for the spec with the sources installed from their trees.

        Three steps: fetch (by hash, on the gate's side, no code runs), build (sdists and the
        sources, in the sandbox without network), install. What exists already is used again.

        Raises:
            UserError: the requirements have no solution, a build fails, no such interpreter.
            TransientError: the index is out of reach, the disk is full.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Confinement:
    """What one process in the sandbox may see and use.

    `readable` maps a path inside to a file or folder outside, read-only. `folders` are the
    writable folders, each `JOB_FOLDER/<name>` inside: it starts as a copy of the folder outside,
    or empty; they live in memory and are gone with the process, except for what is read through
    `Running.results`. `disk` bounds them together, and `/tmp` once more.
    Sizes are bytes, `processes` a count, `seconds` wall time. Where `last_words` is not 0, those
    processes that catch SIGABRT get it when the time is over, and at most so many seconds
    together until all are killed: Python's `faulthandler` then writes where they stood. Where
    `stacks_after` is not 0, a process that catches `STACKS_SIGNAL`, has run so many seconds and
    stands still gets that, a few times.
    """

    readable: Mapping[str, Path] = field(default_factory=dict)
    folders: Mapping[str, Path | None] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: str = "/"
    network: bool = False
    seconds: float = 900.0
    last_words: float = 0.0
    stacks_after: float = 0.0
    memory: int = 4 * 2**30
    processes: int = 512
    disk: int = 2 * 2**30


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """How a confined process ended; `status` is None where it did not exit by itself.

    `limit` names what it ran into: "timeout", "log", "memory", "processes", or "" for nothing.
    """

    status: int | None
    limit: str = ""
    cancelled: bool = False


class Running(Protocol):
    """A confined process that has been started."""

    def wait(self) -> Exit:
        """Wait until the process and everything it started are gone, and say how it ended."""
        ...

    def kill(self) -> None:
        """Kill it with everything it started; idempotent, from any thread."""
        ...

    def results(self) -> int:
        """Return a descriptor of `JOB_FOLDER` as the process left it; valid until `close`.

        What is in there was written by the job: open it without following links.
        """
        ...

    def close(self) -> None:
        """Give up the results; idempotent. Call it after `wait`."""
        ...


class Sandbox(Protocol):
    """Runs commands where they can reach only what they are given (`sandbox.md`)."""

    def level(self) -> int:
        """Return the measured level: 3 all, 2 no cgroups, 1 no user namespaces, 0 nothing."""
        ...

    def why(self) -> str:
        """Return what is missing for level 3 and what mends it; "" for nothing."""
        ...

    def start(
        self, command: Sequence[str], confinement: Confinement, output: Callable[[bytes], bool]
    ) -> Running:
        """Start `command` with both its streams going to `output` as they come.

        Returns when the folders are filled and the command begins. `output` is called from a
        thread of the sandbox's; it returns False when it will take no more, which kills the
        process (limit "log").

        Raises:
            PermanentError: the sandbox keeps out too little here; says why and what mends it.
            UserError: the folders to start from do not fit.
            TransientError: no process can be started now.
        """
        ...
