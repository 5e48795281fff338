"""Replay: what came of a past stretch of time, as records, as text, and as what a plot has to show."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from foretaste.report.formats import render_list
from foretaste.report.phrases import duration, number
from foretaste.report.plain import one_line
from foretaste.taste.replay import Fate, Look, Release, Replay

COLUMNS = (
    "name", "version", "fate", "why", "uploaded", "seen", "after", "trials", "lands", "freed", "by",
)  # fmt: skip
SHOWN = ("uploaded", "release", "fate", "known after", "trials", "free", "why")
DAY = 86400.0
# Beyond so many hours a span is told in days.
LONG = 2 * DAY


def records(replay: Replay) -> list[dict[str, Any]]:
    """Return a record a release, in the order in which they were uploaded; times in ISO 8601.

    `after` is in seconds; `trials` are those of the look that saw it, and of what it saw beside.
    """
    return [_record(release, replay) for release in _ordered(replay)]


def as_data(replay: Replay) -> dict[str, Any]:
    """Return everything as plain values, which JSON can hold."""
    return {
        "from": _iso(replay.begin),
        "to": _iso(replay.end),
        "trials": replay.trials,
        "seconds": round(replay.seconds, 3),
        "state": dict(sorted(replay.state.items())),
        "releases": records(replay),
        "looks": [_look(look) for look in replay.looks],
    }


def as_text(replay: Replay, width: int = 0) -> str:
    """Return the table for people, and what it comes to in a sentence below."""
    rows = [_shown(release, replay) for release in _ordered(replay)]
    table = render_list(rows, SHOWN, "table", width) if rows else ""
    return f"{table}\n{summary(replay)}\n".lstrip("\n")


def summary(replay: Replay) -> str:
    """Return what a replay comes to, in one sentence or two."""
    fates = [each.fate for each in replay.releases]
    caught = [each for each in replay.releases if each.fate is Fate.CAUGHT]
    head = (
        f"{_day(replay.begin)} to {_day(replay.end)}: {number(len(fates), 'release')}, "
        f"{len(caught)} caught, {fates.count(Fate.PASSED)} passed, in "
        f"{number(len(replay.looks), 'look')} and {number(replay.trials, 'trial')} "
        f"({duration(replay.seconds)})."
    )
    missing = fates.count(Fate.MISSING)
    gone = f" {number(missing, 'release')} known of then could not be tried." if missing else ""
    soon = sorted(each.after for each in caught if each.after is not None)
    if not soon:
        return head + gone
    return f"{head} Known {span(soon[len(soon) // 2])} after the upload, in the median.{gone}"


def span(seconds: float) -> str:
    """Return a time span for people, in days where it is long."""
    return duration(seconds) if seconds < LONG else f"{seconds / DAY:.1f} d"


def _ordered(replay: Replay) -> list[Release]:
    """Return the releases by the time of their upload; those without one come last."""
    return sorted(
        replay.releases,
        key=lambda each: (each.uploaded is None, each.uploaded or 0.0, each.name, each.version),
    )


def _record(release: Release, replay: Replay) -> dict[str, Any]:
    return {
        "name": release.name,
        "version": release.version,
        "fate": release.fate.value,
        "why": release.why,
        "uploaded": _iso(release.uploaded),
        "seen": _iso(release.seen),
        "after": None if release.after is None else round(release.after, 3),
        "trials": _trials(release, replay),
        "lands": _iso(release.lands),
        "freed": _iso(release.freed),
        "by": release.by,
    }


def _look(look: Look) -> Mapping[str, Any]:
    return {
        "at": _iso(look.at),
        "releases": list(look.releases),
        "verdict": look.said.value,
        "trials": look.trials,
        "seconds": round(look.seconds, 3),
        "reason": look.reason,
    }


def _shown(release: Release, replay: Replay) -> dict[str, str]:
    """Return one row of the table for people."""
    trials = _trials(release, replay)
    return {
        "uploaded": "" if release.uploaded is None else _minute(release.uploaded),
        "release": one_line(f"{release.name} {release.version}"),
        "fate": release.fate.value,
        "known after": "" if release.after is None else span(release.after),
        "trials": "" if trials is None else str(trials),
        "free": _free(release),
        "why": one_line(release.why),
    }


def _free(release: Release) -> str:
    """Say when what was held was free again, or what passed was old enough to go on."""
    if release.freed is not None:
        return f"{_minute(release.freed)} ({one_line(release.by)})"
    if release.lands is not None:
        return _minute(release.lands)
    return "not yet" if release.fate in {Fate.CAUGHT, Fate.HELD, Fate.UNDECIDED} else ""


def _trials(release: Release, replay: Replay) -> int | None:
    return replay.looks[release.look].trials if release.look >= 0 else None


def _iso(at: float | None) -> str | None:
    if at is None:
        return None
    return _moment(at).isoformat(timespec="seconds").replace("+00:00", "Z")


def _minute(at: float) -> str:
    return _moment(at).strftime("%Y-%m-%d %H:%M")


def _day(at: float) -> str:
    return _moment(at).strftime("%Y-%m-%d")


def _moment(at: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(at, tz=dt.UTC)
