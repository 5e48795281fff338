"""The seccomp filter: a system call is allowed unless it is on the list here.

What stands on it gives a process power over other processes, over the kernel, or a way out of
its namespaces, and no test suite needs it. `clone3` answers ENOSYS, because its flags lie in
memory, where a filter cannot look: the C library then falls back on `clone`, whose flags can be
read. Sockets are UNIX, INET, INET6 and NETLINK (`getifaddrs` asks by it), nothing else.

The program is classic BPF over `struct seccomp_data` (linux/seccomp.h); each instruction is
`struct sock_filter` (linux/filter.h): code, jump-if-true, jump-if-false, operand.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

# linux/bpf_common.h: class | size | mode, and class | operation | source.
_LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_AT_LEAST = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_ANY_BIT = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K

# Where fields of `struct seccomp_data` lie; an argument has 8 bytes, the low half first on
# both machines.
_NUMBER, _MACHINE, _FIRST, _SECOND = 0, 4, 16, 24

# linux/seccomp.h: what a filter answers.
_ALLOW = 0x7FFF0000
_KILL = 0x80000000
_FAIL = 0x00050000

# linux/sched.h: every flag of `clone` that would make a namespace: mount, cgroup, uts, ipc, user,
# pid, net. (The time namespace's flag lies in the byte of the exit signal; `clone` ignores it.)
_NEW_NAMESPACE = (
    0x00020000 | 0x02000000 | 0x04000000 | 0x08000000 | 0x10000000 | 0x20000000 | 0x40000000
)

_FAMILIES = (1, 2, 10, 16)  # UNIX, INET, INET6, NETLINK
_TERMINAL_INPUT = (0x5412, 0x541C)  # TIOCSTI, TIOCLINUX: typing for whoever owns the terminal
_X32 = 0x40000000  # the number's bit that selects x86-64's second table of calls


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A processor's numbers: `audit` is its AUDIT_ARCH, `calls` a name's number."""

    audit: int
    calls: Mapping[str, int]
    second_table: bool = False


_SHARED = {
    "io_uring_setup": 425, "io_uring_enter": 426, "io_uring_register": 427,
    "open_tree": 428, "move_mount": 429, "fsopen": 430, "fsconfig": 431, "fsmount": 432,
    "fspick": 433, "clone3": 435, "pidfd_getfd": 438, "process_madvise": 440,
    "mount_setattr": 442, "quotactl_fd": 443, "memfd_secret": 447, "process_mrelease": 448,
    "set_mempolicy_home_node": 450, "statmount": 457, "listmount": 458,
    "open_tree_attr": 467,
}  # fmt: skip

MACHINES: Mapping[str, Machine] = {
    "x86_64": Machine(
        audit=0xC000003E,
        second_table=True,
        calls=_SHARED
        | {
            "ioctl": 16, "socket": 41, "clone": 56, "ptrace": 101, "syslog": 103,
            "uselib": 134, "ustat": 136, "sysfs": 139, "vhangup": 153,
            "modify_ldt": 154, "pivot_root": 155, "_sysctl": 156, "adjtimex": 159,
            "chroot": 161, "acct": 163, "settimeofday": 164, "mount": 165, "umount2": 166,
            "swapon": 167, "swapoff": 168, "reboot": 169, "sethostname": 170,
            "setdomainname": 171, "iopl": 172, "ioperm": 173, "create_module": 174,
            "init_module": 175, "delete_module": 176, "get_kernel_syms": 177,
            "query_module": 178, "quotactl": 179, "nfsservctl": 180,
            "lookup_dcookie": 212, "clock_settime": 227, "vserver": 236, "mbind": 237,
            "set_mempolicy": 238, "kexec_load": 246, "add_key": 248,
            "request_key": 249, "keyctl": 250, "migrate_pages": 256, "unshare": 272,
            "move_pages": 279, "perf_event_open": 298, "fanotify_init": 300,
            "fanotify_mark": 301, "name_to_handle_at": 303, "open_by_handle_at": 304,
            "clock_adjtime": 305, "setns": 308, "process_vm_readv": 310,
            "process_vm_writev": 311, "kcmp": 312, "finit_module": 313,
            "kexec_file_load": 320, "bpf": 321, "userfaultfd": 323,
        },
    ),
    "aarch64": Machine(
        audit=0xC00000B7,
        calls=_SHARED
        | {
            "lookup_dcookie": 18, "ioctl": 29, "umount2": 39, "mount": 40, "pivot_root": 41,
            "nfsservctl": 42, "chroot": 51, "vhangup": 58, "quotactl": 60, "acct": 89,
            "unshare": 97, "kexec_load": 104, "init_module": 105, "delete_module": 106,
            "clock_settime": 112, "syslog": 116, "ptrace": 117, "reboot": 142,
            "sethostname": 161, "setdomainname": 162, "settimeofday": 170, "adjtimex": 171,
            "socket": 198, "add_key": 217, "request_key": 218, "keyctl": 219, "clone": 220,
            "swapon": 224, "swapoff": 225, "mbind": 235, "set_mempolicy": 237,
            "migrate_pages": 238, "move_pages": 239, "perf_event_open": 241,
            "fanotify_init": 262, "fanotify_mark": 263, "name_to_handle_at": 264,
            "open_by_handle_at": 265, "clock_adjtime": 266, "setns": 268,
            "process_vm_readv": 270, "process_vm_writev": 271, "kcmp": 272,
            "finit_module": 273, "bpf": 280, "userfaultfd": 282, "kexec_file_load": 294,
        },
    ),
}  # fmt: skip

_LOOKED_INTO = frozenset({"clone", "clone3", "ioctl", "socket"})


@dataclass(frozen=True, slots=True)
class _Instruction:
    """One instruction; `yes` and `no` count the instructions to skip."""

    code: int
    yes: int
    no: int
    operand: int


def _step(code: int, operand: int, *, yes: int = 0, no: int = 0) -> _Instruction:
    return _Instruction(code, yes, no, operand)


def _fail(number: int) -> _Instruction:
    return _step(_RETURN, _FAIL | number)


def _when(number: int, body: Sequence[_Instruction]) -> list[_Instruction]:
    """Run `body`, which returns, when the call's number is this one; else go on after it."""
    return [_step(_EQUAL, number, no=len(body)), *body]


def _opening(machine: Machine) -> list[_Instruction]:
    """Refuse calls through another processor's table, then load the call's number."""
    steps = [
        _step(_LOAD, _MACHINE),
        _step(_EQUAL, machine.audit, yes=1),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER),
    ]
    if machine.second_table:
        steps += [_step(_AT_LEAST, _X32, no=1), _fail(errno.ENOSYS)]
    return steps


def _looked_into(machine: Machine) -> list[_Instruction]:
    """Decide the calls that depend on an argument."""
    calls = machine.calls
    families = [
        _step(_LOAD, _FIRST),
        *(_step(_EQUAL, family, yes=len(_FAMILIES) - at) for at, family in enumerate(_FAMILIES)),
        _fail(errno.EAFNOSUPPORT),
        _step(_RETURN, _ALLOW),
    ]
    typing = [
        _step(_LOAD, _SECOND),
        _step(_EQUAL, _TERMINAL_INPUT[0], yes=2),
        _step(_EQUAL, _TERMINAL_INPUT[1], yes=1),
        _step(_RETURN, _ALLOW),
        _fail(errno.EPERM),
    ]
    namespaces = [
        _step(_LOAD, _FIRST),
        _step(_ANY_BIT, _NEW_NAMESPACE, no=1),
        _fail(errno.EPERM),
        _step(_RETURN, _ALLOW),
    ]
    return [
        *_when(calls["ioctl"], typing),
        *_when(calls["socket"], families),
        *_when(calls["clone"], namespaces),
        *_when(calls["clone3"], [_fail(errno.ENOSYS)]),
    ]


def denied(machine: Machine) -> tuple[str, ...]:
    """Return the names of the calls that fail whatever their arguments, sorted."""
    return tuple(sorted(set(machine.calls) - _LOOKED_INTO))


def program(machine: Machine) -> bytes:
    """Return the filter as bubblewrap reads it from a descriptor."""
    names = denied(machine)
    refusals = [
        _step(_EQUAL, machine.calls[name], yes=len(names) - at) for at, name in enumerate(names)
    ]
    steps = [
        *_opening(machine),
        *_looked_into(machine),
        *refusals,
        _step(_RETURN, _ALLOW),
        _fail(errno.EPERM),
    ]
    return b"".join(
        struct.pack("=HBBI", step.code, step.yes, step.no, step.operand) for step in steps
    )
