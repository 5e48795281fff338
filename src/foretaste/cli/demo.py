"""`foretaste demo`: a whole gate on real projects."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from foretaste.cli.failure import Exit
from foretaste.cli.options import Settings, prints
from foretaste.cli.progress import Progress, shown
from foretaste.cli.screen import Screen
from foretaste.cli.stopping import stopped_by_signal
from foretaste.report.phrases import duration, listed, number
from foretaste.report.plain import one_line
from foretaste.service.starts import Audience, DemoOptions


@click.command()
@click.option(
    "--dir",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="Where to work; default: a new folder that is gone afterwards.",
)
@click.option("--keep", is_flag=True, help="Leave the gate and its dashboard up until interrupted.")
@click.option(
    "--allow-unsandboxed",
    is_flag=True,
    help="Run jobs even where this machine cannot confine them: they can do all that you can.",
)
@prints
def demo(
    settings: Settings, directory: Path | None, *, keep: bool, allow_unsandboxed: bool
) -> None:
    """Run a whole gate on real projects and real releases, to see it work."""
    options = DemoOptions(
        directory=directory,
        keep=keep,
        offline=settings.offline,
        allow_unsandboxed=allow_unsandboxed,
    )
    screen = Screen(settings)
    from foretaste.web.app import create_app  # noqa: PLC0415 - the whole program, only to run it
    from foretaste.wiring import demo as run_demo  # noqa: PLC0415

    # What a demo was to show it has not shown, so this is no success.
    with stopped_by_signal(Exit.INTERRUPTED), shown(screen) as progress:
        audience = Audience(
            say=progress.say,
            show=progress.show,
            end=lambda summary: _end(screen, progress, summary),
        )
        run_demo(options, create_app, audience)


def _end(screen: Screen, progress: Progress, summary: Mapping[str, Any]) -> None:
    """Print the summary, which has to be seen before the gate is kept up."""
    progress.stop()
    if screen.settings.style == "json" and not screen.settings.columns:
        screen.write(json.dumps(summary, indent=2) + "\n")
        return
    screen.record(summary, text=lambda: summary_text(summary))


def summary_text(summary: Mapping[str, Any]) -> str:
    """Return the end of a demo for people."""
    lines = [f"landed: {number(len(summary['merged']), 'change')}"]
    lines += [
        f"  {one_line(each['project'])} {each['change']} as {each['commit'][:12]}"
        for each in summary["merged"]
    ]
    lines.append(f"rejected: {number(len(summary['rejected']), 'change')}")
    lines += [_rejected(each) for each in summary["rejected"]]
    builds = number(summary["builds"], "build")
    lines.append(f"{builds} in {duration(summary['seconds'])}")
    held = sum(each["tested"] for each in summary["branches"])
    lines.append(f"{number(held, 'branch', 'branches')} compared: each holds the tree tested last")
    return "\n".join(lines) + "\n"


def _rejected(each: Mapping[str, Any]) -> str:
    """Return why one was rejected: the sentence of it, or the change to blame, or its tests."""
    because, tests = one_line(each["because"]), listed(each["tests"])
    if because.isdigit():
        why = f" because of change {because}"
    else:
        why = f": {because or tests}" if because or tests else ""
    return f"  {one_line(each['project'])} {each['change']}: {each['reason']}{why}"
