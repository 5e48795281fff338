"""Mistakes: what is wrong with a configuration; all of them are told at once.

Codes: FT201 not TOML · FT202 a file that is not taken (encoding, size, depth) · FT203 unknown
key · FT204 wrong type · FT205 wrong value · FT206 unknown job · FT207 circle of needs · FT208
unknown template · FT209 unknown project, semaphore or service · FT210 settings in two files ·
FT211 nothing to run · FT212 no way of testing found · FT213 not allowed here · FT214 no commit for
a project named in `with`.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from foretaste.ports.errors import UserError

SYNTAX = "FT201"
FILE = "FT202"
UNKNOWN_KEY = "FT203"
TYPE = "FT204"
VALUE = "FT205"
UNKNOWN_JOB = "FT206"
CIRCLE = "FT207"
UNKNOWN_TEMPLATE = "FT208"
UNKNOWN_NAME = "FT209"
TWO_FILES = "FT210"
NOTHING_TO_RUN = "FT211"
NOTHING_FOUND = "FT212"
NOT_ALLOWED = "FT213"
NO_COMMIT = "FT214"
# For the whole where there are several.
SEVERAL = "FT200"

# Who has made a hundred mistakes is not helped by the hundred-and-first.
MOST_TOLD = 100
# A value is shown in part: a message is read on a terminal line.
MOST_SHOWN = 60

BARE = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One thing that is wrong; `line` counts from 1, 0 where there is no line to name."""

    code: str
    what: str
    file: str = ""
    line: int = 0
    key: str = ""
    hint: str = ""

    @property
    def where(self) -> str:
        """The file and line, as far as they are known."""
        return f"{self.file}:{self.line}" if self.line else self.file

    def __str__(self) -> str:
        parts = [part for part in (self.where, self.key, self.what) if part]
        return f"{': '.join(parts)} [{self.code}]" + (f"; hint: {self.hint}" if self.hint else "")


class ConfigurationError(UserError):
    """A configuration that cannot be used, with every mistake in it, by file and line."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        found = sorted(set(mistakes), key=lambda each: (each.file, each.line, each.key, each.what))
        self.mistakes = tuple(found)
        told = [str(each) for each in found[:MOST_TOLD]]
        if len(found) > MOST_TOLD:
            told.append(f"and {len(found) - MOST_TOLD} more")
        super().__init__(
            found[0].code if len(found) == 1 else SEVERAL,
            "\n".join(told),
            where=found[0].where,
            hint=found[0].hint if len(found) == 1 else "",
        )


def did_you_mean(name: str, known: Iterable[str], *, otherwise: str = "") -> str:
    """Return a hint that names the nearest of `known`, or all of them where they are few."""
    choices = sorted(set(known))
    near = difflib.get_close_matches(name[:MOST_SHOWN], choices, n=1)
    if near:
        return f"did you mean {near[0]}?"
    if otherwise or not choices:
        return otherwise
    rest = len(choices) - 20
    return f"known: {', '.join(choices[:20])}" + (f" and {rest} more" if rest > 0 else "")


def shown(value: object) -> str:
    """Write a value of a configuration for a message: on one line, in part, as printable text."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _cut(json.dumps(value))
        case int():
            # Python refuses to write numbers of more than some thousand digits.
            return str(value) if value.bit_length() < MOST_SHOWN else "a huge number"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return _cut(str(value))


def dotted(path: Sequence[str | int]) -> str:
    """Write a key as it would be written in TOML, an element of a list as `[1]` (from 0)."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += (
                f"{'.' if text else ''}{part if BARE.fullmatch(part) else _cut(json.dumps(part))}"
            )
    return text


def _cut(text: str) -> str:
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"
