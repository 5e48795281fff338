"""What the stories of the gate and of its deeds have in common: towns, and what is seen of them."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

from foretaste.core.events import Event, Landed, ProspectWanted
from foretaste.service.intents import Answer, Intent
from foretaste.service.perform import Hands, Performer
from foretaste.simulation.world import World
from tests.unit.core.town import FAMILY, Town

DEADLINE = 10.0
"""Seconds that an answer may take; it is there at once, if at all."""


def asked(town: Town, *intents: Intent) -> Future[tuple[Answer, ...]]:
    """Ask the gate for something; it is not stepped."""
    return town.world.gate.submit(*intents)


def codes(answers: Future[tuple[Answer, ...]]) -> list[str]:
    """Return what was answered."""
    return [answer.code for answer in answers.result(DEADLINE)]


def stored(town: Town, *kinds: type[Event]) -> list[Event]:
    """Return the stored events of these kinds."""
    return [event for event in town.events if isinstance(event, kinds)]


def pair(**tables: Any) -> Town:
    """Return a town with change A of R1 and B of R2, which share a queue."""
    changes = [{"id": "A", "project": "R1"}, {"id": "B", "project": "R2"}]
    return Town(project=FAMILY, change=changes, **tables)


def tied(**tables: Any) -> Town:
    """Return a town in which A of R1 and B of R2 need each other."""
    projects = [{**project, "allow_cycles": True} for project in FAMILY]
    changes = [
        {"id": "A", "project": "R1", "depends_on": ["B"]},
        {"id": "B", "project": "R2", "depends_on": ["A"]},
    ]
    return Town(project=projects, change=changes, **tables)


def hands_of(world: World) -> Hands:
    """Return what the world's gate does its deeds with."""
    assert world.gate.hands is not None
    return world.gate.hands


def performer(town: Town) -> Performer:
    """Return a performer over the town as it is."""
    return Performer(hands=hands_of(town.world), facts=town.facts)


def chains(town: Town) -> dict[str, list[str]]:
    """Return the prospect that each change landed as."""
    wanted = {e.key: e for e in town.events if isinstance(e, ProspectWanted)}
    keys = [event.key for event in town.events if isinstance(event, Landed)]
    return {wanted[k].members[-1].change: [m.change for m in wanted[k].chain] for k in keys}
