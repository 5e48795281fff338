"""The program checks a project by itself: its answer, what it imports, and that it cleans up."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from foretaste.adapters.clock import SystemClock
from tests.face.cli.test_main import LOOK
from tests.fakes.checked import AFTER, BEFORE, PROGRAM, CheckedProject, checked_project

DEADLINE = 60.0
NOT_NEEDED = {
    "alembic",
    "fastapi",
    "jinja2",
    "mako",
    "prometheus_client",
    "sqlalchemy",
    "starlette",
    "uvicorn",
}


@pytest.fixture(name="project")
def project_fixture(tmp_path: Path) -> Iterator[CheckedProject]:
    with checked_project(tmp_path) as project:
        project.release("alpha", "1.0", BEFORE, {"alpha.py": "def greet(): pass\n"})
        project.release("alpha", "2.0", "2026-01-20", {"alpha.py": "def hello(): pass\n"})
        yield project


def arguments(project: CheckedProject, *more: str) -> list[str]:
    """What a person writes."""
    folder = str(project.folder)
    base = str(project.folder / "base.txt")
    test = "python test_app.py"
    return ["check", "--project", folder, "--base", base, "--as-of", AFTER, "--test", test, *more]


def test_a_whole_check_imports_neither_web_nor_database(project: CheckedProject) -> None:
    project.write(["alpha"], ["alpha==1.0"], "import alpha\nalpha.greet()\n")
    out = project.folder.parent / "out"

    ran = subprocess.run(
        [sys.executable, "-c", LOOK, *arguments(project, "--report", str(out), "--json")],
        capture_output=True,
        text=True,
        check=False,
        env=project.environment(),
        timeout=DEADLINE,
    )

    said = json.loads(ran.stdout)
    assert ran.returncode == 1, ran.stderr
    assert said["hold_back"] == {"alpha": "<2.0"}
    assert sorted(path.name for path in out.iterdir()) == [
        "check.json",
        "report.md",
        "reproduce.sh",
    ]
    imported = set(ran.stderr.splitlines()[-1].split())
    assert "foretaste" in imported
    assert not imported & NOT_NEEDED


def processes_of(marker: str) -> list[str]:
    """The processes that run a test with a marker in its command, wherever they are confined."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            command = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if marker in command and "--project" not in command:
            found.append(command)
    return found


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds that nobody tells."""
    clock, never = SystemClock(), threading.Event()
    end = clock.monotonic() + DEADLINE
    while not holds():
        assert clock.monotonic() < end
        never.wait(0.02)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_check_that_is_stopped_leaves_nothing_running(
    project: CheckedProject, number: signal.Signals
) -> None:
    marker = f"foretaste-stopped-{os.getpid()}-{number}"
    test = f"# {marker}\nimport threading\nprint('waiting', flush=True)\nthreading.Event().wait()\n"
    project.write(["alpha"], ["alpha==1.0"], test)
    command = f"python test_app.py {marker}"
    running = subprocess.Popen(
        [*listening(number), str(PROGRAM), *arguments(project, "--test", command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=project.environment(),
    )
    try:
        assert running.stderr is not None
        for line in running.stderr:
            if line.startswith("trial 2"):
                break
        until(lambda: bool(processes_of(marker)))
        running.send_signal(number)
        out, err = running.communicate(timeout=DEADLINE)
    finally:
        running.kill()
        running.wait()

    assert (running.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert processes_of(marker) == []


def listening(number: int) -> list[str]:
    """Return what starts a command that a signal reaches.

    Who runs the tests in the background may have SIGINT ignored, which is inherited.
    """
    code = (
        "import os, signal, sys; signal.signal(int(sys.argv[1]), signal.SIG_DFL); "
        "os.execv(sys.argv[2], sys.argv[2:])"
    )
    return [sys.executable, "-c", code, str(number)]
