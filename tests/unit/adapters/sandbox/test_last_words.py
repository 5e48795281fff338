"""Processes that took too long say where they stood, and nobody else is touched by that."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from foretaste.adapters.clock import SystemClock
from foretaste.adapters.sandbox.last_words import LastWords
from foretaste.adapters.sandbox.members import of_group, of_namespace

SPEAKS = "import faulthandler, sys; faulthandler.enable(); print(1, flush=True); sys.stdin.read()"
SILENT = "import sys; print(1, flush=True); sys.stdin.read()"
DEAF = (
    "import signal, sys\n"
    "signal.signal(signal.SIGABRT, lambda *_: None)\n"
    "print(1, flush=True)\n"
    "while True: signal.pause()"
)


@pytest.fixture(name="pipe")
def pipe_fixture() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)
    os.close(writing)


def started(code: str, output: int) -> subprocess.Popen[bytes]:
    """Start a process of a group of its own, and wait until it says that it runs."""
    process = subprocess.Popen(
        [sys.executable, "-S", "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=output,
        start_new_session=True,
    )
    assert process.stdout is not None
    assert process.stdout.read(1) == b"1"
    return process


def ended(process: subprocess.Popen[bytes]) -> int:
    """End a process, whatever state it is in, and return how it ended."""
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode


def words(pipe: tuple[int, int], heard: list[bytes]) -> LastWords:
    def read() -> bool:
        heard.append(os.read(pipe[0], 65536))
        return True

    return LastWords(pipe[0], read, SystemClock())


def test_who_can_speak_does_and_who_cannot_is_stopped(pipe: tuple[int, int]) -> None:
    speaks, silent = started(SPEAKS, pipe[1]), started(SILENT, pipe[1])
    heard: list[bytes] = []

    words(pipe, heard).ask(lambda: [speaks.pid, silent.pid], 10.0)

    assert speaks.wait(10) == -signal.SIGABRT
    # Returns when it stands still; a process that went on would let the test run into its time-out.
    stopped = os.waitid(os.P_PID, silent.pid, os.WSTOPPED | os.WNOWAIT)
    assert stopped is not None
    assert stopped.si_status == signal.SIGSTOP
    if select.select([pipe[0]], [], [], 0)[0]:
        heard.append(os.read(pipe[0], 65536))
    assert b"Fatal Python error: Aborted" in b"".join(heard)
    assert ended(silent) == -signal.SIGKILL
    ended(speaks)


def test_what_is_written_is_taken_even_where_it_is_more_than_a_pipe_holds(
    pipe: tuple[int, int],
) -> None:
    many = (
        "import faulthandler, threading, sys\n"
        "def deep(n): return deep(n - 1) if n else threading.Event().wait()\n"
        "faulthandler.enable()\n"
        "[threading.Thread(target=deep, args=(60,), daemon=True).start() for _ in range(60)]\n"
        "print(1, flush=True); sys.stdin.read()"
    )
    process = started(many, pipe[1])
    heard: list[bytes] = []

    words(pipe, heard).ask(lambda: [process.pid], 20.0)

    assert process.wait(10) == -signal.SIGABRT
    assert len(b"".join(heard)) > 65536
    ended(process)


def test_one_that_will_not_end_keeps_nobody_longer_than_said(pipe: tuple[int, int]) -> None:
    deaf = started(DEAF, pipe[1])
    clock = SystemClock()
    began = clock.monotonic()

    words(pipe, []).ask(lambda: [deaf.pid], 0.3)

    assert 0.2 < clock.monotonic() - began < 10
    assert ended(deaf) == -signal.SIGKILL


def test_an_output_that_is_closed_is_waited_for_no_more() -> None:
    speaks = started(SPEAKS, subprocess.DEVNULL)
    reading, writing = os.pipe()
    os.close(writing)

    LastWords(reading, lambda: bool(os.read(reading, 10)), SystemClock()).ask(
        lambda: [speaks.pid], 10.0
    )

    assert speaks.wait(10) == -signal.SIGABRT
    os.close(reading)
    ended(speaks)


def test_a_process_that_is_gone_is_passed_over(pipe: tuple[int, int]) -> None:
    gone = started(SPEAKS, pipe[1])
    ended(gone)
    speaks = started(SPEAKS, pipe[1])

    words(pipe, []).ask(lambda: [gone.pid, 2**22 + 1, speaks.pid], 10.0)

    assert speaks.wait(10) == -signal.SIGABRT
    ended(speaks)


def test_a_number_that_has_become_somebody_elses_is_left_alone(pipe: tuple[int, int]) -> None:
    other, speaks = started(SILENT, pipe[1]), started(SPEAKS, pipe[1])
    listed = iter([[other.pid, speaks.pid], [speaks.pid]])

    words(pipe, []).ask(lambda: next(listed), 10.0)

    assert speaks.wait(10) == -signal.SIGABRT
    other.communicate(b"", timeout=10)
    assert other.returncode == 0
    ended(speaks)


def test_members_are_found_by_group_and_by_namespace(pipe: tuple[int, int]) -> None:
    process = started(SILENT, pipe[1])

    assert list(of_group(process.pid)) == [process.pid]
    assert process.pid in set(of_namespace(os.readlink("/proc/self/ns/pid")))  # noqa: PTH115 -- no file
    assert list(of_namespace("pid:[0]")) == []
    ended(process)
