"""`foretaste releases`: what is newer on the index than branches pin, and what of it may go on."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import click

from foretaste.cli.client import GateClient
from foretaste.cli.options import Settings, Where, asks_the_gate, prints
from foretaste.cli.screen import Screen
from foretaste.report.plain import plain
from foretaste.report.releases import ReleasesView

COLUMNS = tuple(field.name for field in dataclasses.fields(ReleasesView))
MOST = 3
"""Packages of a branch that a line of the table names."""
SHOWN = ("project", "branch", "state", "change", "newer", "why")


@click.command()
@click.argument("project", default="")
@click.option("--branch", default="", help="Only this branch.")
@click.option("--report", is_flag=True, help="Print the newest report on a branch, as Markdown.")
@asks_the_gate
@prints
def releases(settings: Settings, where: Where, project: str, *, branch: str, report: bool) -> None:
    """Show what is newer than branches pin: what may go on, what waits, what is held back."""
    screen = Screen(settings)
    with GateClient(where) as client:
        if report:
            asked = {"branch": branch} if branch else {}
            text = client.get("releases", _named(project), "report", **asked)["report"]
            screen.write(plain(text, keep="\n\t"))
            return
        answer = client.get("releases", project=project)
    found = [each for each in answer["releases"] if branch in {"", each["branch"]}]
    table = settings.style == "table" and not settings.columns
    screen.records([_flat(each) for each in found] if table else found, COLUMNS, SHOWN)
    if answer["trouble"]:
        screen.note(answer["trouble"])
    elif not found:
        screen.note("no branch that is watched pins anything")


def _named(project: str) -> str:
    if not project:
        raise click.UsageError("a report is on one project: foretaste releases PROJECT --report")
    return project


def _flat(view: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a branch with its packages as a line that people can read."""
    said = [_said(each) for each in view["newer"][:MOST]]
    more = len(view["newer"]) - MOST
    return {**view, "newer": ", ".join([*said, *([f"{more} more"] if more > 0 else [])])}


def _said(newer: Mapping[str, Any]) -> str:
    return f"{newer['name']} {newer['new']} ({newer['state']})"
