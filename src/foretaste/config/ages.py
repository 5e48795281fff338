"""Ages: how old a release must be, and which releases need not wait; as they are written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from pydantic import AfterValidator

from foretaste.config.values import WrongValueError

# Seconds. Who waits longer than a year for every release has no use for a watcher.
OLDEST = 366 * 86400.0
UNITS = {"d": 86400.0, "h": 3600.0, "m": 60.0, "s": 1.0}
AGE = re.compile(r"(?:([0-9]{1,4})d)?(?:([0-9]{1,5})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,6})s)?")
# Seconds between two looks at the index. More often is no use: it keeps its own pages so long.
SHORTEST_INTERVAL = 60.0
LONGEST_INTERVAL = 86400.0

Release = tuple[str, str]
"""A normalised name and a version, "" for every version."""


def age(text: str) -> float:
    """Return an age such as `3d`, `12h` or `0d` in seconds.

    Raises:
        WrongValueError: it is none, or more than a year.
    """
    found = AGE.fullmatch(text)
    if found is None or not text:
        raise WrongValueError("not an age", 'write "3d", "12h" or "0d"')
    total = sum(int(part) * UNITS[unit] for part, unit in zip(found.groups(0), "dhms", strict=True))
    if total > OLDEST:
        raise WrongValueError("an age is at most 366d")
    return total


def at_once(text: str) -> Release:
    """Return what `NAME` or `NAME==VERSION` names.

    Raises:
        WrongValueError: it is neither.
    """
    hint = 'as in "certifi" or "jinja2==3.1.6"'
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        raise WrongValueError("not the name of a release", hint) from None
    said = list(requirement.specifier)
    plain = not (requirement.url or requirement.marker or requirement.extras)
    exact = not said or (len(said) == 1 and said[0].operator == "==" and "*" not in said[0].version)
    if not plain or not exact:
        raise WrongValueError("not the name of a release", hint)
    return str(canonicalize_name(requirement.name)), said[0].version if said else ""


def _age(text: str) -> str:
    age(text)
    return text


def _interval(text: str) -> str:
    if not SHORTEST_INTERVAL <= age(text) <= LONGEST_INTERVAL:
        raise WrongValueError("an interval is between 1m and 24h")
    return text


def _at_once(values: Sequence[str]) -> Sequence[str]:
    for place, text in enumerate(values):
        try:
            at_once(text)
        except WrongValueError as error:
            raise WrongValueError(error.what, error.hint, place=place) from None
    return values


Age = Annotated[str, AfterValidator(_age)]
Interval = Annotated[str, AfterValidator(_interval)]
AtOnce = Annotated[list[str], AfterValidator(_at_once)]
