"""Releases: what every face shows of new releases, a branch at a time.

The field names are the JSON keys and the column names. Times are seconds since 1970 (UTC) as
floats, 0.0 where unknown.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class NewerView:
    """One package of which the index has something newer than the branch pins.

    `state` is "moves" (a check let it go on), "held" (it did not), "waits" (it is too young to
    land) or "newer" (nothing is known yet). `ready` is when the newest may land.
    """

    name: str
    old: str
    new: str
    state: str
    why: str
    uploaded: float
    ready: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasesView:
    """One branch of one project: how it stands against the index.

    `state` is current (nothing newer is there), checking, waiting, proposed, held, or stuck (a
    person has to look). `change` is the bump that was proposed last, "" where there is none.
    `checked_at` is when a check last ended, `looked_at` when the index was last asked.
    """

    project: str
    branch: str
    state: str
    why: str
    change: str
    newer: tuple[NewerView, ...]
    files: tuple[str, ...]
    checked_at: float
    looked_at: float
    report: bool
