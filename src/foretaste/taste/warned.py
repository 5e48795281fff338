"""Warned: the warnings in a log, as lines that can be compared between two states.

Python writes "path:line: SomeWarning: text"; pytest the same in its summary, further in. The line
number goes: it moves with every release of the file.
"""

from __future__ import annotations

import re

from foretaste.taste.signatures import LINE_LENGTH, in_short
from foretaste.taste.traces import place_of

_WARNING = re.compile(r"([^\n:]{1,300}):\d{1,9}: ((?:\w{1,60}\.){0,8}\w{0,80}Warning)(?:: (.*))?$")
# A run that warns of everything says as much with its first ones.
WARNINGS = 300


def warnings_in(log: str) -> tuple[str, ...]:
    """Return the warnings of a log, each once, in order."""
    found: dict[str, None] = {}
    for line in dict.fromkeys(log.split("\n")):
        if "Warning" not in line or len(found) == WARNINGS:
            continue
        warning = _WARNING.match(line.strip()[: 2 * LINE_LENGTH])
        if warning is not None:
            place = place_of(warning[1]) or "<python>"
            found[f"{place}: {warning[2]}: {in_short(warning[3] or '')}"] = None
    return tuple(found)
