"""What people and scripts see of a gate, command by command, held to golden text.

Run with FORETASTE_GOLDEN=write to write the files anew, and read the difference.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from tests.face.cli.conftest import Ran, Terminal

GOLDEN = Path(__file__).with_name("golden")
WRITE = os.environ.get("FORETASTE_GOLDEN") == "write"

COMMANDS = [
    "queue",
    "queue -f csv -c position -c changes -c state",
    "queue --json -c changes -c waiting_for",
    "changes",
    "changes --state failed -f yaml -c change -c tests",
    "changes --project click -f value -c change -c subject",
    "show 19",
    "show 19 --markdown",
    "show 23 -c state -c why -c next",
    "show 404",
    "explain 23",
    "explain 23 -f csv",
    "explain FT203",
    "explain ft310 --json",
    "explain FT999",
    "releases",
    "releases flask --branch main -f yaml -c project -c state -c change",
    "releases flask --report",
    "releases --report",
    "releases nowhere",
    "releases nowhere --report",
    "log b3",
    "log b404",
    "approve 23",
    "approve 23 24 --revision 2",
    "withdraw 23 --json",
    "abandon 23 -c change -c state",
    "reopen 16",
    "enqueue 19",
    "dequeue 23",
    "promote 23 19",
    "hold --why maintenance",
    "hold",
    "resume",
    "resume -q",
    "queue -c nothing",
    "changes --state strange",
    "qeue",
    "--nonsense",
    "show",
]


def text_of(command: str, ran: Ran) -> str:
    said = f"$ foretaste {command}\n{ran.out}--- standard error\n{ran.err}--- exit {ran.status}\n"
    return re.sub(r"http://127\.0\.0\.1:\d+", "http://GATE", said)


def place(command: str) -> Path:
    return GOLDEN / (re.sub(r"[^a-zA-Z0-9]+", "-", command).strip("-") + ".txt")


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_prints_its_golden_text(asking: Terminal, command: str) -> None:
    text = text_of(command, asking(*shlex.split(command)))

    if WRITE:
        place(command).write_text(text, encoding="utf-8")
    assert text == place(command).read_text(encoding="utf-8")


def test_there_is_no_golden_text_without_its_command() -> None:
    assert {path.name for path in GOLDEN.iterdir()} == {place(each).name for each in COMMANDS}
