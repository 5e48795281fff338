"""The same command, as often, under xargs: what a person would write who has no gate."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from _gate import PATIENCE

from foretaste.adapters.sandbox.filter import MACHINES, program
from foretaste.adapters.sandbox.limits import _WEIGHTS as WEIGHTS
from foretaste.adapters.sandbox.limits import CgroupShare, find_cgroups
from foretaste.adapters.sandbox.profile import Outside, make_etc, opening, options
from foretaste.adapters.sandbox.spawn import find_programs, plain_user
from foretaste.adapters.sandbox.stage import Stage
from foretaste.ports.environments import (
    ENVIRONMENT_FOLDER,
    JOB_FOLDER,
    Confinement,
    Environment,
)

# The last step of the gate's sandbox before the command; here nobody gives the word to begin.
_SLOT: Final = 60
_HANDSHAKE: Final = "printf r >&0 && read -r go || exit 125; "


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command on a folder's files in an environment, confined as the gate confines it."""

    run: str
    files: Path
    environment: Environment

    def confinement(self) -> Confinement:
        """Return what the command sees: what a build of the gate sees."""
        return Confinement(
            readable={
                ENVIRONMENT_FOLDER: self.environment.path,
                **{str(path): path for path in self.environment.readable},
            },
            folders={"work": self.files, "out": None},
            env={
                "PATH": f"{ENVIRONMENT_FOLDER}/bin:/usr/local/bin:/usr/bin:/bin",
                "VIRTUAL_ENV": ENVIRONMENT_FOLDER,
                "FORETASTE_JUNIT": f"{JOB_FOLDER}/out/junit.xml",
            },
            cwd=f"{JOB_FOLDER}/work",
        )


class Runs:
    """Runs of one command; where root does it, from the gate's own kind of stage.

    They have the share of the processors that as many of the gate's slots have: what else the
    machine does takes as much from them as from the gate's jobs.
    """

    def __init__(self, folder: Path, command: Command, workers: int) -> None:
        self._stage = Stage()
        self._workers = workers
        self._thread = ThreadPoolExecutor(max_workers=1, initializer=self._begin)
        self._script = self._thread.submit(self._written, folder, command).result()

    def _begin(self) -> None:
        self._share = _share(self._workers)
        if self._share is not None:
            self._share.join()
        if os.geteuid() == 0:
            self._stage.enter()

    def _written(self, folder: Path, command: Command) -> Path:
        outside = self._stage.outside if os.geteuid() == 0 else str
        return script(folder, command, outside)

    def run(self, numbers: range) -> None:
        """Run the script once for each number, so many at once; each must pass."""
        self._thread.submit(_under_xargs, self._script, numbers, self._workers).result()

    def close(self) -> None:
        """Give up the share."""
        if self._share is not None:
            self._thread.submit(self._share.leave).result()
        self._thread.shutdown()


def _share(workers: int) -> CgroupShare | None:
    """Return a cgroup with the weight of so many slots, None where there are none."""
    cgroups = find_cgroups()
    if cgroups is None:
        return None
    share = CgroupShare(cgroups, _SLOT)
    for folder in cgroups.folders.values():
        for name, slot in WEIGHTS.items():
            file = folder / f"foretaste-{os.getpid()}-{_SLOT}" / name
            if file.exists():
                file.write_text(str(workers * int(slot)), encoding="ascii")
    return share


def script(folder: Path, command: Command, outside: Outside) -> Path:
    """Write a script that runs the command once in the sandbox and return it."""
    confinement, programs = command.confinement(), find_programs()
    told = options(confinement, outside, make_etc(folder))
    (folder / "options").write_bytes(b"".join(os.fsencode(word) + b"\0" for word in told))
    (folder / "filter").write_bytes(program(MACHINES[platform.machine()]))
    inside = [word.replace(_HANDSHAKE, "") for word in opening(confinement, 0)]
    words: Sequence[str] = [
        *_dropped(programs.setpriv),
        programs.bwrap, "--args", "8", "--seccomp", "9", "--",
        *inside, "/bin/sh", "-c", command.run,
    ]  # fmt: skip
    text = (
        f"#!/bin/sh\nexec 8<{folder}/options 9<{folder}/filter\n"
        f'exec {shlex.join(words)} >"{folder}/log-$1" 2>&1\n'
    )
    path = folder / "run"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
    return path


def _dropped(setpriv: str) -> list[str]:
    """Return what leaves root behind, as the gate does where root runs it."""
    if os.geteuid() != 0:
        return []
    user = str(plain_user(0))
    return [
        setpriv, "--reuid", user, "--regid", user, "--clear-groups",
        "--no-new-privs", "--inh-caps=-all", "--bounding-set=-all",
    ]  # fmt: skip


def _under_xargs(path: Path, numbers: range, workers: int) -> None:
    listed = "\n".join(map(str, numbers)).encode()
    command = ["xargs", f"-P{workers}", "-n1", str(path)]
    subprocess.run(command, input=listed, check=True, timeout=PATIENCE)
