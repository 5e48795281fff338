"""Phrases: the small pieces of which sentences are made; all plain, on one line."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from foretaste.report.plain import cut, one_line

# How many names a sentence holds before it says how many more there are.
NAMED = 3
# A host's or a tool's words inside a sentence; the rest is on the change's page.
DETAIL = 300
# All mistakes of a configuration are told at once; this is a bound, not a choice.
MISTAKES = 20_000
MINUTE = 60
HOUR = 3600


def listed(names: Iterable[str], most: int = NAMED) -> str:
    """Return names as people list them: `a`, `a and b`, `a, b and c`, `a, b, c and 4 more`."""
    shown = [one_line(name) for name in names]
    if len(shown) > most:
        shown = [*shown[:most], f"{len(shown) - most} more"]
    if len(shown) < 2:  # noqa: PLR2004 - nothing to join
        return "".join(shown)
    return f"{', '.join(shown[:-1])} and {shown[-1]}"


def changes(numbers: Iterable[str]) -> str:
    """Return `change 12` or `changes 12, 13 and 14`; empty for none."""
    known = tuple(numbers)
    if not known:
        return ""
    return f"change{'s' * (len(known) > 1)} {listed(known, most=8)}"


def detail(text: str, most: int = DETAIL) -> str:
    """Return what someone else said, to follow a sentence: `: …`; empty where nothing was said.

    Several lines become one, with a dot between them; `most` is in columns.
    """
    lines = filter(None, map(one_line, text.splitlines()))
    short = cut(" · ".join(lines), most).rstrip(".")
    return f": {short}" if short else ""


def duration(seconds: float) -> str:
    """Return a time span for people: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 10:  # noqa: PLR2004 - tenths say something below ten seconds only
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE} s"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE} min"


def number(count: int, one: str, many: str = "") -> str:
    """Return `1 test`, `2 tests`; `many` where an s does not make it."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def size(count: int) -> str:
    """Return a number of bytes for people: `812 B`, `1.4 kB`, `64.0 MB`."""
    amount, unit = float(count), "B"
    for larger in ("kB", "MB", "GB"):
        if amount < 1000:  # noqa: PLR2004 - the next unit begins here
            break
        amount, unit = amount / 1000, larger
    return f"{count} B" if unit == "B" else f"{amount:.1f} {unit}"


def clock_time(at: float) -> str:
    """Return a wall time (seconds since 1970) as `2026-11-25 03:04:05`, UTC; "" for none."""
    if not at:
        return ""
    moment = dt.datetime.fromtimestamp(at, tz=dt.UTC)
    return moment.strftime("%Y-%m-%d %H:%M:%S")
