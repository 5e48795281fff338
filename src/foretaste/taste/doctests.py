"""Doctests: the examples that `python -m doctest` found wrong, as it writes them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from foretaste.taste.signatures import LINE_LENGTH

_STARS = "*" * 70
_PLACE = re.compile(r'File "([^"]{1,500})", line \d{1,9}, in (.{1,200})$')
# Lines of one example that are read.
EXAMPLE_LINES = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One example that failed, in the docstring of `test`, and what was written of it."""

    test: str
    text: str


def examples_in(text: str) -> Iterator[Example]:
    """Yield the examples that failed, in order."""
    lines = text.split("\n")
    starts = [number for number, line in enumerate(lines[:-1]) if line == _STARS]
    for number, start in enumerate(starts):
        found = _PLACE.match(lines[start + 1][:LINE_LENGTH])
        if found is not None:
            ends = [*starts[number + 1 : number + 2], start + EXAMPLE_LINES]
            yield Example(test=found[2], text="\n".join(lines[start + 1 : min(ends)]))


def difference(example: Example) -> str:
    """Return in one line what was expected and what came."""
    lines = example.text.split("\n")
    parts = [_after(lines, head) for head in ("Failed example:", "Expected:", "Got:")]
    source, expected, got = parts
    return f"{source}: expected {expected or 'nothing'}, got {got or 'nothing'}"


def _after(lines: Sequence[str], head: str) -> str:
    """Return the indented lines after a head, as one."""
    if head not in lines:
        return ""
    said: list[str] = []
    for line in lines[lines.index(head) + 1 :]:
        if not line.startswith("    "):
            break
        said.append(line.strip())
    return " ".join(said)
