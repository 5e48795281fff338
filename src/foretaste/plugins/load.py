"""Load: a driver by its group and name.

The model is stevedore, but for one thing: a driver that cannot be loaded is an error that says
which package brings it and what went wrong, never a name that is quietly missing.
"""

from __future__ import annotations

import enum
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from foretaste.ports.errors import UserError


class Group(enum.Enum):
    """What drivers there are; the value is the entry point group."""

    EXECUTOR = "foretaste.executors"
    PLANNER = "foretaste.planners"


def names(group: Group) -> frozenset[str]:
    """Return the names of the drivers that are installed."""
    return frozenset(point.name for point in entry_points(group=group.value))


def load(group: Group, name: str) -> Any:  # noqa: ANN401 - what a driver is, its group says
    """Return a driver.

    Raises:
        UserError: there is none of that name, there are several, or it cannot be loaded.
    """
    found = [point for point in entry_points(group=group.value) if point.name == name]
    if not found:
        there = ", ".join(sorted(names(group))) or "none"
        what = f"no installed package brings {name!r} in the group {group.value}"
        raise UserError("FT520", what, hint=f"there are: {there}")
    if len({point.value for point in found}) > 1:
        packages = ", ".join(sorted(map(_by, found)))
        what = f"{name!r} of the group {group.value} is brought by {packages}"
        raise UserError("FT521", what, hint="keep one of these packages")
    try:
        return found[0].load()
    except Exception as error:
        what = f"{name!r}, brought by {_by(found[0])}, cannot be loaded: {error!r}"
        hint = "install what it needs, or take it out"
        raise UserError("FT522", what, where=found[0].value, hint=hint) from error


def _by(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else point.value
