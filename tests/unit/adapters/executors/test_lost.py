"""What the gate's own machine does to a build is no failure of the build: it is lost, with why."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.ports.executor import Ending, Output
from tests.fakes.jobs import JobRunner, local_jobs
from tests.fakes.trees import FullDisk

ALIVE = "alive-in-the-sandbox"


@pytest.fixture(name="runner")
def runner_fixture(tmp_path: Path) -> Iterator[JobRunner]:
    with local_jobs(tmp_path) as runner:
        yield runner


def test_a_full_disk_loses_it(tmp_path: Path) -> None:
    with local_jobs(tmp_path, trees=FullDisk()) as runner:
        finished = runner.run("true").finished

    assert finished.ending is Ending.LOST
    assert "FT630" in finished.why
    assert "No space left" in finished.why


def test_a_folder_that_is_gone_loses_it(runner: JobRunner) -> None:
    bases = runner.folder / "bases"
    shutil.rmtree(bases)
    bases.write_text("no folder", encoding="ascii")

    finished = runner.run("true").finished

    assert finished.ending is Ending.LOST
    assert finished.why.startswith("the gate's machine failed: ")


def test_a_log_that_cannot_be_written_loses_it(runner: JobRunner) -> None:
    # The device that is always full stands for a disk that has become so; it is read by nobody
    # here, for it has no end.
    (runner.folder / "logs" / "b1.log").symlink_to("/dev/full")

    _, watch = runner.start("echo ran; sleep 600")
    finished = watch.until_finished()

    assert finished.ending is Ending.LOST
    assert finished.why.startswith("its log cannot be written: ")


def test_whatever_breaks_in_the_executor_there_is_an_end(runner: JobRunner) -> None:
    runner.executor.places.label("b1").mkdir(parents=True)

    finished = runner.run("true").finished

    assert finished.ending is Ending.LOST
    assert finished.why.startswith("the executor failed: ")
    assert runner.executor.running() == frozenset()


def sandboxes(folder: Path) -> Iterator[int]:
    """Yield the processes of bubblewrap that were started from here for a job that says ALIVE."""
    for process in folder.iterdir():
        with contextlib.suppress(OSError):
            words = (process / "cmdline").read_bytes() if process.name.isdigit() else b""
            if b"bwrap" in words.split(b"\0")[0] and ALIVE.encode() in words:
                yield int(process.name)


def test_who_is_killed_from_outside_is_lost(runner: JobRunner) -> None:
    attempt, watch = runner.start(f"while :; do echo {ALIVE}; sleep 0.1; done")
    watch.until(Output)
    watch.until_logged(runner.folder / "logs" / f"{attempt}.log", ALIVE)

    for process in sandboxes(Path("/proc")):
        os.kill(process, signal.SIGKILL)
    finished = watch.until_finished()

    assert finished.ending is Ending.LOST
    assert finished.why == "its process was killed from outside"
