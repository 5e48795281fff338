"""Traces: the exception at the end of a text, its words and the files that it came through.

Python's own form, with chains (the last exception counts, and the frames of all), groups,
exceptions in an exception's words (as unittest words an import that failed) and syntax errors
without a trace; and pytest's form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from foretaste.taste.signatures import LINE_LENGTH, MESSAGE_LENGTH, portable

HEADER = "Traceback (most recent call last):"
# What is shown of a trace: the beginning says which test, the end which error.
TRACE_LINES = 40
FIRST_LINES = 12
# Frames that are kept, the innermost: a recursion has thousands.
FRAMES = 60
# Lines of an exception's words.
WORDS = 20
LEAVES = 3

_FRAME = re.compile(r'File "([^"]{1,500})", line \d{1,9}')
_CALLED = re.compile(r'(?:File "[^"]{1,500}", line \d{1,9}, |\.py:\d{1,9}: )in ')
_PYTEST_FRAME = re.compile(r"(\S[^\n:]{0,400}\.(?:py|pyx|pxd|pxi)):\d{1,9}:(?: |$)")
_EXCEPTION = re.compile(r"([A-Za-z_][\w.<>]{0,200})(?:(:) ?(.*))?$")
_LEAF = re.compile(r"[ |+]{0,200}\| ([A-Za-z_][\w.]{0,200}(?:: .*)?)$")
PROJECT = "/job/work/"
"""Where the project lies in a build."""
_CHAINED = (
    "During handling of the above exception, another exception occurred:",
    "The above exception was the direct cause of the following exception:",
)
# What Python, asyncio and logging write of exceptions that ended nothing.
_ASIDE = (
    "Exception ignored ",
    "Exception in thread ",
    "Error in atexit",
    "Error in sys.excepthook",
    "Task exception was never retrieved",
    "future: <",
    "--- Logging error ---",
)
# How the members of a group begin, below its words.
_MEMBER = ("+-", "| ")
_UNPARSED = ("SyntaxError: ", "IndentationError: ", "TabError: ")
_INSTALLED = re.compile(r".*/(?:site|dist)-packages/(?:[^/]{1,200}\.egg/)?")
_STANDARD = re.compile(r"/lib(?:64)?/(?:python|pypy)\d[\d.]{0,5}/")
_OURS = "/foretaste_"
_COMPILED = (".pyx", ".pxd", ".pxi")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """An exception: its class, its words, and the files on its way, innermost last.

    The files are as `outcome.Failure.frames` has them; `text` is the trace, not yet trimmed.
    """

    type: str
    message: str
    frames: tuple[str, ...]
    text: str


def place_of(path: str) -> str:
    """Return a frame's file as frames are told, "" for Python's own and for what is no file.

    Below site-packages: "jinja2/utils.py"; the project's: "./tests/test_a.py".
    """
    if installed := _INSTALLED.match(path):
        return path[installed.end() :]
    if path.startswith(("<", "/env/")) or _STANDARD.search(path) or _OURS in path:
        return ""
    if path.endswith(_COMPILED) and not path.startswith("/"):
        return path.removeprefix("src/")
    if path.startswith("/"):
        return f"./{path.removeprefix(PROJECT)}" if path.startswith(PROJECT) else path
    return f"./{path.removeprefix('./')}"


def frames_of(lines: Iterable[str]) -> tuple[str, ...]:
    """Return the files of the frames among the lines, innermost last."""
    frames: list[str] = []
    for line in lines:
        text = line[:LINE_LENGTH].lstrip(" |+E>")
        found = _FRAME.match(text) or _PYTEST_FRAME.match(text)
        place = place_of(found[1]) if found else ""
        if place and frames[-1:] != [place]:
            frames.append(place)
    return tuple(frames[-FRAMES:])


def raising_line(text: str) -> str:
    """Return the line of code that an exception came from, "" where a trace does not show it."""
    found = ""
    for line, following in pairwise(text.split("\n")):
        if line.startswith(">"):
            found = line
        elif _CALLED.search(line[:LINE_LENGTH]) and following.startswith(" "):
            found = following
    return "" if _CALLED.search(found[:LINE_LENGTH]) else found.strip(" |>")[:LINE_LENGTH]


def trimmed(text: str) -> str:
    """Return a trace short enough to be read: its first and its last lines, of any machine."""
    lines = text.strip("\n").split("\n")
    if len(lines) > TRACE_LINES:
        last = TRACE_LINES - FIRST_LINES - 1
        out = len(lines) - FIRST_LINES - last
        lines[FIRST_LINES:-last] = [f"[… {out} lines left out …]"]
    return portable("\n".join(line[:LINE_LENGTH] for line in lines))


def last_trace(text: str, *, whole: bool) -> Trace | None:
    """Return the exception that ended a text, None where there is none.

    `whole` is whether the text is all of one trace: then its end belongs to the exception's words.
    Else something else may follow.
    """
    lines = text.split("\n")
    headers = [number for number, line in enumerate(lines) if line.endswith(HEADER)]
    if not headers:
        return _unparsed(lines)
    header = _chosen(lines, headers)
    first = _first_of_chain(lines, headers, header)
    return _read(lines, first, header, whole=whole)


def _chosen(lines: Sequence[str], headers: Sequence[int]) -> int:
    """Return the header that counts: the last one, of a group the outermost."""
    for header in reversed(headers):
        if "|" in _margin(lines[header]) or _is_aside(lines, header):
            continue
        return header
    return headers[-1]


def _is_aside(lines: Sequence[str], header: int) -> bool:
    return any(_is_of_an_aside(line) for line in lines[max(0, header - 2) : header])


def _margin(header: str) -> str:
    """Return what stands before a header, and so before each line of its trace.

    A logger's words stand before the header alone.
    """
    margin = header[: len(header) - len(HEADER)].removesuffix("Exception Group ")
    return "" if margin.strip(" |+") else margin


def _first_of_chain(lines: Sequence[str], headers: Sequence[int], header: int) -> int:
    """Return the header of the first exception in the chain that ends with the given one."""
    place = headers.index(header)
    while place and any(line.strip().endswith(_CHAINED) for line in _before(lines, headers[place])):
        place -= 1
    return headers[place]


def _before(lines: Sequence[str], number: int) -> Sequence[str]:
    return lines[max(0, number - 3) : number]


def _read(lines: Sequence[str], first: int, header: int, *, whole: bool) -> Trace | None:
    margin = len(_margin(lines[header]))
    words = header + 1
    while words < len(lines) and _is_inside(lines[words][margin:]):
        words += 1
    rest = [line[margin:][:LINE_LENGTH] for line in lines[words : words + WORDS]]
    said = list(_words(rest, whole=whole))
    found = _EXCEPTION.match(said[0]) if said else None
    if found is None:
        return None
    if not whole and not found[2]:
        # Python writes nothing behind an exception without words: what follows is not its.
        del said[1:]
    message = "\n".join([found[3] or "", *said[1:]]).strip()[:MESSAGE_LENGTH]
    leaves = _leaves(lines[words + len(said) :]) if "Exception Group" in lines[header] else []
    end = len(lines) if whole or leaves else words + len(said)
    return Trace(
        type=found[1],
        message="; ".join([message, *leaves]),
        frames=frames_of(lines[first:end]),
        text="\n".join(lines[first:end]),
    )


def _is_inside(line: str) -> bool:
    """Whether a line belongs to the frames of a trace: they are indented."""
    return not line or line.startswith((" ", "\t"))


def _words(lines: Sequence[str], *, whole: bool) -> Iterator[str]:
    """Yield the lines of an exception's words; in a longer text, until something else begins."""
    for line in lines:
        if line.startswith(_MEMBER) or line.endswith(HEADER):
            return
        if not whole and (not line.strip() or _is_of_an_aside(line)):
            return
        yield line


def _is_of_an_aside(line: str) -> bool:
    return line.startswith(_ASIDE) or (line.startswith("Exception ") and line.endswith(" ignored"))


def _leaves(lines: Iterable[str]) -> list[str]:
    """Return the exceptions in a group, in a line each: the first few."""
    found = (_LEAF.match(line[:LINE_LENGTH]) for line in lines)
    return [leaf[1] for leaf in found if leaf and not leaf[1].startswith("Traceback")][:LEAVES]


def _unparsed(lines: Sequence[str]) -> Trace | None:
    """Return the syntax error of a program that did not even begin."""
    for number in range(len(lines) - 1, -1, -1):
        if lines[number].startswith(_UNPARSED):
            kind, _, message = lines[number][:LINE_LENGTH].partition(": ")
            before = lines[max(0, number - 4) : number + 1]
            text = "\n".join(before)
            return Trace(type=kind, message=message, frames=frames_of(before), text=text)
    return None
