"""Plain text: what came from outside, made harmless to print on one line.

Escape sequences, bidirectional overrides and other invisible characters are shown as their
escapes, so that a commit message cannot paint over what the gate says (attacks B27, E73).
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from itertools import accumulate

SGR = re.compile(r"\x1b\[[0-9;:]*m")


def plain(text: str, keep: str = "") -> str:
    """Return the text with every character escaped that cannot be seen, but those in `keep`.

    That is what Python calls not printable: controls, invisible formatting, bidirectional
    overrides, halves of characters, and code points that nobody has assigned. Spaces of all
    widths become plain ones.
    """
    if text.isprintable():
        return text
    return "".join(c if c in keep or c.isprintable() else _escaped(c) for c in text)


def one_line(text: str) -> str:
    """Return the text on one line: blanks and line ends become single spaces, the rest plain."""
    return plain(" ".join(text.split()))


def log_text(text: str, *, colour: bool) -> str:
    """Return lines of a log for a terminal: colours kept or taken out, all else plain.

    Only the sequences that set colours and weights are kept; those that move the cursor, set a
    title or make a link are shown as text. A carriage return begins a new line, since what it
    would overwrite is part of the log.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not colour:
        return plain(SGR.sub("", text), keep="\n\t")
    ends = [(found.start(), found.end()) for found in SGR.finditer(text)]
    parts, at = [], 0
    for start, end in ends:
        parts += [plain(text[at:start], keep="\n\t"), text[start:end]]
        at = end
    return "".join([*parts, plain(text[at:], keep="\n\t")])


def width(text: str) -> int:
    """Return how many columns a terminal needs for the text."""
    if text.isascii():
        return len(text)
    return sum(_columns(c) for c in text)


def cut(text: str, columns: int) -> str:
    """Return the text, cut to fit the columns, with an ellipsis where something was cut off."""
    if width(text) <= columns:
        return text
    used = list(accumulate(map(_columns, text)))
    return text[: bisect_right(used, columns - 1)] + "…"


def _escaped(character: str) -> str:
    if unicodedata.category(character) == "Zs":
        return " "
    code = ord(character)
    if code < 0x100:  # noqa: PLR2004 - the last code that two hexadecimal digits hold
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004 - four digits


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
