"""`foretaste init`: a project's configuration, shown first and written when that is wanted."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from foretaste.cli.failure import Exit, Failure
from foretaste.cli.options import Settings, speaks
from foretaste.cli.screen import Screen


@click.command()
@click.argument(
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    required=False,
)
@click.option("-y", "--yes", is_flag=True, help="Write it without asking.")
@speaks
@click.pass_context
def init(context: click.Context, settings: Settings, folder: Path, *, yes: bool) -> None:
    """Write [tool.foretaste] for this project: shows it first, and asks.

    What it writes is what the gate would find out by itself; it is there to be edited.
    """
    from foretaste.config.load import PYPROJECT, own_document  # noqa: PLC0415 - heavy: pydantic
    from foretaste.config.tree import FolderTree  # noqa: PLC0415
    from foretaste.config.written import propose  # noqa: PLC0415

    tree = FolderTree(folder=folder)
    there = own_document(tree)
    if there is not None:
        raise Failure(
            "FT008",
            "this project has a configuration",
            where=there.file,
            hint="`foretaste config show` says what it comes to",
        )
    text = propose(tree).text
    screen = Screen(settings)
    screen.write(text)
    path = folder / PYPROJECT
    if not yes and not _wanted(path):
        screen.note("nothing was written")
        context.exit(Exit.REJECTED)
    append(path, text)
    screen.note(f"written to {path}")


def _wanted(path: Path) -> bool:
    """Ask whether to write it; without a terminal to ask at, the answer is no."""
    sys.stdout.flush()
    if not at_a_terminal():
        click.echo("with --yes it is written", err=True)
        return False
    return click.confirm(f"Write this to {path}?", err=True)


def at_a_terminal() -> bool:
    """Whether there is someone to ask."""
    return sys.stdin.isatty()


def append(path: Path, text: str) -> None:
    """Put text at a file's end, after an empty line; what stands there stays as it is.

    Raises:
        Failure: it cannot be written.
    """
    try:
        before = path.read_bytes() if path.exists() else b""
        gap = b"" if not before else b"\n" if before.endswith(b"\n") else b"\n\n"
        path.write_bytes(before + gap + text.encode())
    except OSError as error:
        raise Failure("FT008", f"it cannot be written: {error.strerror}", where=str(path)) from None
