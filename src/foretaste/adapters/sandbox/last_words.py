"""Last words: processes that took too long say where they stood before they are killed.

Python's `faulthandler`, where a process has enabled it, writes the stacks of all threads on
SIGABRT. All processes are stopped first, for one would not stand where it stood when another's end
wakes it. Then each that catches the signal gets it and goes on for that alone, one after the other
and the youngest first: the end of the first one would be the end of the sandbox.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from foretaste.ports.clock import Clock

Members = Callable[[], Iterable[int]]
"""Lists the processes that may be asked, as they are now."""

_CATCHES = 1 << (signal.SIGABRT - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stopped:
    """A process that was stopped, by a descriptor that becomes readable at its end."""

    descriptor: int
    speaks: bool


def _stop(members: Members) -> list[_Stopped]:
    """Stop processes, but for a sandbox's init, and return them, the youngest first.

    They are listed twice: one that ended meanwhile may have left its number to somebody outside,
    and from when a descriptor is open its process keeps its number.
    """
    opened = {number: _opened(number) for number in sorted(members(), reverse=True)}
    inside = set(members())
    found = []
    for number, descriptor in opened.items():
        if descriptor is None:
            continue
        stopped = _stopped(number, descriptor) if number in inside else None
        if stopped is None:
            os.close(descriptor)
        else:
            found.append(stopped)
    return found


def _opened(number: int) -> int | None:
    try:
        return os.pidfd_open(number)
    except OSError:
        return None


def _stopped(number: int, descriptor: int) -> _Stopped | None:
    """Stop a process; None where it is gone, or the first of its namespace."""
    try:
        status = _status(number)
        if _is_init(status):
            return None
        signal.pidfd_send_signal(descriptor, signal.SIGSTOP)
        speaks = bool(int(status.get("SigCgt", "0"), 16) & _CATCHES)
    except OSError:
        return None
    return _Stopped(descriptor=descriptor, speaks=speaks)


def _status(process: int) -> dict[str, str]:
    text = Path(f"/proc/{process}/status").read_text(encoding="utf-8", errors="replace")
    pairs = (line.partition(":") for line in text.splitlines())
    return {name: value.strip() for name, _, value in pairs}


def _is_init(status: dict[str, str]) -> bool:
    """Whether a process is the first of a pid namespace: its end would be that of all others."""
    return status.get("NSpid", "").split()[-1:] == ["1"]


class LastWords:
    """Asks processes, and goes on taking what is written to `output`; `read` takes a part of it.

    `read` returns False when nothing more can come.
    """

    def __init__(self, output: int, read: Callable[[], bool], clock: Clock) -> None:
        self._output = output
        self._read = read
        self._clock = clock
        self._open = True

    def ask(self, members: Members, seconds: float) -> None:
        """Have those that can say where they stand do so, all of them in so many seconds.

        Who cannot is left stopped: nothing goes on after the last words.
        """
        until = self._clock.monotonic() + seconds
        stopped = _stop(members)
        try:
            for process in stopped:
                if process.speaks and not self._heard(process, until):
                    return
        finally:
            for process in stopped:
                os.close(process.descriptor)

    def _heard(self, process: _Stopped, until: float) -> bool:
        try:
            # The first thing that it does when it goes on is to take the signal that waits.
            signal.pidfd_send_signal(process.descriptor, signal.SIGABRT)
            signal.pidfd_send_signal(process.descriptor, signal.SIGCONT)
        except ProcessLookupError:
            return True
        return self._hear(process.descriptor, until)

    def _hear(self, gone: int, until: float) -> bool:
        """Take what is written until a process is gone; False when the time is over before."""
        poll = select.poll()
        poll.register(gone, select.POLLIN)
        if self._open:
            poll.register(self._output, select.POLLIN)
        while (left := until - self._clock.monotonic()) > 0:
            for ready, _ in poll.poll(left * 1000):
                if ready == gone:
                    return True
                if not self._read():
                    self._open = False
                    poll.unregister(self._output)
        return False
