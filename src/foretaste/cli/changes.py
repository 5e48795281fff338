"""`foretaste changes` and `foretaste show`: changes as they stand."""

from __future__ import annotations

import dataclasses

import click

from foretaste.cli.client import GateClient
from foretaste.cli.options import Settings, Where, asks_the_gate, prints
from foretaste.cli.screen import Screen
from foretaste.core.reasons import Standing
from foretaste.report.markdown import change_markdown
from foretaste.report.text import change_text
from foretaste.report.views import ChangeView

COLUMNS = tuple(field.name for field in dataclasses.fields(ChangeView))
BUMP = "foretaste/bump"
"""The topic of changes that the gate proposes when there are new releases."""
SHOWN = ("change", "project", "branch", "state", "reason", "subject", "why")


@click.command()
@click.option(
    "--state",
    type=click.Choice([standing.value for standing in Standing]),
    default=None,
    help="Only those that stand so.",
)
@click.option("--project", default="", help="Only those of this project.")
@click.option(
    "--limit",
    type=click.IntRange(1, 500),
    default=100,
    show_default=True,
    help="At most so many.",
)
@asks_the_gate
@prints
def changes(
    settings: Settings, where: Where, *, state: str | None, project: str, limit: int
) -> None:
    """List changes, the newest first."""
    with GateClient(where) as client:
        found = client.get("changes", state=state or "", project=project, limit=limit)["changes"]
    screen = Screen(settings)
    screen.records(found, COLUMNS, SHOWN)
    if not found:
        screen.note("no changes")


@click.command()
@click.argument("change")
@click.option("--markdown", is_flag=True, help="As Markdown with its story, for a tracker.")
@asks_the_gate
@prints
def show(settings: Settings, where: Where, change: str, *, markdown: bool) -> None:
    """Show a change: its state, why it stands so, what is next, its jobs."""
    screen = Screen(settings)
    with GateClient(where) as client:
        found = client.get("changes", change)
        if markdown:
            story = client.get("changes", change, "story")["story"]
            screen.write(change_markdown(found, story))
            return
    screen.record(found, text=lambda: change_text(found))
    if found["topic"] == BUMP:
        named = f"{found['project']} --branch {found['branch']}"
        screen.note(f"what is held back, and why: foretaste releases {named} --report")
