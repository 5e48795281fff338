"""Standstill: processes that have run long and use no processor are asked where they stand.

They are asked by a signal that only those catch which know what to do (`STACKS_SIGNAL`). Only while
they stand still: Python's `faulthandler` reads the stacks of threads without stopping them, and
was seen to crash interpreters from 3.9 on that were busy meanwhile.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from foretaste.ports.environments import STACKS_SIGNAL

# Between two looks, in seconds; a process that used less than two ticks (of 10 ms, as Linux counts)
# meanwhile stands still.
_EVERY = 1.0
_LITTLE = 1
# So often one process is asked; a log is to be read by people.
_MOST_ASKED = 5
# Fields of /proc/PID/stat (proc_pid_stat(5)), counted behind the program's name.
_USER, _SYSTEM, _STARTED = 11, 12, 19


@dataclass(frozen=True, slots=True)
class _Times:
    """When a process was started, and the processor time of all its threads, in ticks."""

    started: int
    used: int


@dataclass(slots=True)
class _Seen:
    """A process as it was when it was last looked at."""

    times: _Times
    since: float
    asked: int = 0


class Standstill:
    """Looks after the processes that `members` gives; each is asked after so many seconds."""

    def __init__(self, after: float, members: Callable[[], Iterable[int]]) -> None:
        self._after = after
        self._members = members
        self._seen: dict[int, _Seen] = {}
        self._next = 0.0

    def look(self, now: float) -> None:
        """Look at them where it is time; `now` is a clock's monotonic reading."""
        if now < self._next:
            return
        self._next = now + min(_EVERY, self._after)
        for process in self._members():
            times = _times(process)
            if times is not None:
                self._one(process, times, now)

    def _one(self, process: int, times: _Times, now: float) -> None:
        seen = self._seen.get(process)
        if seen is None or seen.times.started != times.started:
            self._seen[process] = _Seen(times, now)
            return
        still = times.used - seen.times.used <= _LITTLE
        seen.times = times
        due = now - seen.since >= self._after * (seen.asked + 1)
        if still and due and seen.asked < _MOST_ASKED:
            seen.asked += 1
            _ask(process, times.started)


def _times(process: int) -> _Times | None:
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    # The program's name may hold anything, brackets and spaces too.
    fields = text.rpartition(") ")[2].split()
    return _Times(int(fields[_STARTED]), int(fields[_USER]) + int(fields[_SYSTEM]))


def _ask(process: int, started: int) -> None:
    """Send the signal to a process that catches it, and to no other that has its number by now."""
    try:
        descriptor = os.pidfd_open(process)
    except OSError:
        return
    try:
        times = _times(process)
        if times is not None and times.started == started and catches(process, STACKS_SIGNAL):
            signal.pidfd_send_signal(descriptor, STACKS_SIGNAL)
    except OSError:
        pass
    finally:
        os.close(descriptor)


def catches(process: int, number: int) -> bool:
    """Whether a process has a handler for a signal.

    Raises:
        OSError: it is gone.
    """
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8", errors="replace")
    caught = [line for line in status.splitlines() if line.startswith("SigCgt:")]
    return bool(caught) and bool(int(caught[0].split()[1], 16) & 1 << (number - 1))
