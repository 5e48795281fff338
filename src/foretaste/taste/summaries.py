"""Summaries: what pytest writes at its end, for a run that could not be watched from inside."""

from __future__ import annotations

import re
from dataclasses import dataclass

from foretaste.taste.signatures import LINE_LENGTH

_HEAD = re.compile(r"=+ short test summary info =+$")
_LINE = re.compile(r"(?:FAILED|ERROR) (\S.*)$")
_TOTAL = re.compile(r"(?:=+ )?((?:\d{1,9} [a-z]{1,20}(?:, )?){1,12}) in \d")
_PASSED = re.compile(r"(\d{1,9}) passed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The tests that failed, each with the line that is told of it, and how many passed."""

    failed: tuple[tuple[str, str], ...]
    passed: int


def summary_in(log: str) -> Summary:
    """Return what pytest's summaries in a log tell; several runs are taken together."""
    failed: dict[str, str] = {}
    passed = 0
    inside = False
    for line in log.split("\n"):
        text = line[: 2 * LINE_LENGTH]
        if _HEAD.match(text):
            inside = True
        elif inside and (found := _LINE.match(text)):
            test, _, why = found[1].partition(" - ")
            failed.setdefault(test, why)
        elif total := _TOTAL.match(text):
            inside = False
            passed += sum(int(count) for count in _PASSED.findall(total[1]))
    return Summary(failed=tuple(failed.items()), passed=passed)
