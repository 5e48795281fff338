"""`foretaste queue`: the queues in speculative order."""

from __future__ import annotations

from typing import Any

import click

from foretaste.cli.client import GateClient
from foretaste.cli.options import Settings, Where, asks_the_gate, prints
from foretaste.cli.screen import Screen
from foretaste.report.text import queues_text

COLUMNS = (
    "queue",
    "position",
    "changes",
    "project",
    "subject",
    "state",
    "reason",
    "waiting_for",
    "assumes",
    "active",
    "jobs",
    "at",
)


@click.command()
@asks_the_gate
@prints
def queue(settings: Settings, where: Where) -> None:
    """Show the queues in landing order, and what each item waits for.

    The checks that run follow after the queues, in a queue of no name.
    """
    with GateClient(where) as client:
        gate = client.get("gate")
    Screen(settings).records(items_of(gate), COLUMNS, text=lambda: queues_text(gate))


def items_of(gate: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the items of all queues and the checks as one list of records."""
    queued = [{**item, "queue": q["queue"]} for q in gate["queues"] for item in q["items"]]
    return queued + [{**item, "queue": ""} for item in gate["checks"]]
