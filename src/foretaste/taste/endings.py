"""Endings: what the exit status of a command says, and its last words where nothing else does."""

from __future__ import annotations

from collections.abc import Sequence

from foretaste.taste.signatures import LINE_LENGTH

# POSIX and Linux; what Python's `signal` knows is for the machine that asks.
_SIGNALS = {
    4: "Illegal instruction",
    6: "Aborted",
    7: "Bus error",
    8: "Floating point exception",
    9: "Killed",
    11: "Segmentation fault",
    15: "Terminated",
    24: "CPU time limit exceeded",
    25: "File size limit exceeded",
    31: "Bad system call",
}
# A shell tells of a signal by 128 and its number.
_SHELL = 128
_LAST_SIGNAL = 64
NO_TESTS = 5
"""How pytest, and unittest since Python 3.12, say that there was no test."""
_NO_TESTS_SAID = ("no tests ran", "NO TESTS RAN", "Ran 0 tests in")
_LAST_LINES = 3
# What task runners add to a command's own words: never why it failed.
_NOISE = (
    "[foretaste] ",
    "make: ***",
    "make[",
    "error: Recipe",
    "ninja: build stopped",
    "Command exited with non-zero status",
    # Where pytest was told what it does not know, it says last where it was told so.
    "  inifile: ",
    "  rootdir: ",
)


def signal_of(status: int) -> str:
    """Return what the signal that ended a command is called, "" for none."""
    number = -status if status < 0 else status - _SHELL
    if not 0 < number <= _LAST_SIGNAL:
        return ""
    return _SIGNALS.get(number, f"Signal {number}")


def says_no_tests(status: int, log: str) -> bool:
    """Whether a command failed because there was no test."""
    return status == NO_TESTS and any(said in log for said in _NO_TESTS_SAID)


def last_words(log: str) -> tuple[str, ...]:
    """Return the last lines of a log that say something, the last one first."""
    return tuple(reversed(_saying(log.split("\n"))[-_LAST_LINES:]))


def _saying(lines: Sequence[str]) -> list[str]:
    return [
        line.strip()[:LINE_LENGTH]
        for line in lines
        if any(letter.isalnum() for letter in line[:LINE_LENGTH]) and not line.startswith(_NOISE)
    ]
