"""Plain text: what came from outside, made harmless to print on one line.

Escape sequences, bidirectional overrides and other invisible characters are shown as their
escapes, so that a commit message cannot paint over what the gate says (attacks B27, E73).
"""

from __future__ import annotations

import re
import unicodedata

# Cc: control characters; Cf: invisible formatting, bidirectional overrides among it; Cs: halves
# of characters; Zl and Zp: line and paragraph separators that some terminals obey.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
SGR = re.compile(r"\x1b\[[0-9;:]*m")


def plain(text: str, keep: str = "") -> str:
    """Return the text with every unseen character escaped, except those in `keep`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c in keep or _seen(c) else _escaped(c) for c in text)


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
    kept, used = [], 0
    for character in text:
        used += _columns(character)
        if used > columns - 1:
            break
        kept.append(character)
    return "".join(kept) + "…"


def _seen(character: str) -> bool:
    return unicodedata.category(character) not in UNSEEN


def _escaped(character: str) -> str:
    code = ord(character)
    if code < 0x100:  # noqa: PLR2004 - the last code that two hexadecimal digits hold
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004 - four digits


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
