"""Limits: what a job may take, held by cgroups where they can be written, else by watching.

Each slot of a gate has its cgroup for as long as the gate runs. Without cgroups a job is looked
at several times a second, and ended when it is over its limit; the resource limits of its
processes hold in both cases.
"""

from __future__ import annotations

import contextlib
import os
import resource
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from foretaste.adapters.sandbox.members import of_namespace
from foretaste.ports.environments import Confinement

_CGROUPS = Path("/sys/fs/cgroup")
_PREFIX = "foretaste-"
_OPEN_FILES = 4096
# Jobs are the first to go when memory runs out, and never the gate (proc_pid_oom_score_adj(5)).
_FIRST_TO_GO = "900"
# A job gets half of what the gate and everything else on the machine get when all want to run.
_WEIGHTS = {"cpu.weight": "50", "cpu.shares": "512"}
_PRESSED = 0.98
_PAGE = resource.getpagesize()


class Share(Protocol):
    """What one job may take, and whether it took more.

    `spare` is how many processes above its limit a job's own resource limit may stand.
    """

    spare: int

    def join(self) -> None:
        """Let what the calling thread starts be under the limits from its beginning, if possible."""
        ...

    def admit(self, process: int, confinement: Confinement) -> None:
        """Put the process and all that it will start under the limits."""
        ...

    def exceeded(self) -> str:
        """Return the name of the limit that was hit, "" for none."""
        ...

    def leave(self) -> None:
        """Give up what was set up for it, in the thread that joined."""
        ...


def restraints(confinement: Confinement, spare: int) -> list[str]:
    """Return what the shell inside says to set the limits that processes hand on.

    From inside, because a gate in a container may be a root that cannot set another user's.
    `spare` processes more than the limit are let by, so that a cgroup is the first to say no.
    """
    limits = (
        ("ulimit -c {}", resource.RLIMIT_CORE, 0, 1),
        ("ulimit -n {}", resource.RLIMIT_NOFILE, _OPEN_FILES, 1),
        # POSIX counts in blocks of 512 bytes.
        ("ulimit -f {}", resource.RLIMIT_FSIZE, confinement.disk, 512),
        # `-p` is dash's and busybox's word for it, `-u` that of others.
        (
            "{{ ulimit -u {0} 2>/dev/null || ulimit -p {0}; }}",
            resource.RLIMIT_NPROC,
            confinement.processes + spare,
            1,
        ),
    )
    said = []
    for text, kind, value, unit in limits:
        hard = resource.getrlimit(kind)[1]
        most = value if hard == resource.RLIM_INFINITY else min(value, hard)
        said.append(text.format(most // unit))
    return said


def offer_to_oom_killer(process: int) -> None:
    """Make the process, and what it will start, the first to go when memory runs out."""
    with contextlib.suppress(PermissionError):
        Path(f"/proc/{process}/oom_score_adj").write_text(_FIRST_TO_GO, encoding="ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cgroups:
    """The folders below which this gate may make cgroups, by controller; version 1 or 2."""

    folders: dict[str, Path]
    version: int


def _own_groups() -> dict[str, str]:
    """Return this process's cgroup path by controller; version 2 has the name ""."""
    groups = {}
    for line in Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines():
        _, controllers, path = line.split(":", 2)
        for controller in controllers.split(","):
            groups[controller] = path
    return groups


def _below(root: Path, path: str) -> Path:
    """Return the cgroup's folder; in a container the path may be one of the host's."""
    folder = root / path.lstrip("/")
    return folder if folder.is_dir() else root


def _may_make(folder: Path) -> bool:
    probe = folder / f"{_PREFIX}{os.getpid()}-probe"
    try:
        # Tried, since modes do not tell: a container may show a tree that cannot be written.
        probe.mkdir()
        probe.rmdir()
    except OSError:
        return False
    return True


def _second_version(groups: dict[str, str]) -> Cgroups | None:
    root = _CGROUPS if (_CGROUPS / "cgroup.controllers").exists() else _CGROUPS / "unified"
    if "" not in groups or not (root / "cgroup.controllers").exists():
        return None
    folder = _below(root, groups[""])
    control = folder / "cgroup.subtree_control"
    # Refused where the folder has processes of its own; it may be handed on already, though.
    with contextlib.suppress(OSError):
        control.write_text("+memory +pids +cpu", encoding="ascii")
    with contextlib.suppress(OSError):
        handed_on = control.read_text(encoding="ascii").split()
        if {"memory", "pids"} <= set(handed_on) and _may_make(folder):
            return Cgroups(folders={"": folder}, version=2)
    return None


def _first_version(groups: dict[str, str]) -> Cgroups | None:
    folders = {}
    for controller in ("memory", "pids", "cpu"):
        folder = _below(_CGROUPS / controller, groups.get(controller, "/"))
        if (folder / "cgroup.procs").exists() and _may_make(folder):
            folders[controller] = folder
    if {"memory", "pids"} <= set(folders):
        return Cgroups(folders=folders, version=1)
    return None


def find_cgroups() -> Cgroups | None:
    """Return where this gate may make cgroups with memory and process limits, None for nowhere."""
    try:
        groups = _own_groups()
    except OSError:
        return None
    found = _second_version(groups) or _first_version(groups)
    if found is not None:
        for folder in found.folders.values():
            _sweep(folder)
    return found


def _sweep(folder: Path) -> None:
    """Remove what gates left that were killed."""
    for path in folder.glob(f"{_PREFIX}*-*"):
        pid = path.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdigit() and not Path("/proc", pid).exists():
            with contextlib.suppress(OSError):
                path.rmdir()


class CgroupShare:
    """One slot's cgroup, used by one job after the other."""

    spare = 64

    def __init__(self, cgroups: Cgroups, slot: int) -> None:
        self._version = cgroups.version
        self._folders = [
            folder / f"{_PREFIX}{os.getpid()}-{slot}" for folder in cgroups.folders.values()
        ]
        for folder in self._folders:
            folder.mkdir(exist_ok=True)
        self._before: dict[str, int] = {}
        self._memory = 0
        self._settings: dict[str, str] = {}
        # A slot's thread that has joined counts as a process.
        self._joined = 0

    def join(self) -> None:
        """Put the calling thread into the cgroup; version 2 knows whole processes only."""
        with contextlib.suppress(OSError):
            for folder in self._folders:
                _set(folder / "tasks", str(threading.get_native_id()))
            self._joined = 1

    def admit(self, process: int, confinement: Confinement) -> None:
        """Put the process and all that it will start under the limits."""
        memory = str(confinement.memory)
        settings = {
            "pids.max": str(confinement.processes + self._joined),
            "memory.max": memory,
            # Without swap: a job that swaps slows down everything else before it fails itself.
            "memory.swap.max": "0",
            "memory.limit_in_bytes": memory,
            "memory.memsw.limit_in_bytes": memory,
            # Version 1: whoever wants too much sleeps until the gate sees it and ends the job;
            # the kernel's own killer would leave parts of it running and fill the kernel's log.
            "memory.oom_control": "1",
            **_WEIGHTS,
        }
        if settings != self._settings:
            self._set_all(settings)
        if not self._joined:
            for folder in self._folders:
                _set(folder / "cgroup.procs", str(process))
        # The kernel counts on over all jobs of a slot; only what this one adds is its own.
        self._before = dict(self._counts())
        self._memory = confinement.memory

    def _set_all(self, settings: Mapping[str, str]) -> None:
        for folder in self._folders:
            for name, value in settings.items():
                with contextlib.suppress(OSError):
                    _set(folder / name, value)
        self._settings = dict(settings)

    def exceeded(self) -> str:
        """Return the name of the limit that was hit, "" for none."""
        for name, count in self._counts():
            if count > self._before.get(name, 0):
                return name
        return "memory" if self._pressed() else ""

    def _pressed(self) -> bool:
        """Whether what cannot be given back is as much as the limit allows.

        The kernel looks for something to take back for up to 8 s before it says so itself
        (16 tries, each waiting up to half a second); a job is not worth that.
        """
        used = [
            _counter(folder / "memory.stat", key) or 0
            for folder in self._folders
            for key in ("anon", "rss", "shmem")
        ]
        return sum(used) > self._memory * _PRESSED

    def _counts(self) -> Iterator[tuple[str, int]]:
        """Yield how often each limit was hit, ever."""
        for folder in self._folders:
            for file, key, name in (
                ("pids.events", "max", "processes"),
                ("memory.events", "oom_kill", "memory"),
                ("memory.oom_control", "under_oom", "memory"),
                ("memory.oom_control", "oom_kill", "memory"),
            ):
                count = _counter(folder / file, key)
                if count is not None:
                    yield name, count

    def leave(self) -> None:
        """Take the calling thread out of the cgroup and remove it; no job may be in it."""
        for folder in self._folders:
            with contextlib.suppress(OSError):
                if self._joined:
                    _set(folder.parent / "tasks", str(threading.get_native_id()))
                folder.rmdir()


def _set(path: Path, value: str) -> None:
    """Write one of a cgroup's files, which must be there."""
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.write(descriptor, value.encode())
    finally:
        os.close(descriptor)


def _counter(path: Path, key: str) -> int | None:
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    for line in lines:
        name, _, count = line.partition(" ")
        if name == key:
            return int(count)
    return None


class WatchedShare:
    """A job watched from outside: its processes are those in its pid namespace."""

    spare = 0

    def __init__(self) -> None:
        self._namespace = ""
        self._limits = Confinement()

    def join(self) -> None:
        """There is nothing to join."""

    def admit(self, process: int, confinement: Confinement) -> None:
        """Remember what to look for."""
        self._namespace = str(Path(f"/proc/{process}/ns/pid").readlink())
        self._limits = confinement

    def leave(self) -> None:
        """There is nothing to leave."""

    def exceeded(self) -> str:
        """Count the job's processes and the memory in them, now."""
        members = [Path(f"/proc/{process}") for process in of_namespace(self._namespace)]
        # One below the limit is where the next fork fails.
        if len(members) >= self._limits.processes - 1:
            return "processes"
        if sum(map(_resident, members)) > self._limits.memory:
            return "memory"
        return ""


def _resident(process: Path) -> int:
    """Return the bytes of memory that are a process's own."""
    try:
        _, resident, shared, *_ = (process / "statm").read_text(encoding="ascii").split()
    except OSError:
        return 0
    # Without what is shared: the interpreter's own pages would count once for each process.
    return (int(resident) - int(shared)) * _PAGE
