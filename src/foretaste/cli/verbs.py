"""What people ask of a gate: approve, withdraw, abandon, reopen, promote, dequeue, hold, resume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from foretaste.cli.client import GateClient
from foretaste.cli.options import Settings, Where, asks_the_gate, prints, speaks
from foretaste.cli.screen import Screen
from foretaste.report.plain import one_line

COLUMNS = ("change", "project", "revision", "state", "reason", "why", "next")


def _ask(settings: Settings, where: Where, verb: str, wanted: Sequence[str]) -> None:
    """Ask for a verb about each change, then show how each stands."""
    with GateClient(where) as client:
        for change in wanted:
            client.post("changes", change, verb)
        found = [client.get("changes", change) for change in wanted]
    Screen(settings).records(found, COLUMNS, text=lambda: standing_text(found))


def standing_text(found: Sequence[Mapping[str, Any]]) -> str:
    """Return how changes stand, two lines each."""
    return "".join(
        f"{one_line(each['change'])} {one_line(each['project'])}: {each['state']}: {each['why']}\n"
        f"  next: {each['next']}\n"
        for each in found
    )


@click.command()
@click.argument("changes", nargs=-1, required=True)
@click.option(
    "--revision",
    type=click.IntRange(1),
    default=None,
    help="Only if this is the newest revision; for one change.",
)
@asks_the_gate
@prints
def approve(
    settings: Settings, where: Where, changes: tuple[str, ...], revision: int | None
) -> None:
    """Say that changes may land as they are now.

    What is approved is the revision that the gate shows now, or the one that is given: one that
    is pushed meanwhile is not approved along with it.
    """
    if revision is not None and len(changes) > 1:
        raise click.UsageError("--revision is for one change")
    with GateClient(where) as client:
        for change in changes:
            meant = revision or client.get("changes", change)["revision"]
            client.post("changes", change, "approve", revision=meant)
        found = [client.get("changes", change) for change in changes]
    Screen(settings).records(found, COLUMNS, text=lambda: standing_text(found))


@click.command()
@click.argument("changes", nargs=-1, required=True)
@asks_the_gate
@prints
def withdraw(settings: Settings, where: Where, changes: tuple[str, ...]) -> None:
    """Take your approval of changes back; what is queued leaves its queue."""
    _ask(settings, where, "withdraw", changes)


@click.command()
@click.argument("changes", nargs=-1, required=True)
@asks_the_gate
@prints
def abandon(settings: Settings, where: Where, changes: tuple[str, ...]) -> None:
    """Close changes that are no longer wanted."""
    _ask(settings, where, "abandon", changes)


@click.command()
@click.argument("changes", nargs=-1, required=True)
@asks_the_gate
@prints
def reopen(settings: Settings, where: Where, changes: tuple[str, ...]) -> None:
    """Open abandoned changes again."""
    _ask(settings, where, "reopen", changes)


@click.command()
@click.argument("changes", nargs=-1, required=True)
@asks_the_gate
@prints
def enqueue(settings: Settings, where: Where, changes: tuple[str, ...]) -> None:
    """Have changes looked at again, whatever their last verdict was."""
    _ask(settings, where, "enqueue", changes)


@click.command()
@click.argument("changes", nargs=-1, required=True)
@asks_the_gate
@prints
def dequeue(settings: Settings, where: Where, changes: tuple[str, ...]) -> None:
    """Take changes out of their queues."""
    _ask(settings, where, "dequeue", changes)


@click.command()
@click.argument("changes", nargs=-1, required=True)
@asks_the_gate
@prints
def promote(settings: Settings, where: Where, changes: tuple[str, ...]) -> None:
    """Move changes to the front of their queues, in this order.

    What they need goes in front of them.
    """
    with GateClient(where) as client:
        client.post("promote", changes=list(changes))
        found = [client.get("changes", change) for change in changes]
    Screen(settings).records(found, COLUMNS, text=lambda: standing_text(found))


@click.command()
@click.option("--why", required=True, help="The reason, for those who wonder.")
@asks_the_gate
@speaks
def hold(settings: Settings, where: Where, why: str) -> None:
    """Have the gate start no builds and land nothing, until `resume`."""
    if not why.strip():
        raise click.UsageError("--why says nothing: those who wait want to know the reason")
    with GateClient(where) as client:
        client.post("hold", why=why)
    Screen(settings).note(f"the gate is held: {why}")


@click.command()
@asks_the_gate
@speaks
def resume(settings: Settings, where: Where) -> None:
    """Have the gate go on, and queues that were frozen as well."""
    with GateClient(where) as client:
        client.post("resume")
    Screen(settings).note("the gate goes on")
