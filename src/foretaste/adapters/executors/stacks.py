"""Stacks: where a watched build's processes stood, as they wrote it, for the end of its log.

Each process has a file of its own (`inside/foretaste_stacks`), to which it writes whenever it has
run as long again, and when it aborts. Of many dumps the first and the last are kept, and of equal
ones that follow each other the first.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta

from foretaste.adapters.executors.leavings import UnreadableReportError, opened
from foretaste.adapters.executors.watching import STACKS

# Bytes that are read of the beginning of a file, and of its end.
_KEPT = 2**18
# Dumps of a process that are told; the first half of them, and the last.
_MOST_DUMPS = 6
_MOST_PROCESSES = 20
# How `faulthandler` begins a dump.
_LATE, _FATAL = "Timeout (", "Fatal Python error: "
_ABORTED = f"{_FATAL}Aborted"


def read_stacks(out: int, cut_off: float | None) -> tuple[str, ...]:
    """Return the stacks in a job's folder for reports, a text a process.

    `cut_off` is the time-out in seconds that ended the build, None where it ended otherwise: then
    a process that aborted did so because it was told to, and is one that took too long.
    """
    found = []
    for number in _processes(out):
        dumps = list(_distinct(_dumps(_text(out, f"{STACKS}{number}"), cut_off)))
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


def _dumps(text: str, cut_off: float | None) -> Iterator[str]:
    """Yield the dumps in a text, each from the line that begins it."""
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith((_LATE, _FATAL)) and lines:
            yield "\n".join(lines)
            lines = []
        if line == _ABORTED and cut_off is not None:
            lines.append(f"{_LATE}{timedelta(seconds=int(cut_off))})!")
        else:
            lines.append(line)
    if lines:
        yield "\n".join(lines)


def _distinct(dumps: Iterator[str]) -> Iterator[str]:
    last = ""
    for dump in dumps:
        if dump != last:
            yield dump
        last = dump


def _some(dumps: list[str]) -> list[str]:
    if len(dumps) <= _MOST_DUMPS:
        return dumps
    half = _MOST_DUMPS // 2
    return [*dumps[:half], f"[{len(dumps) - 2 * half} more]", *dumps[-half:]]
