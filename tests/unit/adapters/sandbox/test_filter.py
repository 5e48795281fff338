"""The filter's program is run here, instruction by instruction, as the kernel would."""

from __future__ import annotations

import errno
import struct
import sys
from pathlib import Path

import pytest

from foretaste.adapters.sandbox.filter import MACHINES, denied, program

ALLOW = 0x7FFF0000
KILL = 0x80000000
EPERM = 0x00050000 | errno.EPERM
ENOSYS = 0x00050000 | errno.ENOSYS
EAFNOSUPPORT = 0x00050000 | errno.EAFNOSUPPORT


def answer(code: bytes, audit: int, number: int, *arguments: int) -> int:
    """Run a program on one call."""
    padded = (*arguments, *([0] * 6))[:6]
    data = struct.pack("<IIQ6Q", number, audit, 0, *padded)
    steps = list(struct.iter_unpack("=HBBI", code))
    at, held = 0, 0
    while True:
        operation, yes, no, operand = steps[at]
        at += 1
        match operation:
            case 0x20:
                (held,) = struct.unpack_from("<I", data, operand)
            case 0x15:
                at += yes if held == operand else no
            case 0x35:
                at += yes if held >= operand else no
            case 0x45:
                at += yes if held & operand else no
            case 0x06:
                return int(operand)
            case _:
                pytest.fail(f"operation {operation}")


@pytest.fixture(name="name", params=sorted(MACHINES))
def name_fixture(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_listed_call_fails_and_its_neighbours_do_not(name: str) -> None:
    machine = MACHINES[name]
    code = program(machine)
    numbers = set(machine.calls.values())

    for call in denied(machine):
        assert answer(code, machine.audit, machine.calls[call]) == EPERM, call
    for number in range(500):
        if number not in numbers:
            assert answer(code, machine.audit, number) == ALLOW, number


def test_calls_are_told_apart_by_their_arguments(name: str) -> None:
    machine = MACHINES[name]
    code, audit, calls = program(machine), machine.audit, machine.calls

    assert answer(code, audit, calls["clone"], 17) == ALLOW
    assert answer(code, audit, calls["clone"], 0x003D0F00) == ALLOW  # a thread
    for flag in (17, 25, 26, 27, 28, 29, 30):
        assert answer(code, audit, calls["clone"], 1 << flag | 17) == EPERM
    assert answer(code, audit, calls["clone3"]) == ENOSYS
    for family in (1, 2, 10, 16):
        assert answer(code, audit, calls["socket"], family) == ALLOW
    for family in (0, 3, 17, 38, 40, 44):
        assert answer(code, audit, calls["socket"], family) == EAFNOSUPPORT
    assert answer(code, audit, calls["ioctl"], 0, 0x5401) == ALLOW
    assert answer(code, audit, calls["ioctl"], 0, 0x5412) == EPERM
    # The kernel looks at the low half of the request only; so does the filter.
    assert answer(code, audit, calls["ioctl"], 0, 1 << 32 | 0x5412) == EPERM


def test_another_table_of_calls_is_no_way_around(name: str) -> None:
    machine = MACHINES[name]
    code = program(machine)

    assert answer(code, 0x40000003, 26) == KILL
    if machine.second_table:
        assert answer(code, machine.audit, 0x40000000 | machine.calls["ptrace"]) == ENOSYS


def test_jumps_stay_within_their_byte(name: str) -> None:
    # struct.pack refuses what does not fit; here it is said that there is room left.
    assert len(program(MACHINES[name])) < 8 * 250


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("x86_64", "/usr/include/x86_64-linux-gnu/asm/unistd_64.h"),
        ("aarch64", "/usr/include/asm-generic/unistd.h"),
    ],
)
def test_numbers_are_the_kernels(name: str, header: str) -> None:
    path = Path(header)
    if not path.exists():
        pytest.skip(f"no {header} on {sys.platform}")
    words = [line.split() for line in path.read_text(encoding="utf-8").splitlines()]
    numbers = {
        line[1].removeprefix("__NR_"): int(line[2])
        for line in words
        if len(line) > 2 and line[0] == "#define" and line[2].isdigit()
    }

    known = {call: number for call, number in MACHINES[name].calls.items() if call in numbers}

    assert len(known) > 50
    assert {call: numbers[call] for call in known} == known
