"""The probes themselves: run inside a sandbox by an interpreter that has nothing but this file.

Each probe makes one attempt and returns what came of it: "" where it was kept out, else what
was reached. It prints them as JSON. Arguments: a path of the host that must not be there, a
port of the host's loopback with a listener, and the name of an abstract socket with one.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import socket
import sys
from collections.abc import Callable

# Numbers of the calls that need one, by machine: bpf, io_uring_setup, keyctl, perf_event_open.
_CALLS = {
    "x86_64": {"bpf": 321, "io_uring_setup": 425, "keyctl": 250, "perf_event_open": 298},
    "aarch64": {"bpf": 280, "io_uring_setup": 425, "keyctl": 219, "perf_event_open": 241},
}
_LIBC = ctypes.CDLL(None, use_errno=True)
_STANDARD = 3


def _opened(path: str, flags: int) -> str:
    try:
        os.close(os.open(path, flags))
    except OSError:
        return ""
    return f"{path} could be opened"


def _not_empty(path: str) -> str:
    with open(path, "rb") as file:  # noqa: PTH123 -- pathlib is not worth its start here
        return f"{path} holds something" if file.read() else ""


def _connected(family: int, address: tuple[str, int] | str) -> str:
    with socket.socket(family, socket.SOCK_STREAM) as client:
        client.settimeout(1)
        try:
            client.connect(address)
        except OSError:
            return ""
    return f"connected to {address}"


def _sent(address: tuple[str, int]) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        try:
            client.sendto(b"foretaste", address)
        except OSError:
            return ""
    return f"a packet went to {address[0]}"


def _made(family: int, kind: int = socket.SOCK_STREAM) -> str:
    try:
        socket.socket(family, kind).close()
    except OSError:
        return ""
    return f"a socket of family {family} was made"


def _called(result: int, what: str) -> str:
    number = ctypes.get_errno()
    if result >= 0:
        return f"{what} went through"
    return "" if number in {errno.EPERM, errno.ENOSYS, errno.EACCES} else f"{what}: errno {number}"


def _by_number(name: str) -> str:
    number = _CALLS.get(os.uname().machine, {}).get(name)
    if number is None:
        return f"no number for {name} on this machine"
    return _called(_LIBC.syscall(number, 0, 0, 0, 0, 0), name)


def _status(field: str, wanted: str) -> str:
    with open("/proc/self/status", encoding="ascii") as file:  # noqa: PTH123
        values = dict(line.rstrip("\n").split(":\t", 1) for line in file if ":\t" in line)
    return "" if values.get(field) == wanted else f"{field} is {values.get(field)}"


def _command_line() -> str:
    with open("/proc/1/cmdline", "rb") as file:  # noqa: PTH123
        words = file.read().split(b"\0")
    seen = [word for word in words if b"/" in word and not word.startswith((b"/usr/", b"/bin/"))]
    hosts = [word for word in seen if b"--ro-bind" in word or word.startswith(b"--bind")]
    return f"options show: {hosts}" if hosts else ""


def _processes() -> str:
    foreign = [name for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208
    few = 8
    return "" if len(foreign) < few else f"{len(foreign)} processes can be seen"


def _descriptors() -> str:
    open_ones = [name for name in os.listdir("/proc/self/fd") if int(name) >= _STANDARD]  # noqa: PTH208
    # Listing the folder takes a descriptor itself.
    return "" if len(open_ones) <= 1 else f"descriptors {open_ones} are open"


def _typed() -> str:
    ends = os.openpty()
    answer = _called(_LIBC.ioctl(ends[1], 0x5412, b"x"), "typing into a terminal")
    for end in ends:
        os.close(end)
    return answer


def probes(host_path: str, port: int, abstract: str) -> dict[str, Callable[[], str]]:
    """Return the probes by name, in the order in which they are shown."""
    write = os.O_WRONLY
    return {
        "host-files": lambda: _opened(host_path, os.O_RDONLY),
        "passwords": lambda: _opened("/etc/shadow", os.O_RDONLY),
        "init-environment": lambda: _not_empty("/proc/1/environ"),
        "init-options": _command_line,
        "core-pattern": lambda: _opened("/proc/sys/kernel/core_pattern", write),
        "sysctl-vm": lambda: _opened("/proc/sys/vm/overcommit_memory", write),
        "sysrq": lambda: _opened("/proc/sysrq-trigger", write),
        "kernel-memory": lambda: _opened("/dev/mem", os.O_RDONLY),
        "kernel-log": lambda: _opened("/dev/kmsg", os.O_RDONLY),
        "system-files": lambda: _opened("/usr/foretaste-probe", write | os.O_CREAT),
        "root-folder": lambda: _opened("/foretaste-probe", write | os.O_CREAT),
        "device-folder": lambda: _opened("/dev/foretaste-probe", write | os.O_CREAT),
        "host-loopback": lambda: _connected(socket.AF_INET, ("127.0.0.1", port)),
        "host-loopback-6": lambda: _connected(socket.AF_INET6, ("::1", port)),
        "host-abstract-socket": lambda: _connected(socket.AF_UNIX, f"\0{abstract}"),
        "metadata-address": lambda: _connected(socket.AF_INET, ("169.254.169.254", 80)),
        "outside-address": lambda: _connected(socket.AF_INET, ("192.0.2.1", 443)),
        "outside-packet": lambda: _sent(("192.0.2.1", 53)),
        "raw-packets": lambda: _made(17, socket.SOCK_RAW),
        "virtual-machine-socket": lambda: _made(40),
        "kernel-crypto-socket": lambda: _made(38, socket.SOCK_SEQPACKET),
        "raw-internet-socket": lambda: _made(socket.AF_INET, socket.SOCK_RAW),
        "new-user-namespace": lambda: _called(_LIBC.unshare(0x10000000), "unshare"),
        "mount": lambda: _called(_LIBC.mount(b"none", b"/tmp", b"tmpfs", 0, None), "mount"),
        "trace": lambda: _called(_LIBC.ptrace(0, 0, 0, 0), "ptrace"),
        "chroot": lambda: _called(_LIBC.chroot(b"/tmp"), "chroot"),
        "host-name": lambda: _called(_LIBC.sethostname(b"x", 1), "sethostname"),
        "bpf": lambda: _by_number("bpf"),
        "io-uring": lambda: _by_number("io_uring_setup"),
        "keys": lambda: _by_number("keyctl"),
        "performance-events": lambda: _by_number("perf_event_open"),
        "terminal-input": _typed,
        "host-processes": _processes,
        "descriptors": _descriptors,
        "capabilities": lambda: _status("CapBnd", "0" * 16),
        "no-new-privileges": lambda: _status("NoNewPrivs", "1"),
        "seccomp": lambda: _status("Seccomp", "2"),
        "netlink": lambda: _made(16, socket.SOCK_RAW),
    }


def main(arguments: list[str]) -> None:
    """Make every attempt and print what came of it."""
    host_path, port, abstract = arguments
    found = {}
    for name, attempt in probes(host_path, int(port), abstract).items():
        try:
            found[name] = attempt()
        except OSError as error:
            # What cannot even be looked at is kept out.
            found[name] = "" if error.errno else str(error)
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
