"""Stacks: where the threads of a program stood, as `faulthandler` dumps them into a log.

A dump is written when a run takes long ("Timeout (0:00:05)!") or when the interpreter dies ("Fatal
Python error: …"). Of a hang, the thread that says most is the one that came deepest into
different packages: a thread that waits for another is shallow, a worker that waits for work as
well.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from foretaste.taste.signatures import LINE_LENGTH, portable
from foretaste.taste.traces import place_of

_THREAD = re.compile(
    r"(?:Current thread|Thread) 0x[0-9a-f]{1,32}(?: \[.*\])? \(most recent call first\):"
)
_FRAME = re.compile(r'  File "([^"]{1,500})", line (\d{1,9}) in (.{1,200})')
_PROCESS = "[foretaste] stacks of process "
_LATE = re.compile(r".{0,200}?Timeout \(\d{1,6}:\d\d:\d\d(?:\.\d{1,6})?\)!$")
_FATAL = "Fatal Python error: "
# Packages that run tests: their calls stand below every test, and say nothing of it.
_RUNNERS = frozenset(
    {"_pytest", "execnet", "nose", "pluggy", "py", "pytest", "pytest.py", "testtools", "xdist"}
)
# Threads, and frames of each, that are read: the interpreter writes no more than 100 of each.
THREADS = 200
FRAMES = 200
SHOWN_LINES = 40
INNERMOST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One frame: the file as frames are told ("" for Python's own), the function, and the line."""

    place: str
    function: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dump:
    """The threads of one process at one time, each innermost call first.

    `fatal` is what the interpreter died of, "" where it only took long.
    """

    process: str
    fatal: str
    threads: tuple[tuple[Call, ...], ...]


def dumps_of(text: str) -> tuple[Dump, ...]:
    """Return the dumps in a log, as they were written."""
    found: list[Dump] = []
    process, fatal = "", ""
    lines: list[str] | None = None
    for line in text.split("\n"):
        begins = line.startswith(_FATAL) or _LATE.match(line[:LINE_LENGTH]) is not None
        if begins or line.startswith(_PROCESS):
            found += _dump(process, fatal, lines)
            lines = [] if begins else None
            fatal = line.removeprefix(_FATAL) if line.startswith(_FATAL) else ""
        elif lines is not None:
            lines.append(line[:LINE_LENGTH])
        if line.startswith(_PROCESS):
            process = line[len(_PROCESS) :].rstrip(":")
    return (*found, *_dump(process, fatal, lines))


def without_dumps(text: str) -> str:
    """Return a log without the dumps of programs that took long: what they would have said."""
    kept: list[str] = []
    dumping = False
    for line in text.split("\n"):
        head = line[:LINE_LENGTH]
        begins = _LATE.match(head) is not None or line.startswith(_PROCESS)
        goes_on = bool(_THREAD.match(head) or _FRAME.match(head)) or not line.strip()
        dumping = begins or (dumping and goes_on)
        if not dumping:
            kept.append(line)
    return "\n".join(kept)


def _dump(process: str, fatal: str, lines: Sequence[str] | None) -> list[Dump]:
    threads: list[list[Call]] = []
    for line in lines or ():
        if _THREAD.match(line):
            threads.append([])
        elif threads and (frame := _FRAME.match(line)):
            call = Call(place=place_of(frame[1]), function=frame[3], text=line.strip())
            threads[-1].append(call)
    if not threads:
        return []
    kept = tuple(tuple(thread[:FRAMES]) for thread in threads[:THREADS])
    return [Dump(process=process, fatal=fatal, threads=kept)]


def last_of_each(dumps: Sequence[Dump]) -> tuple[Dump, ...]:
    """Return the last dump of each process: where it stood in the end."""
    return tuple({dump.process: dump for dump in dumps}.values())


def blocked(dumps: Sequence[Dump]) -> tuple[Call, ...]:
    """Return the thread that says most of where a run stands, innermost call first."""
    threads = [thread for dump in dumps for thread in dump.threads]
    return max(threads, key=_depth, default=())


def _depth(thread: Sequence[Call]) -> tuple[int, int]:
    """Return how many packages a thread came through, the runner's left out, and its calls."""
    folders = [_folder(call) for call in thread if call.place]
    return len({*folders} - _RUNNERS - {"."}), len(folders)


def _folder(call: Call) -> str:
    return call.place.partition("/")[0]


def without_runner(thread: Sequence[Call]) -> tuple[Call, ...]:
    """Return a thread without the calls below every test: of the runner and of Python's own."""
    telling = [
        number
        for number, call in enumerate(thread, start=1)
        if call.place and _folder(call) not in _RUNNERS
    ]
    return tuple(thread[: telling[-1]] if telling else thread)


def standing(thread: Sequence[Call]) -> str:
    """Return in words where a thread stands: its innermost call outside Python's own library."""
    for call in thread:
        if call.place:
            return f"stands in {call.place}, {call.function}"
    return f"stands in {thread[0].function}" if thread else "stood nowhere that could be seen"


def shown(dumps: Sequence[Dump]) -> str:
    """Return the stacks as a trace shows them, the one that says most first."""
    first = blocked(dumps)
    threads = [thread for dump in dumps for thread in dump.threads]
    threads.sort(key=lambda thread: thread is not first)
    alike = Counter(tuple(_telling(thread)) for thread in threads)
    lines: list[str] = []
    for calls, count in alike.items():
        whose = "a thread" if count == 1 else f"{count} threads"
        lines += [f"{whose}, innermost call first:", *(f"  {call}" for call in calls)]
    left_out = len(lines) - SHOWN_LINES
    more = [f"[… {left_out} lines left out …]"] if left_out > 0 else []
    return portable("\n".join([*lines[:SHOWN_LINES], *more]))


def _telling(thread: Sequence[Call]) -> Iterator[str]:
    """Yield the calls that tell where a thread stands: of Python's own, the innermost."""
    inside = 0
    for call in without_runner(thread):
        inside += not call.place
        if call.place or inside <= INNERMOST:
            yield call.text
