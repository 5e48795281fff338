"""Summaries: what pytest writes at its end, for a run that could not be watched from inside."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from foretaste.taste.signatures import LINE_LENGTH

_HEAD = re.compile(r"=+ short test summary info =+$")
_FAILED = re.compile(r"(?:FAILED|ERROR) ([^\s\[]{1,400}(?:\[.{0,300}?\](?= - |$))?)(?: - (.*))?$")
_TOTAL = re.compile(r"(?:=+ )?((?:\d{1,9} [a-z]{1,20}(?:, )?){1,12}) in \d")
_PASSED = re.compile(r"(\d{1,9}) passed")
_SECTION = re.compile(r"_{3,200} (?:ERROR (?:at \w{1,20} of|collecting) )?(\S.{0,400}?) _{3,200}$")
_RAISED = re.compile(r"E {1,8}([A-Za-z_][\w.]{0,200}): ?(.*)$")
_FENCE = re.compile(r"(?:=|_){3,200} ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is told of one test that failed; `text` is its section, "" where there is none."""

    type: str
    message: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The tests that failed, with what is told of each, and how many passed."""

    failed: tuple[tuple[str, Told], ...]
    passed: int


def summary_in(log: str) -> Summary:
    """Return what pytest's summaries in a log tell; several runs are taken together."""
    lines = [line[: 2 * LINE_LENGTH] for line in log.split("\n")]
    failed: dict[str, str] = {}
    passed = 0
    inside = False
    for line in lines:
        if _HEAD.match(line):
            inside = True
        elif inside and (found := _FAILED.match(line)):
            failed.setdefault(found[1], found[2] or "")
        elif total := _TOTAL.match(line):
            inside = False
            passed += sum(int(count) for count in _PASSED.findall(total[1]))
    sections = _sections(lines) if failed else {}
    told = ((test, _told(why, _section(test, sections))) for test, why in failed.items())
    return Summary(failed=tuple(told), passed=passed)


def _sections(lines: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """Return the lines below each heading that names a test or a module."""
    fences = [number for number, line in enumerate(lines) if _FENCE.match(line)]
    found: dict[str, Sequence[str]] = {}
    for number, begin in enumerate(fences):
        heading = _SECTION.match(lines[begin])
        if heading is not None:
            end = fences[number + 1] if number + 1 < len(fences) else len(lines)
            found[heading[1]] = lines[begin + 1 : end]
    return found


def _section(test: str, sections: Mapping[str, Sequence[str]]) -> Sequence[str]:
    """Return the section of a test; its heading is "Class.test" or, of a module, its path."""
    path, _, inside = test.partition("::")
    return sections.get(inside.replace("::", ".") or path, ())


def _told(why: str, section: Sequence[str]) -> Told:
    raised = [found for line in section if (found := _RAISED.match(line))]
    text = "\n".join(section).strip("\n")
    if raised:
        return Told(type=raised[-1][1], message=raised[-1][2], text=text)
    kind, colon, message = why.partition(": ")
    return Told(type=kind if colon else "Failed", message=message if colon else why, text=text)
