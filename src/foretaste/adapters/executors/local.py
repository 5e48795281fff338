"""The local executor: builds on this machine, as many at once as there are slots.

Each build is followed by a thread of a pool. The queue, retries and attempt ids are the gate's;
a build that is given beyond the slots waits here.
"""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from foretaste.adapters.executors.builds import Build, Leave, Workshop, refuse
from foretaste.adapters.executors.logs import Log
from foretaste.adapters.executors.places import Places
from foretaste.ports.errors import PortError
from foretaste.ports.executor import (
    Ending,
    Finished,
    JobSpec,
    Listener,
    Output,
    Started,
)


class LocalExecutor:
    """Runs builds here; logs and artefacts lie below `folder`.

    `slots` 0 is one for each processor that this process may use.
    """

    def __init__(
        self, folder: Path, workshop: Workshop, *, slots: int = 0, leave: Leave | None = None
    ) -> None:
        self.places = Places(folder)
        self._workshop = workshop
        self._leave = leave or Leave()
        self._slots = slots or len(os.sched_getaffinity(0))
        self._lock = threading.Lock()
        self._known: set[str] = set()
        self._running: dict[str, Build | None] = {}
        self._cancelled: set[str] = set()
        self._closed = False
        self._pool = ThreadPoolExecutor(max_workers=self._slots, thread_name_prefix="build")
        for name in ("logs", "artefacts"):
            (folder / name).mkdir(mode=0o755, parents=True, exist_ok=True)
            (folder / name).chmod(0o755)

    def slots(self) -> int:
        """Return how many builds may run at once."""
        return self._slots

    def start(self, spec: JobSpec, listener: Listener) -> None:
        """Begin the build and return at once; a second start of an attempt does nothing."""
        with self._lock:
            if spec.attempt in self._known:
                return
            self._known.add(spec.attempt)
            closed = self._closed
            if not closed:
                self._running[spec.attempt] = None
        if closed:
            why = "the executor is closed"
            listener(Finished(attempt=spec.attempt, ending=Ending.LOST, why=why))
            return
        self._pool.submit(self._follow, spec, listener)

    def cancel(self, attempt: str) -> None:
        """Stop the build with everything it started; idempotent, confirmed by its Finished."""
        with self._lock:
            if attempt not in self._running:
                return
            self._cancelled.add(attempt)
            build = self._running[attempt]
        if build is not None:
            build.cancel()

    def running(self) -> frozenset[str]:
        """Return the attempts that have not finished."""
        with self._lock:
            return frozenset(self._running)

    def read_log(self, attempt: str, offset: int, size: int) -> tuple[bytes, int, bool]:
        """Return a part of a log, its size in all, and whether it will not grow any more."""
        # Whether it runs is asked first: a log that ends in between is only read once more.
        done = attempt not in self.running()
        data, total = self.places.read_log(attempt, offset, size)
        return data, total, done

    def close(self) -> None:
        """Cancel everything and wait until nothing is left running."""
        with self._lock:
            self._closed = True
            attempts = list(self._running)
        for attempt in attempts:
            self.cancel(attempt)
        self._pool.shutdown(wait=True)

    def _follow(self, spec: JobSpec, listener: Listener) -> None:
        listener(Started(attempt=spec.attempt))
        try:
            finished = self._built(spec, listener)
        except PortError as error:
            finished = Finished(attempt=spec.attempt, ending=Ending.REFUSED, why=str(error))
        except Exception as error:  # noqa: BLE001 -- the one Finished must come, whatever broke
            why = f"the executor failed: {error!r}"
            finished = Finished(attempt=spec.attempt, ending=Ending.LOST, why=why)
        with self._lock:
            del self._running[spec.attempt]
            self._cancelled.discard(spec.attempt)
        listener(finished)

    def _built(self, spec: JobSpec, listener: Listener) -> Finished:
        refuse(spec, self._leave)
        self.places.label(spec.attempt).write_text(spec.label, encoding="utf-8")
        log = Log(
            self.places.log(spec.attempt),
            spec.log_limit,
            self._workshop.clock,
            lambda size: listener(Output(attempt=spec.attempt, size=size)),
        )
        try:
            build = Build(
                spec=spec,
                workshop=self._workshop,
                places=self.places,
                log=log,
                leave=self._leave,
            )
            finished = self._registered(build).run()
            if finished.why:
                log.say(finished.why)
        finally:
            log.close()
        return replace(finished, log_size=log.size)

    def _registered(self, build: Build) -> Build:
        """Let `cancel` find the build; one that was cancelled while it waited is cancelled now."""
        with self._lock:
            self._running[build.spec.attempt] = build
            cancelled = build.spec.attempt in self._cancelled
        if cancelled:
            build.cancel()
        return build
