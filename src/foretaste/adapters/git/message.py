"""Messages of commits: the subject, made harmless to show, and the footer.

Whoever writes a commit writes its message, so a trailer counts only where trailers stand, in the
paragraphs that end the message and hold nothing else; what the body quotes means nothing (attack
B27).
"""

from __future__ import annotations

import re
from typing import Final

from foretaste.report.plain import one_line

SUBJECT_LENGTH: Final = 200

_TRAILER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)[ \t]*:[ \t]*(.*)")
_NOTE = re.compile(r"\((?:cherry picked|backported) from [^()]*\)|\[[^\]]*\]")


def decoded(message: bytes) -> str:
    """Return the message as text, what is no UTF-8 replaced, with line ends alike."""
    return message.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")


def subject(message: str) -> str:
    """Return the first paragraph as one line that is safe to show, at most `SUBJECT_LENGTH`."""
    line = one_line(" ".join(next(iter(_paragraphs(message)), [])))
    return line if len(line) <= SUBJECT_LENGTH else f"{line[: SUBJECT_LENGTH - 1]}…"


def trailers(message: str, key: str) -> tuple[str, ...]:
    """Return the values that the footer gives the key, whatever its case, in their order."""
    found = (_TRAILER.fullmatch(line) for line in _footer(message))
    pairs = (match.groups() for match in found if match)
    return tuple(value.strip() for name, value in pairs if name.lower() == key.lower())


def mentions(message: str, key: str) -> bool:
    """Return whether any line, in the footer or not, looks like this trailer."""
    lines = (_TRAILER.fullmatch(line.strip()) for line in message.split("\n"))
    return any(match.group(1).lower() == key.lower() for match in lines if match)


def _paragraphs(message: str) -> list[list[str]]:
    paragraphs: list[list[str]] = [[]]
    for line in message.split("\n"):
        if line.strip():
            paragraphs[-1].append(line.rstrip())
        elif paragraphs[-1]:
            paragraphs.append([])
    return [paragraph for paragraph in paragraphs if paragraph]


def _footer(message: str) -> list[str]:
    """Return the lines of the paragraphs that end the message and hold trailers only.

    Several count, since `git commit -m` twice makes two; the subject never does.
    """
    footer: list[str] = []
    for paragraph in reversed(_paragraphs(message)[1:]):
        joined = _joined(paragraph)
        if not all(_TRAILER.fullmatch(line) or _NOTE.fullmatch(line) for line in joined):
            break
        footer = joined + footer
    return footer


def _joined(paragraph: list[str]) -> list[str]:
    """Put lines that begin with a space behind the line that they go on from."""
    joined: list[str] = []
    for line in paragraph:
        if joined and line[0] in " \t":
            joined[-1] += f" {line.strip()}"
        else:
            joined.append(line)
    return joined
