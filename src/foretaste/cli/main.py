"""The command line's way in: the table of commands, and how every run ends."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from foretaste.cli.lazy import Entry, LazyGroup
from foretaste.cli.options import speaks_for_all

if TYPE_CHECKING:
    from foretaste.cli.failure import Failure

GATE = "Ask a running gate"
OPERATE = "Operate a running gate"
HERE = "On this machine"

ENTRIES = {
    "queue": Entry(
        "foretaste.cli.queue:queue", "Show the queues, and what each item waits for.", GATE
    ),
    "changes": Entry("foretaste.cli.changes:changes", "List changes, the newest first.", GATE),
    "show": Entry(
        "foretaste.cli.changes:show", "Show a change: its state, why, and what is next.", GATE
    ),
    "explain": Entry(
        "foretaste.cli.explain:explain", "Tell a change's story, or what an error code means.", GATE
    ),
    "releases": Entry(
        "foretaste.cli.releases:releases", "Show what is newer than branches pin.", GATE
    ),
    "log": Entry("foretaste.cli.log:log", "Print a build's log; -f follows it.", GATE),
    "approve": Entry("foretaste.cli.verbs:approve", "Say that changes may land.", GATE),
    "withdraw": Entry("foretaste.cli.verbs:withdraw", "Take your approval back.", GATE),
    "abandon": Entry("foretaste.cli.verbs:abandon", "Close a change.", GATE),
    "reopen": Entry("foretaste.cli.verbs:reopen", "Open an abandoned change again.", GATE),
    "promote": Entry(
        "foretaste.cli.verbs:promote", "Move changes to the front of their queues.", OPERATE
    ),
    "enqueue": Entry("foretaste.cli.verbs:enqueue", "Have a change looked at again.", OPERATE),
    "dequeue": Entry("foretaste.cli.verbs:dequeue", "Take a change out of its queue.", OPERATE),
    "hold": Entry("foretaste.cli.verbs:hold", "Have the gate start and land nothing.", OPERATE),
    "resume": Entry("foretaste.cli.verbs:resume", "Have the gate go on.", OPERATE),
    "check": Entry(
        "foretaste.cli.check:check", "Would these releases break me, and which one?", HERE
    ),
    "serve": Entry("foretaste.cli.serve:serve", "Run a gate: git over HTTP, dashboard, API.", HERE),
    "demo": Entry(
        "foretaste.cli.demo:demo", "Run a whole gate on real projects, to see it work.", HERE
    ),
    "replay": Entry(
        "foretaste.cli.replay:replay", "Walk a past stretch of time, release by release.", HERE
    ),
    "simulate": Entry(
        "foretaste.cli.simulate:simulate", "Run scenarios through the gate's own core.", HERE
    ),
    "init": Entry(
        "foretaste.cli.init:init", "Write [tool.foretaste] for this project; shows it first.", HERE
    ),
    "token": Entry(
        "foretaste.cli.token:token", "Make and revoke tokens for a gate on this machine.", HERE
    ),
    "doctor": Entry(
        "foretaste.cli.doctor:doctor", "Measure what this machine can keep jobs out of.", HERE
    ),
    "config": Entry(
        "foretaste.cli.config:config", "Show what a project's configuration comes to.", HERE
    ),
    "completion": Entry(
        "foretaste.cli.completion:completion", "Print the completion for a shell.", HERE
    ),
}


def _version(context: click.Context, _option: click.Parameter, wanted: bool) -> None:  # noqa: FBT001
    """Print the version; finding it out costs more than many commands do."""
    if wanted:
        from foretaste import __version__  # noqa: PLC0415 - only when asked for

        click.echo(f"foretaste {__version__}")
        context.exit()


@click.group(
    "foretaste",
    cls=LazyGroup,
    entries=ENTRIES,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "FORETASTE"},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Print the version.",
)
@speaks_for_all
def cli() -> None:
    """Taste before you commit: a gate for Python.

    A guarded branch moves only to a commit that was tested exactly as it lands.

    Every option can be set in the environment: FORETASTE_URL, FORETASTE_TOKEN, FORETASTE_DIR,
    FORETASTE_FORMAT, ...; one of a single command by its name too, as in FORETASTE_SERVE_PORT.
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code; never a traceback for a person's mistake."""
    if "_FORETASTE_COMPLETE" in os.environ:
        cli.main(prog_name="foretaste")
    try:
        status = _run(sys.argv[1:] if arguments is None else list(arguments))
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever read has enough; what is still in the buffer must not fail at the very end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status


def _run(arguments: list[str]) -> int:
    try:
        with cli.make_context("foretaste", arguments) as context:
            cli.invoke(context)
    except click.exceptions.Exit as ended:
        return ended.exit_code
    except (click.Abort, KeyboardInterrupt):
        from foretaste.cli.failure import Exit  # noqa: PLC0415 - rarely needed

        click.echo("interrupted", err=True)
        return int(Exit.INTERRUPTED)
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the last one to see it
        return _failed(error, arguments)
    return 0


def _failed(error: Exception, arguments: list[str]) -> int:
    """Print an error in the program's style and return its exit code."""
    from foretaste.cli.failure import Failure, from_port, from_usage  # noqa: PLC0415 - rarely needed
    from foretaste.ports.errors import PortError  # noqa: PLC0415

    match error:
        case Failure():
            failure = error
        case click.UsageError():
            failure = from_usage(error)
        case click.ClickException():
            failure = Failure("FT001", error.format_message())
        case PortError():
            failure = from_port(error)
        case _:
            failure = _bug(error, arguments)
    click.echo(failure.text, err=True, nl=False)
    return int(failure.status)


def _bug(error: Exception, arguments: list[str]) -> Failure:
    """Return the failure for what should not happen; the traceback only for who asks for it."""
    from foretaste.cli.failure import Exit, Failure  # noqa: PLC0415 - rarely needed

    if {"-v", "-vv", "--verbose"} & set(arguments):
        import traceback  # noqa: PLC0415

        traceback.print_exception(error)
    return Failure(
        "FT009",
        f"this program has a mistake: {type(error).__name__}: {error}",
        hint="please report it; with -v it says where",
        status=Exit.UNDECIDED,
    )
