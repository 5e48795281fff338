"""Starting bubblewrap: from a thread that outlives every job, with an empty environment.

Each slot has its thread. A process asks to be killed when its parent *thread* ends, so that one
stays; as root it is the one that stands on the stage (see `stage`); and what it starts is in its
cgroup from the first instruction on, where moving a process there costs a wait for every
processor (10 ms and more when they are busy).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from foretaste.adapters.sandbox.stage import Stage
from foretaste.ports.errors import PermanentError, TransientError

# systemd's list of user ids (UIDS-GIDS) leaves the range from 0x70000000 unused: no account, no
# container and no service is there. A number of its own for each gate and slot keeps jobs from
# using up one another's per-user limits.
_FIRST_USER = 0x70000000
_GATES = 2**20
_SLOTS = 64


# Where the system keeps its own; not the PATH that somebody may have set for the gate.
PROGRAM_PATH = "/usr/bin:/bin:/usr/local/bin:/usr/sbin:/sbin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """Where the programs are that confine a job."""

    bwrap: str
    setpriv: str


def find_programs() -> Programs:
    """Return the programs' paths.

    Raises:
        PermanentError: one of them is not installed.
    """
    found = {name: shutil.which(name, path=PROGRAM_PATH) for name in ("bwrap", "setpriv")}
    packages = {"bwrap": "bubblewrap", "setpriv": "util-linux"}
    missing = [packages[name] for name, path in found.items() if path is None]
    if found["bwrap"] is None or (found["setpriv"] is None and os.geteuid() == 0):
        raise PermanentError(
            "FT610",
            f"no sandbox here: {' and '.join(missing)} must be installed to run jobs safely",
            hint=f"on Debian or Ubuntu: apt-get install {' '.join(missing)}",
        )
    return Programs(bwrap=found["bwrap"], setpriv=found["setpriv"] or "")


def plain_user(slot: int) -> int:
    """Return the user id (outside) of the job in this slot of this gate, when root starts it."""
    return _FIRST_USER + (os.getpid() % _GATES) * _SLOTS + slot % _SLOTS


def _dropped(programs: Programs, slot: int) -> list[str]:
    """Return the command that leaves root behind for good, nothing where there is no root."""
    if os.geteuid() != 0:
        return []
    # A root without capabilities in its namespace could still write kernel.core_pattern, which
    # names a program that the host runs: so root is left before there is a namespace.
    user = str(plain_user(slot))
    return [
        programs.setpriv, "--reuid", user, "--regid", user, "--clear-groups",
        "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all",
    ]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """One start of bubblewrap. Descriptors are the child's to inherit; closing is the caller's."""

    slot: int
    options: int  # a descriptor of the options, each ended by a zero byte
    inherit: tuple[int, ...]
    talk: int  # becomes standard input: a socket, until the job starts
    output: int
    command: Sequence[str]


class Spawner:
    """Starts processes, one after the other, in a thread that stays; `join` is run in it first."""

    def __init__(self, join: Callable[[], None]) -> None:
        self._stage = Stage()
        self._join = join
        self._thread = ThreadPoolExecutor(
            max_workers=1, thread_name_prefix="sandbox", initializer=self._begin
        )

    def _begin(self) -> None:
        self._join()
        if os.geteuid() == 0:
            with contextlib.suppress(OSError):
                # A root that may not mount: only folders that are open to all can be given.
                self._stage.enter()

    def prepare(self, plan: Callable[[Callable[[Path], str]], list[str]]) -> list[str]:
        """Return what `plan` makes of paths on the stage.

        Raises:
            PermanentError: a path cannot be brought into the sandbox.
        """
        return self._thread.submit(plan, self._outside).result()

    def _outside(self, path: Path) -> str:
        if os.geteuid() != 0:
            return str(path)
        return self._stage.outside(path)

    def launch(self, programs: Programs, launch: Launch) -> subprocess.Popen[bytes]:
        """Start bubblewrap under a plain user id.

        Raises:
            TransientError: no process can be started now.
        """
        return self._thread.submit(self._launch, programs, launch).result()

    def _launch(self, programs: Programs, launch: Launch) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                [
                    *_dropped(programs, launch.slot),
                    # By a descriptor: words would show the host's paths in /proc/1/cmdline.
                    programs.bwrap, "--args", str(launch.options), "--", *launch.command,
                ],
                # Bubblewrap is process 1 inside, and its own environment shows in /proc/1/environ
                # whatever it clears for the job.
                env={},
                cwd="/",
                stdin=launch.talk,
                stdout=launch.output,
                stderr=launch.output,
                pass_fds=(launch.options, *launch.inherit),
            )  # fmt: skip
        except OSError as error:
            raise TransientError(
                "FT613", f"a job's process could not be started: {error}"
            ) from error

    def close(self, leave: Callable[[], None]) -> None:
        """End the thread after `leave`; every process that it started must be gone by now."""
        self._thread.submit(leave).result()
        self._thread.shutdown()
