"""`foretaste simulate`: scenario files through the gate's own core."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from foretaste.cli.failure import Exit
from foretaste.cli.options import Settings, prints
from foretaste.cli.screen import Screen
from foretaste.report.plain import one_line

COLUMNS = ("file", "title", "ok", "differences", "story")
SHOWN = ("file", "ok", "differences")


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--on",
    type=click.Choice(["memory", "git"]),
    default="memory",
    show_default=True,
    help="In a world in memory, or with real repositories, merges and processes.",
)
@prints
@click.pass_context
def simulate(context: click.Context, settings: Settings, files: tuple[Path, ...], on: str) -> None:
    """Run scenarios through the gate's own core and service, and say what differs.

    Exit code 0 when all hold, 1 when one does not, 2 for a file that cannot be read.
    """
    screen = Screen(settings)
    from foretaste.wiring import simulate as run_scenario  # noqa: PLC0415 - the whole program; only where it is run

    found: list[Mapping[str, Any]] = []
    for file in files:
        screen.detail(f"running {file}")
        found.append(run_scenario(file, on))
    _print(screen, found)
    if not all(each["ok"] for each in found):
        context.exit(Exit.REJECTED)


def _print(screen: Screen, found: Sequence[Mapping[str, Any]]) -> None:
    if screen.settings.style == "json" and not screen.settings.columns:
        screen.write(json.dumps({"scenarios": [_result(each) for each in found]}, indent=2) + "\n")
        return
    screen.records(found, COLUMNS, SHOWN, text=lambda: results_text(found))


def _result(each: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the contract of `--json` names of one file."""
    return {key: each[key] for key in ("file", "ok", "differences", "story")}


def results_text(found: Sequence[Mapping[str, Any]]) -> str:
    """Return a line a file, and one for each thing that differs."""
    lines = []
    for each in found:
        lines.append(f"{one_line(each['file'])}: {'ok' if each['ok'] else 'differs'}")
        lines += [f"  {one_line(line)}" for line in each["differences"]]
    return "\n".join(lines) + "\n"
