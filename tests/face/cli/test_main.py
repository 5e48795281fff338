"""The program starts quickly, ends with the right code, and never shows a traceback by itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from foretaste.cli.lazy import LazyGroup
from foretaste.cli.main import ENTRIES, cli
from foretaste.ports.errors import PermanentError, TransientError, UserError
from tests.face.cli.conftest import Terminal

HEAVY = {
    "alembic",
    "asyncio",
    "fastapi",
    "httpx2",
    "immutables",
    "jinja2",
    "pydantic",
    "rich",
    "sqlalchemy",
    "starlette",
    "structlog",
    "uvicorn",
    "yaml",
}
# Loads the program, runs it, and prints what it has imported by then.
LOOK = """
import sys
from foretaste.cli.main import main
status = main(sys.argv[1:])
print(*sorted({name.partition(".")[0] for name in sys.modules}), file=sys.stderr)
sys.exit(status)
"""


def program(*arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LOOK, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **more},
    )


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["serve", "--help"], ["qeue"]])
def test_nothing_heavy_is_imported_to_say_little(arguments: list[str]) -> None:
    ran = program(*arguments)

    imported = set(ran.stderr.splitlines()[-1].split())
    assert "click" in imported
    assert not imported & (HEAVY - {"asyncio"})


def test_asking_a_gate_needs_no_part_of_a_gate(tmp_path: Path) -> None:
    ran = program("queue", "--dir", str(tmp_path))

    imported = set(ran.stderr.splitlines()[-1].split())
    assert not imported & {"fastapi", "sqlalchemy", "pydantic", "rich", "alembic", "uvicorn"}


def test_help_costs_little_time() -> None:
    """The figure of the contract is 0.15 s of processor time; a busy machine measures more."""
    before = os.times()
    ran = subprocess.run(
        [sys.executable, "-m", "foretaste.cli", "--help"], capture_output=True, check=False
    )
    after = os.times()

    spent = after.children_user - before.children_user
    spent += after.children_system - before.children_system
    assert ran.returncode == 0
    assert spent < 0.5


@pytest.mark.parametrize("name", ENTRIES)
def test_the_line_in_help_is_the_beginning_of_the_commands_own_help(name: str) -> None:
    with click.Context(cli) as context:
        command = cli.get_command(context, name)
    assert command is not None
    assert command.name == name
    assert command.help
    assert all(each.help for each in command.params if isinstance(each, click.Option))


def test_no_command_of_a_later_release_is_shown() -> None:
    assert not {"release", "api-diff", "ledger", "tui"} & set(ENTRIES)


def test_without_a_command_the_help_is_shown(terminal: Terminal) -> None:
    ran = terminal()

    assert ran.status == 2
    assert "Usage: foretaste" in ran.out + ran.err


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["zzzzzz"], "there is no command 'zzzzzz'"),
        (["aprove"], "there is no command 'aprove'; did you mean 'approve'?"),
        (["--", "-x"], "No such option '-x'."),
    ],
)
def test_a_command_that_is_not_there_is_told_with_the_nearest(
    terminal: Terminal, arguments: list[str], what: str
) -> None:
    ran = terminal(*arguments)

    assert (ran.status, ran.err.splitlines()[0]) == (2, f"error[FT001]: {what}")


def test_every_section_of_help_is_shown(terminal: Terminal) -> None:
    ran = terminal("--help")

    assert ran.status == 0
    for heading in ("Ask a running gate:", "Operate a running gate:", "On this machine:"):
        assert heading in ran.out


@click.command()
@click.argument("how")
def ending(how: str) -> None:
    """End in some way."""
    match how:
        case "bug":
            raise RuntimeError("a bug")
        case "user":
            raise UserError("FT203", "no such key", where="f.toml:3", hint="mend it")
        case "transient":
            raise TransientError("FT801", "the disk is full")
        case "permanent":
            raise PermanentError("FT802", "the store is damaged")
        case "pipe":
            raise BrokenPipeError
        case "abort":
            raise click.Abort
        case "file":
            raise click.FileError("x.txt", "is a folder")
        case _:
            raise KeyboardInterrupt


@pytest.fixture(name="ending_terminal")
def ending_fixture(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setattr(LazyGroup, "get_command", lambda *_: ending)
    return terminal


@pytest.mark.parametrize(
    ("how", "status", "err"),
    [
        ("user", 2, "error[FT203]: no such key\n  at f.toml:3\nhint: mend it\n"),
        ("transient", 3, "error[FT801]: the disk is full\n"),
        ("permanent", 3, "error[FT802]: the store is damaged\n"),
        ("abort", 130, "interrupted\n"),
        ("interrupt", 130, "interrupted\n"),
        ("file", 2, "error[FT001]: Could not open file 'x.txt': is a folder\n"),
    ],
)
def test_every_end_has_its_code_and_its_style(
    ending_terminal: Terminal, how: str, status: int, err: str
) -> None:
    ran = ending_terminal("end", how)

    assert (ran.status, ran.out, ran.err) == (status, "", err)


def test_a_bug_is_told_as_one_and_shows_where_only_when_asked(ending_terminal: Terminal) -> None:
    quiet = ending_terminal("end", "bug")
    verbose = ending_terminal("end", "bug", "-v")

    assert quiet.status == 3
    assert quiet.err.startswith("error[FT009]: this program has a mistake: RuntimeError: a bug\n")
    assert "Traceback" not in quiet.err
    assert verbose.status == 2


def test_a_bug_with_v_shows_its_traceback(
    ending_terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    talking = click.Command(
        "end",
        callback=ending.callback,
        params=[*ending.params, click.Option(["-v"], expose_value=False)],
    )
    monkeypatch.setattr(LazyGroup, "get_command", lambda *_: talking)

    ran = ending_terminal("end", "bug", "-v", "yes")

    assert "Traceback" in ran.err


def test_a_reader_that_has_enough_is_no_error() -> None:
    """A pipe whose reader is gone, with more to print than it holds."""
    reader, writer = os.pipe()
    os.close(reader)
    ran = subprocess.run(
        [sys.executable, "-m", "foretaste.cli", "config", "show"],
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writer)

    assert (ran.returncode, ran.stderr) == (0, b"")


def test_a_shell_can_complete_commands() -> None:
    ran = program(
        "", COMP_WORDS="foretaste que", COMP_CWORD="1", _FORETASTE_COMPLETE="bash_complete"
    )

    assert ran.stdout == "plain,queue\n"


def test_an_option_can_come_from_the_environment(asking: Terminal) -> None:
    asking.env |= {"FORETASTE_FORMAT": "value", "FORETASTE_CHANGES_PROJECT": "click"}

    ran = asking("changes", "-c", "change")

    assert ran.out == "18\n"


def test_what_is_said_before_the_commands_name_counts_too(asking: Terminal) -> None:
    before = asking("-q", "--color", "always", "log", "b3")
    after = asking("--color", "always", "log", "b3", "--color", "never")

    assert "\x1b[1m" in before.out
    assert "\x1b" not in after.out
    assert asking("-q", "changes", "--project", "none").err == ""


def test_data_and_notes_go_their_own_ways(asking: Terminal) -> None:
    empty = asking("changes", "--project", "none", "--json")
    quiet = asking("changes", "--project", "none", "--json", "-q")

    assert (empty.out, empty.err) == ("[]\n", "no changes\n")
    assert (quiet.out, quiet.err) == ("[]\n", "")
