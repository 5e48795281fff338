"""Signatures: what the same failure shows in another run as well.

A message loses what differs by chance (addresses, temporary names, times, ports, …) and keeps what
tells one failure from another: names, values, versions. Everything that a release or a test wrote
is hostile until it is cleaned: it ends on terminals and in reports. All patterns run in linear
time, on texts that are cut first.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

# The longest of any message that is kept whole; the longest of what makes a signature.
MESSAGE_LENGTH = 4000
SIGNATURE_LENGTH = 300
LINE_LENGTH = 400

_RETURNS = re.compile(r"\r+\n?")
_ESCAPES = re.compile(
    "\x1b(?:"
    r"\[[0-9:;<=>?]{0,60}[ -/]{0,8}[@-~]?"  # colours and cursor movements
    "|[\\]PX^_][^\x07\x1b\n]{0,2000}(?:\x07|\x1b\\\\)?"  # titles, links and other strings
    "|[ -/]{0,4}[0-~]?)"
)
# Control characters but tab and newline; marks that are not seen or turn the direction of text;
# halves of characters; the tags block.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f"
    "\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
)
# Such as "1 validation error for Model" and "Command failed:".
_VAGUE = re.compile(r"\d{1,6} validation errors?|[^\n]{0,11}$|[^\n]{0,400}:$")
_VAGUE_LINES = 3
_HEX = "[0-9a-fA-F]"
# An installed file by its place below site-packages, the project's below its folder.
_ABOVE = r"(?<![^\s'\"(\[=<:,])(?:/|(?:\.\./){1,9})[^\s'\":,]{0,300}"
_PATHS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"{_ABOVE}/(?:site|dist)-packages/"), ""),
    (re.compile(rf"{_ABOVE}/lib(?:64)?/(?:python|pypy)\d[\d.]{{0,5}}/"), "<python>/"),
    (re.compile(r"/job/work/"), "./"),
)
_DAY = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}"
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]{0,6}"
# What pools of threads, processes and test workers call their members.
_WORKERS = "ThreadPoolExecutor|(?:Fork|Spawn)(?:Pool)?(?:Worker|Process)|Dummy|gw"
_CHANCE: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"\b{_HEX}{{8}}-(?:{_HEX}{{4}}-){{3}}{_HEX}{{12}}\b"), "<uuid>"),
    (re.compile(rf"\b0[xX]{_HEX}{{1,40}}\b"), "0x…"),
    (
        re.compile(
            r"\b\d{4}-\d\d-\d\d(?:[T ,]{1,2}\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?"
            r"(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)?"
        ),
        "<time>",
    ),
    (
        re.compile(
            rf"\b(?:{_DAY},? )?(?:\d{{1,2}}[ -]{_MONTH}[ -]\d{{2,4}}|{_MONTH} {{1,2}}\d{{1,2}}\b"
            r"(?:,? \d{4}\b)?)"
        ),
        "<time>",
    ),
    (re.compile(r"\b\d{1,2}:\d\d:\d\d(?:[.,]\d{1,9})?\b"), "<time>"),
    *_PATHS,
    # pytest's and tempfile's own folders, whatever they hold the same.
    (
        re.compile(
            r"(?:/private)?(?:/var/folders/[\w+-]{1,9}/[\w+-]{1,60}/T|/var/tmp|/tmp|/dev/shm)"
            r"/(?:pytest-of-[\w.-]{1,60}/pytest-[\w.-]{1,30}|[^\s/'\":,;)\]}>]{1,200})"
        ),
        "<tmp>",
    ),
    (re.compile(r"\btmp[a-z0-9_]{8}\b"), "<tmp>"),
    (re.compile(r"\b(line|lineno|lines) \d{1,9}\b"), r"\1 N"),
    (re.compile(r"(\.[a-z]{1,4}):\d{1,9}(?::\d{1,9})?\b"), r"\1:N"),
    (
        re.compile(
            r"(\b(?:127\.\d{1,3}\.\d{1,3}\.\d{1,3}|0\.0\.0\.0|localhost)|\[?::1\]?):\d{1,5}\b"
        ),
        r"\1:N",
    ),
    (re.compile(r"(['\"](?:127\.0\.0\.1|0\.0\.0\.0|localhost|::1)['\"], )\d{1,5}\b"), r"\1N"),
    (re.compile(r"(?i)\b(port|pid|process|thread|task)([ =:#-]{1,3})\d{1,9}\b"), r"\1\2N"),
    (re.compile(rf"\b({_WORKERS})-?\d{{1,9}}(?:_\d{{1,9}})?\b"), r"\1-N"),
    (
        re.compile(
            r"(?i)\b\d{1,12}(?:\.\d{1,12})?(?:e[+-]?\d{1,3})? ?(?:[mu\u00b5\u03bcn]?s|m?secs?|(?:milli|micro|nano)?seconds?|"
            r"minutes?|hours?)\b"
        ),
        "N s",
    ),
    (re.compile(r"\b\d{9,20}(?:\.\d{1,12})?\b"), "N"),
    (
        re.compile(rf"\b(?=[0-9]{{0,40}}[a-fA-F])(?=[a-fA-F]{{0,40}}[0-9]){_HEX}{{12,128}}\b"),
        "<hash>",
    ),
    # Where the stack ends is chance.
    (re.compile(r"(maximum recursion depth exceeded)[^\n]{0,200}"), r"\1"),
)


def cleaned(text: str) -> str:
    """Return a text without anything that a terminal would obey or a reader could not see."""
    return _UNSEEN.sub("", _ESCAPES.sub("", _RETURNS.sub("\n", text)))


def portable(text: str) -> str:
    """Return a text in which files are told by their places, as they are on any machine."""
    return _without(text, _PATHS)


def settled(text: str) -> str:
    """Return a cleaned text without what differs from run to run."""
    return _without(text, _CHANCE)


def _without(text: str, patterns: Sequence[tuple[re.Pattern[str], str]]) -> str:
    for pattern, instead in patterns:
        text = pattern.sub(instead, text)
    return text


def in_short(message: str) -> str:
    """Return what a signature keeps of a message, settled: its first line that says something.

    Further lines are mostly differences and hints; where the first is too vague, three are kept.
    """
    said = [line.strip() for line in message[:MESSAGE_LENGTH].split("\n")]
    said = [line for line in said if line] or [""]
    text = " ".join(said[: _VAGUE_LINES if _VAGUE.match(said[0]) else 1])
    return settled(text[: 2 * SIGNATURE_LENGTH])[:SIGNATURE_LENGTH]
