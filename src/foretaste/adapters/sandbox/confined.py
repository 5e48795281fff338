"""A confined process that runs: followed to its end, and the end is an empty namespace.

The process that bubblewrap leaves outside can be gone before the ones inside are; what decides
is the init of the pid namespace, for the kernel lets go of it only after everything else in
there.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from foretaste.adapters.sandbox.last_words import LastWords
from foretaste.adapters.sandbox.limits import Share
from foretaste.adapters.sandbox.members import of_namespace
from foretaste.adapters.sandbox.standstill import Standstill
from foretaste.ports.clock import Clock
from foretaste.ports.environments import Confinement, Exit

_CHUNK = 65536
# How often a pipe, which holds one chunk unless somebody made it larger, is read at the end.
_PIPEFULS = 64
# How often limits and the deadline are looked at, in seconds; output and the end wake at once.
_TICK = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Handles:
    """What belongs to one process: closed when it is over.

    `outer` is bubblewrap outside, `init` a pidfd of the namespace's init, `output` the reading
    end of both streams, `results` a descriptor of the writable folders, `namespace` the name of
    the pid namespace, "" for none.
    """

    outer: subprocess.Popen[bytes]
    init: int
    output: int
    results: int
    namespace: str = ""


class Confined:
    """Follows one process from a thread of its own."""

    def __init__(
        self,
        handles: Handles,
        share: Share,
        clock: Clock,
        output: Callable[[bytes], bool],
    ) -> None:
        self._handles = handles
        self._share = share
        self._clock = clock
        self._output = output
        self._limit = ""
        self._cancelled = False
        self._lock = threading.Lock()
        self._open = True
        self._results = handles.results
        self._thread = threading.Thread(target=self._follow, name="confined", daemon=True)
        self._done: Callable[[], None] = lambda: None
        self._confinement = Confinement()
        self._standstill: Standstill | None = None

    def follow(self, confinement: Confinement, done: Callable[[], None]) -> None:
        """Begin; `done` is called once, when the namespace is empty and nobody needs its results."""
        self._confinement = confinement
        if confinement.stacks_after > 0:
            self._standstill = Standstill(confinement.stacks_after, self._members)
        self._done = done
        self._thread.start()

    def wait(self) -> Exit:
        """Wait until the process and everything it started are gone, and say how it ended."""
        self._thread.join()
        status = self._handles.outer.returncode
        # Below 0 it was a signal to bubblewrap itself: that says nothing of the job.
        if self._limit or self._cancelled or status is None or status < 0:
            status = None
        return Exit(status=status, limit=self._limit, cancelled=self._cancelled)

    def kill(self) -> None:
        """Kill it with everything it started; idempotent, from any thread."""
        with self._lock:
            if self._open and not self._limit:
                self._cancelled = True
            self._kill()

    def results(self) -> int:
        """Return a descriptor of the writable folders; valid until `close`."""
        return self._results

    def close(self) -> None:
        """Give up the results, and with them the slot; idempotent, after `wait`."""
        self._thread.join()
        with self._lock:
            if self._results < 0:
                return
            os.close(self._results)
            self._results = -1
        # Not before: the folders count for whoever uses the slot as long as they are there.
        self._done()

    def _kill(self) -> None:
        if self._open:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._handles.init, signal.SIGKILL)

    def _members(self) -> Iterable[int]:
        """Return the processes inside, and whoever else is gone before anything is done to it."""
        return of_namespace(self._handles.namespace)

    def _end(self, limit: str) -> None:
        """End it because it ran into a limit; the first one counts."""
        with self._lock:
            if not self._limit and not self._cancelled:
                self._limit = limit
            self._kill()

    def _follow(self) -> None:
        try:
            self._until_empty()
        finally:
            with self._lock:
                self._open = False
                # Under the lock: a `kill` after it would signal whoever has that number then.
                os.close(self._handles.init)
            os.close(self._handles.output)

    def _until_empty(self) -> None:
        poll = select.poll()
        poll.register(self._handles.init, select.POLLIN)
        poll.register(self._handles.output, select.POLLIN)
        deadline = self._clock.monotonic() + self._confinement.seconds
        next_look = self._clock.monotonic() + _TICK
        alive = True
        while alive:
            now = self._clock.monotonic()
            if now >= next_look:
                self._look(now >= deadline)
                if self._standstill is not None:
                    self._standstill.look(now)
                next_look = now + _TICK
            # A moment past the deadline, so that it is over when it is looked at.
            wait = max(0.0, min(next_look, deadline + 0.001) - now)
            for descriptor, _ in poll.poll(wait * 1000):
                if descriptor == self._handles.init:
                    alive = False
                elif not self._read():
                    poll.unregister(self._handles.output)
        with self._lock:
            # Where there is no namespace, what the process left behind; else there is nothing.
            self._kill()
        # Inside nothing is left by now, so what is outside has nothing more to wait for.
        self._handles.outer.wait()
        self._drain()
        # A last look: a job that died of its limit between two looks was ended by that limit.
        self._look(late=False)

    def _drain(self) -> None:
        """Read what is left in the pipe; whoever could write more is gone, or let go of."""
        rest = select.poll()
        rest.register(self._handles.output, select.POLLIN)
        for _ in range(_PIPEFULS):
            if not rest.poll(0) or not self._read():
                return

    def _look(self, late: bool) -> None:  # noqa: FBT001 -- called in two places, both above
        if late:
            if self._confinement.last_words:
                words = LastWords(self._handles.output, self._read, self._clock)
                words.ask(self._members, self._confinement.last_words)
            self._end("timeout")
        elif limit := self._share.exceeded():
            self._end(limit)

    def _read(self) -> bool:
        """Hand on what was written; False when nothing more can come."""
        data = os.read(self._handles.output, _CHUNK)
        if data and not self._taken(data):
            self._end("log")
        return bool(data)

    def _taken(self, data: bytes) -> bool:
        try:
            return self._output(data)
        except Exception:  # noqa: BLE001 -- whoever takes the output broke: the job must still end
            return False
