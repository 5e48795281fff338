"""What the sandbox really keeps out here: measured by attempts from inside, not assumed."""

from __future__ import annotations

import contextlib
import json
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from foretaste.adapters.sandbox import probing
from foretaste.adapters.sandbox.bubblewrap import Bubblewrap
from foretaste.ports.environments import Confinement
from foretaste.ports.errors import PortError

_SCRIPT = "/probing.py"
_SECONDS = 60.0
_NO_PROBE_SAID = "the probes did not run"
_WANTED = {"netlink": "wanted: getifaddrs asks by it"}

_TRIED = {
    "host-files": "read the gate's own folder",
    "passwords": "read the host's password hashes",
    "init-environment": "read the environment that the sandbox was started with",
    "init-options": "read the options that the sandbox was started with",
    "core-pattern": "write kernel.core_pattern, which names a program that the host runs",
    "sysctl-vm": "write vm.overcommit_memory",
    "sysrq": "write the kernel's sysrq trigger",
    "kernel-memory": "open /dev/mem",
    "kernel-log": "read the kernel's log",
    "system-files": "make a file in /usr",
    "root-folder": "make a file in /",
    "device-folder": "make a file in /dev",
    "host-loopback": "connect to a listener on the host's 127.0.0.1",
    "host-loopback-6": "connect to the host's ::1",
    "host-abstract-socket": "connect to an abstract socket of the host",
    "metadata-address": "connect to a cloud's metadata address",
    "outside-address": "connect to an address outside",
    "outside-packet": "send a packet outside",
    "raw-packets": "make a packet socket",
    "virtual-machine-socket": "make a socket to the hypervisor",
    "kernel-crypto-socket": "make a socket to the kernel's ciphers",
    "raw-internet-socket": "make a raw internet socket",
    "new-user-namespace": "make a user namespace",
    "mount": "mount something",
    "trace": "be traced, as a step to tracing",
    "chroot": "change the root folder",
    "host-name": "change the host's name",
    "bpf": "load a program into the kernel",
    "io-uring": "open an io_uring",
    "keys": "use the kernel's key rings",
    "performance-events": "open performance counters",
    "terminal-input": "type into a terminal",
    "host-processes": "see processes of the host",
    "descriptors": "find descriptors that were left open",
    "capabilities": "hold a capability",
    "no-new-privileges": "gain privileges by a setuid program",
    "seccomp": "run without a filter of system calls",
    "netlink": "make a netlink socket",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """One attempt: `tried` says what, `note` what was reached or why it may be."""

    name: str
    tried: str
    kept_out: bool
    wanted: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What `foretaste doctor` shows: the level, what is missing, and every probe.

    Level 3 is all, 2 without cgroups, 0 nothing; jobs need 2. A probe that got through and is
    not wanted makes the level 0.
    """

    level: int
    why: str
    probes: tuple[Probe, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether jobs may run."""
        return self.level >= 2  # noqa: PLR2004 -- the level that the docstring names


@contextlib.contextmanager
def _listeners() -> Iterator[tuple[int, str]]:
    """Give a loopback port and an abstract socket's name, both listening on the host."""
    with (
        socket.socket(socket.AF_INET) as loopback,
        socket.socket(socket.AF_UNIX) as abstract,
    ):
        loopback.bind(("127.0.0.1", 0))
        loopback.listen()
        port = loopback.getsockname()[1]
        name = f"foretaste-probe-{port}"
        abstract.bind(f"\0{name}")
        abstract.listen()
        yield port, name


def _attempts(sandbox: Bubblewrap, canary: Path) -> dict[str, str]:
    """Run the probes; each name with "" where it was kept out."""
    said: list[bytes] = []

    def take(data: bytes) -> bool:
        said.append(data)
        return True

    interpreter = Path(sys.base_prefix)
    python = interpreter / "bin" / Path(sys.executable).resolve().name
    readable = {_SCRIPT: Path(probing.__file__)}
    if not interpreter.is_relative_to("/usr"):
        readable[str(interpreter)] = interpreter
    with _listeners() as (port, name):
        running = sandbox.start(
            [str(python), "-I", "-S", _SCRIPT, str(canary), str(port), name],
            Confinement(readable=readable, seconds=_SECONDS),
            take,
        )
        running.wait()
        running.close()
    try:
        found = json.loads(b"".join(said))
    except ValueError:
        return dict.fromkeys(_TRIED, _NO_PROBE_SAID)
    return {name: str(found.get(name, _NO_PROBE_SAID)) for name in _TRIED}


def measure(sandbox: Bubblewrap, folder: Path) -> Report:
    """Make every attempt in a real sandbox; `folder` is the gate's, which no job may see."""
    level = sandbox.measure_again()
    if not level:
        return Report(level=level, why=sandbox.why())
    canary = folder / "doctor-canary"
    canary.write_text("no job may read this\n", encoding="ascii")
    try:
        found = _attempts(sandbox, canary)
    except PortError as error:
        return Report(level=0, why=error.what)
    finally:
        canary.unlink()
    probes = tuple(
        Probe(
            name=name,
            tried=tried,
            kept_out=not found[name],
            wanted=name in _WANTED,
            note=_WANTED.get(name, found[name]) if found[name] else "",
        )
        for name, tried in _TRIED.items()
    )
    through = [probe.name for probe in probes if not probe.kept_out and not probe.wanted]
    if through:
        return Report(level=0, why=f"got through: {', '.join(through)}", probes=probes)
    return Report(level=level, why=sandbox.why(), probes=probes)
