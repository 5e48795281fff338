"""Builds that end when they are told to: real processes for scenarios that run on git.

Each build is a child process in a folder with the files of its prospect. It waits for a line that
holds its exit status. Everything is done in the caller's thread and is over when the call returns,
so that a scenario is told the same story each time.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from foretaste.ports.environments import Trees
from foretaste.ports.errors import PortError, TransientError
from foretaste.ports.executor import Ending, Finished, JobSpec, Listener, Started

WAIT: Final = ("/bin/sh", "-c", 'read -r status && exit "$status"; exit 3')
"""What every build runs: it ends with the status that it is told, 3 where it is told none."""

PATIENCE: Final = 30.0
"""Seconds that a build may take to end after it was told to; it takes a millisecond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    """A build that runs."""

    process: subprocess.Popen[bytes]
    listener: Listener
    folder: Path


class ToldExecutor:
    """Runs a process a build, below `folder`, until `end`, `lose` or `cancel`.

    `width` is how many builds may run at once; 0 for no limit.
    """

    def __init__(self, folder: Path, trees: Trees, *, width: int = 0) -> None:
        self._folder = folder
        self._trees = trees
        self._width = width
        self._known: set[str] = set()
        self._running: dict[str, _Running] = {}
        self._closed = False
        folder.mkdir(parents=True, exist_ok=True)

    def slots(self) -> int:
        """Return how many builds may run at once; 0 for no limit."""
        return self._width

    def start(self, spec: JobSpec, listener: Listener) -> None:
        """Begin a build; a second start of an attempt does nothing."""
        if spec.attempt in self._known:
            return
        self._known.add(spec.attempt)
        if self._closed:
            why = "the executor is closed"
            listener(Finished(attempt=spec.attempt, ending=Ending.LOST, why=why))
            return
        listener(Started(attempt=spec.attempt))
        try:
            self._running[spec.attempt] = self._begun(spec, listener)
        except TransientError as error:
            listener(Finished(attempt=spec.attempt, ending=Ending.LOST, why=str(error)))
        except PortError as error:
            listener(Finished(attempt=spec.attempt, ending=Ending.REFUSED, why=str(error)))

    def end(self, attempt: str, status: int) -> None:
        """Tell a build to exit with this status; nothing happens to one that does not run."""

        def tell(process: subprocess.Popen[bytes]) -> None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.communicate(f"{status}\n".encode(), PATIENCE)

        self._finish(attempt, tell)

    def lose(self, attempt: str) -> None:
        """Kill a build's process as the machine might; nothing happens to one that does not run."""
        self._finish(attempt, lambda process: process.kill())

    def cancel(self, attempt: str) -> None:
        """Stop a build with everything that it started, and wait for it."""
        self._finish(attempt, _kill, Ending.CANCELLED)

    def running(self) -> frozenset[str]:
        """Return the builds that have not ended."""
        return frozenset(self._running)

    def folder(self, attempt: str) -> Path:
        """Return where a build runs: a folder of each project's files, numbered as its sources."""
        return self._folder / attempt

    def drop(self) -> None:
        """End every build without a word, as happens where the gate dies."""
        while self._running:
            _, build = self._running.popitem()
            _kill(build.process)
            _over(build)

    def close(self) -> None:
        """Cancel everything; what is started from now on is lost."""
        self._closed = True
        for attempt in sorted(self._running):
            self.cancel(attempt)

    def _begun(self, spec: JobSpec, listener: Listener) -> _Running:
        folder = self.folder(spec.attempt)
        try:
            folder.mkdir()
            for number, source in enumerate(spec.sources):
                self._trees.export(source, folder / f"{number}-{source.project}")
            process = subprocess.Popen(
                WAIT,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=folder,
                env={"PATH": os.defpath},
                start_new_session=True,
            )
        except OSError as error:
            raise TransientError("FT613", f"a job could not be started: {error}") from error
        return _Running(process=process, listener=listener, folder=folder)

    def _finish(
        self,
        attempt: str,
        stop: Callable[[subprocess.Popen[bytes]], None],
        ending: Ending | None = None,
    ) -> None:
        build = self._running.pop(attempt, None)
        if build is None:
            return
        stop(build.process)
        status = _over(build)
        if ending is None:
            ending = Ending.LOST if status < 0 else Ending.EXITED
        told = status if ending is Ending.EXITED else None
        build.listener(Finished(attempt=attempt, ending=ending, exit_status=told))


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill the process's whole group; it is not waited for yet, so the group is its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _over(build: _Running) -> int:
    """Wait until the process is gone, take its folder away, and return how it ended."""
    try:
        status = build.process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        build.process.kill()
        status = build.process.wait()
    if build.process.stdin is not None:
        build.process.stdin.close()
    shutil.rmtree(build.folder, ignore_errors=True)
    return status
