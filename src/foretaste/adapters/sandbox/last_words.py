"""Last words: processes that took too long say where they stood before they are killed.

Python's `faulthandler`, where a process has enabled it, writes the stacks of all threads on
SIGABRT. Only a process that catches this signal gets it, one after the other and the youngest
first: the end of a parent would be the end of the sandbox, and of what others had to say.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from foretaste.ports.clock import Clock

_CATCHES = 1 << (signal.SIGABRT - 1)


@contextlib.contextmanager
def _asked(process: int) -> Iterator[int | None]:
    """Give a descriptor that becomes readable at the end of a process, None for one not asked."""
    try:
        descriptor = os.pidfd_open(process)
    except OSError:
        yield None
        return
    try:
        # Looked at after it was opened: the number can be no other process's from here on.
        if _catches(process):
            signal.pidfd_send_signal(descriptor, signal.SIGABRT)
            yield descriptor
        else:
            yield None
    except ProcessLookupError:
        yield None
    finally:
        os.close(descriptor)


def _catches(process: int) -> bool:
    try:
        status = Path(f"/proc/{process}/status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    caught = [line for line in status.splitlines() if line.startswith("SigCgt:")]
    return bool(caught) and bool(int(caught[0].split()[1], 16) & _CATCHES)


class LastWords:
    """Asks processes, and goes on taking what is written to `output`; `read` takes a part of it.

    `read` returns False when nothing more can come.
    """

    def __init__(self, output: int, read: Callable[[], bool], clock: Clock) -> None:
        self._output = output
        self._read = read
        self._clock = clock
        self._open = True

    def ask(self, processes: Iterable[int], seconds: float) -> None:
        """Have those that can say where they stand do so, all of them in so many seconds."""
        until = self._clock.monotonic() + seconds
        for process in sorted(processes, reverse=True):
            with _asked(process) as gone:
                if gone is not None and not self._hear(gone, until):
                    return

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
