"""A real gate, served by the real program: found by its folder, operated, and stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.face.cli.conftest import Terminal

DEADLINE = 60.0


@pytest.fixture(name="gate")
def gate_fixture(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Start a gate in a folder, wait until it says where it is, and stop it in the end."""
    command = [
        sys.executable,
        "-m",
        "foretaste.cli",
        "serve",
        "--dir",
        str(tmp_path),
        "--port",
        "0",
    ]
    env = {name: value for name, value in os.environ.items() if not name.startswith("FORETASTE")}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=env) as running:
        watchdog = threading.Timer(DEADLINE, running.kill)
        watchdog.start()
        assert running.stderr is not None
        said = [running.stderr.readline(), running.stderr.readline()]
        assert said[0].startswith("the gate is at http://127.0.0.1:"), said
        yield running
        running.kill()
        watchdog.cancel()


def up(terminal: Terminal, folder: Path) -> None:
    """Ask until the gate answers; it said where it is before it listens to anyone."""
    terminal.env = {"FORETASTE_DIR": str(folder)}
    pause = threading.Event()
    for _ in range(600):
        if (folder / "gate.json").exists() and terminal("queue").status == 0:
            return
        pause.wait(0.1)
    pytest.fail("the gate does not answer")


def test_a_gate_is_found_operated_and_stopped(
    gate: subprocess.Popen[str], terminal: Terminal, tmp_path: Path
) -> None:
    up(terminal, tmp_path)

    assert terminal("changes", "--json").out == "[]\n"
    assert terminal("hold", "--why", "a test").status == 0
    assert terminal("queue").out.startswith("held: a test\n")
    assert terminal("resume").status == 0
    assert not terminal("queue").out.startswith("held")
    assert terminal("show", "1").status == 2
    token = terminal("token", "new", "ann", "--role", "approve").out.strip()
    denied = terminal("hold", "--why", "x", "--token", token)
    assert (denied.status, denied.err[:12]) == (4, "error[FT706]")
    assert json.loads((tmp_path / "gate.json").read_text("utf-8"))["pid"] == gate.pid
    assert (tmp_path / "admin.token").stat().st_mode & 0o077 == 0

    gate.send_signal(signal.SIGTERM)

    assert gate.wait(DEADLINE) == 0
    assert not (tmp_path / "gate.json").exists()
    assert terminal("queue").status == 2


def test_ctrl_c_ends_a_gate_as_it_ends_any_program(
    gate: subprocess.Popen[str], terminal: Terminal, tmp_path: Path
) -> None:
    up(terminal, tmp_path)

    gate.send_signal(signal.SIGINT)

    assert gate.wait(DEADLINE) == 130
    assert not (tmp_path / "gate.json").exists()
