"""Who holds the lease: a process, named so that another on the same machine can see that it died.

A gate that was killed must not keep its successor waiting for the lease to run out. Only a
process of the same start of the same kernel, seen in the same namespace of process numbers, can
be judged; of any other, nothing is known, and its lease is waited for.
"""

from __future__ import annotations

import os
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

_PROC = Path("/proc")
_DEAD = frozenset("ZX")  # the states of proc(5): a zombie, and dead
# In /proc/PID/stat, counted after the name, which may hold anything: the state comes first, and
# the start time, field 22 of proc(5), nineteen further on.
_STATE, _STARTED = 0, 19


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """A process: `boot` is this start of the kernel, `space` its namespace of process numbers.

    `started` is in ticks since the kernel started; with it a number that is used again does not
    pass for the process that had it before. Fields are "" where the system does not tell.
    """

    host: str
    boot: str
    space: str
    pid: int
    started: str

    @property
    def text(self) -> str:
        """The holder as it stands in the lease."""
        return " ".join(f"{name}={value}" for name, value in asdict(self).items())

    @property
    def gone(self) -> bool:
        """Whether it certainly runs no more."""
        here = this_process()
        if not self.boot or (self.boot, self.space) != (here.boot, here.space):
            return False
        if _started(self.pid) == self.started:
            return False
        return not _hidden(self.pid)


def this_process() -> Holder:
    """Return the process that asks."""
    pid = os.getpid()
    return Holder(
        host=socket.gethostname().replace(" ", "-"),
        boot=_read(_PROC / "sys/kernel/random/boot_id"),
        space=_space(),
        pid=pid,
        started=_started(pid),
    )


def holder_of(text: str) -> Holder | None:
    """Return the holder that a lease names; None where it is not one of ours."""
    fields = dict(part.partition("=")[::2] for part in text.split(" "))
    try:
        return Holder(
            host=fields["host"],
            boot=fields["boot"],
            space=fields["space"],
            pid=int(fields["pid"]),
            started=fields["started"],
        )
    except (KeyError, ValueError):
        return None


def is_gone(text: str) -> bool:
    """Return whether the holder that a lease names certainly runs no more."""
    holder = holder_of(text)
    return holder is not None and holder.gone


def _started(pid: int) -> str:
    """Return when a process started, "" where it runs no more or nothing is known."""
    # The name may hold spaces and brackets, so what follows the last bracket is counted.
    fields = _read(_PROC / str(pid) / "stat").rpartition(")")[2].split()
    if len(fields) <= _STARTED or fields[_STATE] in _DEAD:
        return ""
    return fields[_STARTED]


def _hidden(pid: int) -> bool:
    """Whether a process runs whose state may not be read (the mount option `hidepid` of /proc)."""
    if (_PROC / str(pid)).exists():
        return False
    try:
        # Signal 0 asks whether it is there and touches nothing, hidden or not.
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _space() -> str:
    try:
        return (_PROC / "self/ns/pid").readlink().name
    except OSError:
        return ""


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""
