"""Rendering: the templates, and how times, sizes and names are written in them.

Everything that a template prints is first made plain (no hidden characters), then escaped.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup, escape

from foretaste.report.plain import plain

HERE = Path(__file__).parent
STATIC = HERE / "static"
TEMPLATES = HERE / "templates"
# A chain longer than this shows its two ends.
CHAIN_SHOWN = 6
CHAIN_HEAD, CHAIN_TAIL = 2, 3
TICKED = re.compile(r"`([^`]+)`")
MINUTE, HOUR = 60, 3600
KIBI = 1024


def render(name: str, **context: Any) -> str:  # noqa: ANN401  (whatever a template shows)
    """Return a template as text."""
    return template(name).render(**context)


@cache
def template(name: str) -> Template:
    """Return a template, compiled once."""
    return _environment().get_template(name)


@cache
def _environment() -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        finalize=_finalized,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        {
            "moment": moment,
            "clock": clock,
            "iso": iso,
            "lasting": lasting,
            "size": size,
            "short": short,
            "name": url_name,
            "chain": chain,
            "spoken": spoken,
        }
    )
    made.globals["asset"] = asset
    return made


def _finalized(value: object) -> object:
    return value if isinstance(value, Markup) else plain(str(value), keep="\n\t")


@cache
def asset(name: str) -> str:
    """Return the address of a static file; it changes with its content, so it may be kept."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def spoken(text: str) -> Markup:
    """Write a sentence, with what stands between backticks as code."""
    safe = str(escape(plain(text, keep="\n\t")))
    return Markup(TICKED.sub(r"<code>\1</code>", safe))  # noqa: S704  (escaped right above)


def _utc(at: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(at, tz=dt.UTC)


def moment(at: float) -> str:
    """Write a time (seconds since 1970 UTC) with its date; a dash where it is unknown."""
    return f"{_utc(at):%Y-%m-%d %H:%M:%S}" if at else "—"


def clock(at: float) -> str:
    """Write a time of day."""
    return f"{_utc(at):%H:%M:%S}" if at else "—"


def iso(at: float) -> str:
    """Write a time for machines."""
    return _utc(at).isoformat(timespec="seconds")


def lasting(seconds: float) -> str:
    """Write how long something took."""
    if seconds < MINUTE:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE:02} s"
    return f"{whole // HOUR} h {whole % HOUR // MINUTE:02} min"


def size(count: int) -> str:
    """Write a number of bytes."""
    if count < KIBI:
        return f"{count} B"
    if count < KIBI**2:
        return f"{count / KIBI:.1f} KiB"
    return f"{count / KIBI**2:.1f} MiB"


def short(oid: str) -> str:
    """Write a commit's id as people do."""
    return oid[:10]


def url_name(name: str) -> str:
    """Write a name as one part of an address."""
    return quote(name, safe="")


def chain(assumed: Sequence[str]) -> list[str | int]:
    """Return what of a chain is shown: changes, and a number for those left out."""
    if len(assumed) <= CHAIN_SHOWN:
        return list(assumed)
    left = len(assumed) - CHAIN_HEAD - CHAIN_TAIL
    return [*assumed[:CHAIN_HEAD], left, *assumed[-CHAIN_TAIL:]]
