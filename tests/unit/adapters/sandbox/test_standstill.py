"""Who stands still is asked where, a few times; who is busy, deaf or gone is left alone."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.adapters.sandbox.standstill import Standstill, catches
from foretaste.ports.environments import STACKS_SIGNAL

LISTENS = (
    "import os, signal, sys\n"
    f"signal.signal({STACKS_SIGNAL}, lambda *_: os.write(1, b'asked\\n'))\n"
    "os.write(1, b'ready\\n')\n"
    "sys.stdin.read()\n"
)
DEAF = "import os, sys; os.write(1, b'ready\\n'); sys.stdin.read()"


@pytest.fixture(name="process", params=[LISTENS], ids=["listens"])
def process_fixture(request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-S", "-c", request.param],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    yield process
    process.communicate()


def answers(process: subprocess.Popen[bytes]) -> int:
    """End a process and return how often it was asked."""
    out, _ = process.communicate()
    assert process.returncode == 0
    return out.count(b"asked")


def test_it_is_asked_when_it_has_run_so_long(process: subprocess.Popen[bytes]) -> None:
    still = Standstill(10.0, lambda: [process.pid])
    for now in (100.0, 105.0, 109.0):
        still.look(now)
    assert process.stdout is not None
    os.set_blocking(process.stdout.fileno(), False)
    assert process.stdout.read() is None

    still.look(111.0)
    os.set_blocking(process.stdout.fileno(), True)

    assert process.stdout.readline() == b"asked\n"


def test_it_is_asked_again_and_not_without_end(process: subprocess.Popen[bytes]) -> None:
    still = Standstill(10.0, lambda: [process.pid])
    assert process.stdout is not None
    heard = 0
    for number in range(20):
        still.look(100.0 + 10.5 * number)
        if 0 < number <= 5:
            assert process.stdout.readline() == b"asked\n"
            heard += 1

    assert heard + answers(process) == 5


def test_between_two_looks_some_time_passes(process: subprocess.Popen[bytes]) -> None:
    looked = []

    def members() -> list[int]:
        looked.append(1)
        return [process.pid]

    still = Standstill(10.0, members)
    for now in (100.0, 100.2, 100.9, 101.1):
        still.look(now)

    assert len(looked) == 2


@pytest.mark.parametrize("process", [DEAF], indirect=True, ids=["deaf"])
def test_who_does_not_catch_the_signal_never_gets_it(process: subprocess.Popen[bytes]) -> None:
    still = Standstill(1.0, lambda: [process.pid])
    for now in range(100, 120, 2):
        still.look(float(now))

    assert not catches(process.pid, STACKS_SIGNAL)
    assert answers(process) == 0


def test_who_used_the_processor_meanwhile_is_not_asked() -> None:
    busy = (
        f"import os, signal, sys\nsignal.signal({STACKS_SIGNAL}, lambda *_: os.write(1, b'asked'))\n"
        "os.write(1, b'ready\\n')\n"
        "while not os.path.exists(sys.argv[1]): pass\n"
    )
    end = Path(f"/tmp/foretaste-busy-{os.getpid()}")  # noqa: S108 -- never made by another
    process = subprocess.Popen([sys.executable, "-S", "-c", busy, str(end)], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    still = Standstill(1.0, lambda: [process.pid])
    still.look(100.0)
    before = used = ticks(process.pid)
    while used - before < 5:
        used = ticks(process.pid)

    still.look(110.0)

    end.touch()
    assert answers(process) == 0
    end.unlink()


def ticks(process: int) -> int:
    """The processor time that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(") ")[2].split()
    return int(fields[11]) + int(fields[12])


def test_who_is_gone_is_passed_over(process: subprocess.Popen[bytes]) -> None:
    gone = subprocess.Popen([sys.executable, "-S", "-c", ""])
    gone.wait()
    still = Standstill(1.0, lambda: [gone.pid, 2**22 + 1, process.pid])

    still.look(100.0)
    still.look(102.0)

    assert process.stdout is not None
    assert process.stdout.readline() == b"asked\n"
