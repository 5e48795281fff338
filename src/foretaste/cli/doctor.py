"""`foretaste doctor`: what this machine can keep jobs out of, measured."""

from __future__ import annotations

import click

from foretaste.cli.failure import Exit
from foretaste.cli.options import Settings, prints
from foretaste.cli.screen import Screen

COLUMNS = ("probe", "ok", "found", "hint")


@click.command()
@prints
@click.pass_context
def doctor(context: click.Context, settings: Settings) -> None:
    """Measure what this machine can keep jobs out of, and what the gate needs.

    Exit code 1 where something is missing or a job would not be confined.
    """
    from foretaste.wiring import examine  # noqa: PLC0415 - the whole program; only where it is used

    found = [dict(each) for each in examine()]
    Screen(settings).records(found, COLUMNS)
    if not all(each["ok"] for each in found):
        context.exit(Exit.REJECTED)
