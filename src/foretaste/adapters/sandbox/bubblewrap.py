"""Commands in bubblewrap: the sandbox of every job.

A start goes: bubblewrap is started under a plain user id and with an empty environment; it says
who the namespace's init is; that init is put under its limits while it waits; the shell inside
fills the folders and says so; the gate opens the folders for later and gives the word; the
command begins. Where the gate dies on the way, the word never comes and nothing is run; after
that, the kernel kills the namespace with the gate.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import socket
import subprocess
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from foretaste.adapters.sandbox.confined import Confined, Handles
from foretaste.adapters.sandbox.filter import MACHINES, program
from foretaste.adapters.sandbox.limits import (
    CgroupShare,
    Share,
    WatchedShare,
    find_cgroups,
    offer_to_oom_killer,
)
from foretaste.adapters.sandbox.profile import make_etc, opening, options
from foretaste.adapters.sandbox.spawn import Launch, Programs, Spawner, find_programs
from foretaste.ports.clock import Clock
from foretaste.ports.environments import JOB_FOLDER, Confinement
from foretaste.ports.errors import PermanentError, TransientError, UserError

# Filling the folders must be over by then, in seconds.
_FILLING = 300.0
_ALL, _NO_CGROUPS, _NOTHING = 3, 2, 0
_SAID = 16384


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pipes:
    """The gate's ends and the child's ends of what joins them."""

    info: tuple[int, int]
    hold: tuple[int, int]
    output: tuple[int, int]
    talk: tuple[socket.socket, socket.socket]
    options: int
    filter: int

    @property
    def inherited(self) -> tuple[int, ...]:
        """The descriptors that bubblewrap reads, writes and closes itself."""
        return (self.info[1], self.hold[0], self.filter)

    def close_theirs(self) -> None:
        """Close the child's ends, which the child has by now."""
        for descriptor in (self.info[1], self.hold[0], self.output[1], self.options, self.filter):
            os.close(descriptor)
        self.talk[1].close()

    def close_ours(self) -> None:
        """Close the gate's ends that nobody needs after the start."""
        for descriptor in (self.info[0], self.hold[1]):
            os.close(descriptor)
        self.talk[0].close()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Slot:
    """Where one process at a time runs: a user id, a share of the machine, a thread."""

    number: int
    share: Share
    spawner: Spawner


def sound(word: str) -> str:
    """Return a word that can be told to bubblewrap.

    Options are told with a zero byte between them: one within a word would be two words, and the
    second one an option that a job chose.

    Raises:
        UserError: it has one.
    """
    if "\0" in word:
        raise UserError("FT616", f"a zero byte in {word.partition(chr(0))[0]!r}...")
    return word


def _memory_file(content: bytes) -> int:
    descriptor = os.memfd_create("foretaste", os.MFD_CLOEXEC)
    os.write(descriptor, content)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _pipes(arguments: Sequence[str], filtering: bytes) -> _Pipes:
    info, hold = os.pipe(), os.pipe()
    filter_file = _memory_file(filtering)
    told = [
        *map(sound, arguments),
        "--info-fd", str(info[1]), "--block-fd", str(hold[0]), "--seccomp", str(filter_file),
    ]  # fmt: skip
    return _Pipes(
        info=info,
        hold=hold,
        output=os.pipe(),
        talk=socket.socketpair(),
        options=_memory_file(b"".join(os.fsencode(word) + b"\0" for word in told)),
        filter=filter_file,
    )


def _read_info(pipes: _Pipes) -> int:
    """Return the process id of the namespace's init.

    Raises:
        PermanentError: bubblewrap gave up before there was one.
    """
    said = b""
    while b"}" not in said:
        data = os.read(pipes.info[0], 4096)
        if not data:
            raise _refused(_said(pipes.output[0]))
        said += data
    return int(json.loads(said)["child-pid"])


class Bubblewrap:
    """The sandbox; `folder` is where it keeps the `/etc` that jobs see.

    `allow_network` lets a confinement ask for the host's network.
    """

    def __init__(self, folder: Path, clock: Clock, *, allow_network: bool = False) -> None:
        self._folder = folder
        self._clock = clock
        self._allow_network = allow_network
        self._lock = threading.Lock()
        self._measuring = threading.Lock()
        self._slots: list[_Slot] = []
        self._free: list[_Slot] = []
        self._ready: tuple[Programs, bytes, Path] | None = None
        self._level: tuple[int, str] | None = None
        self._cgroups = find_cgroups()

    def level(self) -> int:
        """Return the measured level: 3 all, 2 no cgroups, 0 nothing. Measured once, by a job.

        (Level 1, a plain user id with Landlock and no namespaces, is not made here: where there
        are no user namespaces, this sandbox keeps nothing out.)
        """
        return self._measured()[0]

    def why(self) -> str:
        """Return what is missing for level 3, in a sentence; "" for nothing."""
        return self._measured()[1]

    def measure_again(self) -> int:
        """Forget the level and measure it anew."""
        with self._measuring:
            self._level = None
        return self.level()

    def _measured(self) -> tuple[int, str]:
        with self._measuring:
            if self._level is None:
                self._level = self._measure()
            return self._level

    def _measure(self) -> tuple[int, str]:
        try:
            running = self._start(["/bin/true"], Confinement(seconds=30), lambda _: True)
            status = running.wait().status
            running.close()
        except (PermanentError, TransientError, UserError) as error:
            return _NOTHING, f"{error.what}. {error.hint}".strip()
        if status != 0:
            return _NOTHING, f"a confined /bin/true ended with {status}"
        if self._cgroups is None:
            return _NO_CGROUPS, "cgroups cannot be written; limits are kept by watching"
        return _ALL, ""

    def start(
        self, command: Sequence[str], confinement: Confinement, output: Callable[[bytes], bool]
    ) -> Confined:
        """Start `command` with both its streams going to `output` as they come.

        Raises:
            PermanentError: the sandbox keeps out too little here; says why and what mends it.
            UserError: the folders to start from do not fit.
            TransientError: no process can be started now.
        """
        level, why = self._measured()
        if level < _NO_CGROUPS:
            raise PermanentError("FT611", f"jobs are refused: the sandbox does not hold: {why}")
        if confinement.network and not self._allow_network:
            raise PermanentError(
                "FT614",
                "the job asks for the network, and this gate does not allow it",
                hint="leave `network` out, or start the gate with jobs' network allowed",
            )
        return self._start(command, confinement, output)

    def close(self) -> None:
        """Give up the cgroups and the thread; no job may be running."""
        for slot in self._slots:
            slot.spawner.close(slot.share.leave)
        self._slots.clear()
        self._free.clear()

    def _prepared(self) -> tuple[Programs, bytes, Path]:
        if self._ready is None:
            machine = MACHINES.get(platform.machine())
            if machine is None:
                raise PermanentError(
                    "FT611", f"no seccomp filter for {platform.machine()} is written yet"
                )
            programs = find_programs()
            self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
            self._folder.chmod(0o755)
            self._ready = (programs, program(machine), make_etc(self._folder))
        return self._ready

    def _start(
        self, command: Sequence[str], confinement: Confinement, output: Callable[[bytes], bool]
    ) -> Confined:
        programs, filtering, etc = self._prepared()
        slot = self._take_slot()
        try:
            arguments = slot.spawner.prepare(lambda outside: options(confinement, outside, etc))
            words = [sound(word) for word in (*opening(confinement, slot.share.spare), *command)]
            pipes = _pipes(arguments, filtering)
            try:
                outer = _launch(programs, pipes, slot, words)
                handles = self._handshake(outer, pipes, slot.share, confinement)
            except BaseException:
                os.close(pipes.output[0])
                raise
            finally:
                pipes.close_ours()
        except BaseException:
            self._give_slot(slot)
            raise
        running = Confined(handles, slot.share, self._clock, output)
        running.follow(confinement, lambda: self._give_slot(slot))
        return running

    def _handshake(
        self,
        outer: subprocess.Popen[bytes],
        pipes: _Pipes,
        share: Share,
        confinement: Confinement,
    ) -> Handles:
        """Go with the process from its first word to the beginning of the command."""
        init = -1
        try:
            process = _read_info(pipes)
            init = os.pidfd_open(process)
            not_root(process)
            namespace = str(Path(f"/proc/{process}/ns/pid").readlink())
            share.admit(process, confinement)
            offer_to_oom_killer(process)
            os.write(pipes.hold[1], b"g")
            results = self._when_filled(process, pipes, outer)
        except BaseException as error:
            outer.kill()
            outer.wait()
            if init >= 0:
                os.close(init)
            if isinstance(error, OSError):
                raise TransientError("FT613", f"a job could not be started: {error}") from error
            raise
        return Handles(
            outer=outer,
            init=init,
            output=pipes.output[0],
            results=results,
            namespace=namespace,
        )

    def _when_filled(self, process: int, pipes: _Pipes, outer: subprocess.Popen[bytes]) -> int:
        talk = pipes.talk[0]
        talk.settimeout(_FILLING)
        if talk.recv(1) != b"r":
            outer.wait()
            raise _not_filled(_said(pipes.output[0]))
        results = os.open(
            f"/proc/{process}/root{JOB_FOLDER}", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
        )
        talk.sendall(b"g\n")
        return results

    def _take_slot(self) -> _Slot:
        with self._lock:
            if self._free:
                return self._free.pop()
            number = len(self._slots)
            share = CgroupShare(self._cgroups, number) if self._cgroups else WatchedShare()
            slot = _Slot(number=number, share=share, spawner=Spawner(share.join))
            self._slots.append(slot)
            return slot

    def _give_slot(self, slot: _Slot) -> None:
        with self._lock:
            self._free.append(slot)


def _launch(
    programs: Programs, pipes: _Pipes, slot: _Slot, command: Sequence[str]
) -> subprocess.Popen[bytes]:
    launch = Launch(
        slot=slot.number,
        options=pipes.options,
        inherit=pipes.inherited,
        talk=pipes.talk[1].fileno(),
        output=pipes.output[1],
        command=command,
    )
    try:
        return slot.spawner.launch(programs, launch)
    finally:
        pipes.close_theirs()


def not_root(process: int) -> None:
    """Check, for each start, that nothing of the job is root as the host counts.

    Raises:
        PermanentError: it is; it could write `/proc/sys/kernel/core_pattern`.
    """
    status = Path(f"/proc/{process}/status").read_text(encoding="utf-8", errors="replace")
    users = next(line for line in status.splitlines() if line.startswith("Uid:")).split()[1:]
    if "0" in users:
        raise PermanentError("FT611", "a job would run as the host's root; it is not started")


def _said(descriptor: int) -> str:
    """Return what the process wrote before it gave up; it is gone, so this ends."""
    said = b""
    with contextlib.suppress(OSError):
        while data := os.read(descriptor, _SAID):
            said = (said + data)[-_SAID:]
    return said.decode(errors="replace").strip()


def _refused(said: str) -> PermanentError:
    """Return why bubblewrap could not make the sandbox, and what mends it."""
    restricted = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
    hint = "the kernel must allow unprivileged user namespaces"
    with contextlib.suppress(OSError):
        if restricted.read_text(encoding="ascii").strip() == "1":
            hint = (
                "AppArmor refuses unprivileged user namespaces (Ubuntu 24.04 does); put this into "
                "/etc/apparmor.d/bwrap and run apparmor_parser -r on it: "
                "abi <abi/4.0>, include <tunables/global> "
                "profile bwrap /usr/bin/bwrap flags=(unconfined) { userns, }"
            )
    return PermanentError("FT611", f"bubblewrap cannot make a sandbox: {said}", hint=hint)


def _not_filled(said: str) -> PermanentError | UserError:
    if "No space left" in said or "File size limit" in said:
        return UserError(
            "FT615",
            f"the job's files do not fit into its folder: {said[-500:]}",
            hint="keep large files out of the repository, or raise the job's disk limit",
        )
    return _refused(said)
