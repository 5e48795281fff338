"""Stacks: where a watched build's processes stood, as they wrote it, for the end of its log.

Each process has a file of its own (`inside/foretaste_stacks`), to which it writes when it is asked
where it stands, and when it aborts. Of many dumps the first and the last are kept, and of equal
ones that follow each other the first.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from foretaste.adapters.executors.leavings import UnreadableReportError, opened
from foretaste.adapters.executors.watching import STACKS

# Bytes that are read of the beginning of a file, and of its end.
_KEPT = 2**18
# Dumps of a process that are told; the first half of them, and the last.
_MOST_DUMPS = 6
_MOST_PROCESSES = 20
_FATAL = "Fatal Python error: "
_ABORTED = f"{_FATAL}Aborted"
_THREAD = re.compile(r"(?:Current thread|Thread) (0x[0-9a-f]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How long processes had run that were asked, and the time-out where it ended the build.

    Both in seconds. Without a time-out, a process that aborted did so of itself.
    """

    after: float = 0.0
    cut_off: float | None = None


def read_stacks(out: int, times: Times) -> tuple[str, ...]:
    """Return the stacks in a job's folder for reports, a text a process.

    Each dump begins as those that `faulthandler` writes by itself when a time is over.
    """
    found = []
    for number in _processes(out):
        dumps = list(_distinct(_dumps(_text(out, f"{STACKS}{number}"), times)))
        if dumps:
            found.append("\n".join([f"stacks of process {number}:", *_some(dumps)]))
        if len(found) == _MOST_PROCESSES:
            break
    return tuple(found)


def _processes(out: int) -> list[int]:
    """Return the numbers of the processes that have a file, in order."""
    try:
        with os.scandir(out) as entries:
            names = [entry.name for entry in entries if entry.name.startswith(STACKS)]
    except OSError:
        return []
    ends = [name.removeprefix(STACKS) for name in names]
    # As Linux counts processes: no longer number is one.
    return sorted(int(end) for end in ends if end.isascii() and end.isdecimal() and len(end) <= 7)  # noqa: PLR2004


def _text(out: int, name: str) -> str:
    try:
        with opened(out, name, "stacks") as file:
            if file is None:
                return ""
            data = file.read(_KEPT)
            rest = os.fstat(file.fileno()).st_size - _KEPT
            if rest > 0:
                file.seek(max(_KEPT, rest))
                data += b"\n" + file.read(_KEPT)
    except (OSError, UnreadableReportError):
        return ""
    return data.decode(errors="replace")


def _dumps(text: str, times: Times) -> Iterator[str]:
    """Yield the dumps in a text: a new one begins where a thread is told once more."""
    lines: list[str] = []
    threads: set[str] = set()
    for line in filter(None, text.splitlines()):
        thread = _THREAD.match(line)
        told = set() if thread is None else {thread[1]}
        fatal = line.startswith(_FATAL)
        if lines and (fatal or told & threads):
            yield "\n".join(lines)
            lines, threads = [], set()
        threads |= told
        if not lines and not fatal:
            lines.append(_late(times.after))
        lines.append(_as_told(line, times.cut_off))
    if lines:
        yield "\n".join(lines)


def _as_told(line: str, cut_off: float | None) -> str:
    """Return a line, or the time-out where the process aborted because that was over."""
    return line if cut_off is None or line != _ABORTED else _late(cut_off)


def _late(seconds: float) -> str:
    return f"Timeout ({timedelta(seconds=seconds)})!"


def _distinct(dumps: Iterator[str]) -> Iterator[str]:
    last = ""
    for dump in dumps:
        stacks = dump.partition("\n")[2]
        if stacks != last:
            yield dump
        last = stacks


def _some(dumps: list[str]) -> list[str]:
    if len(dumps) <= _MOST_DUMPS:
        return dumps
    half = _MOST_DUMPS // 2
    return [*dumps[:half], f"[{len(dumps) - 2 * half} more]", *dumps[-half:]]
