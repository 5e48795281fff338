"""Spots: on which line each key and each element of a TOML text stands.

`tomllib` tells positions of syntax errors only. This reads a text that `tomllib` has taken, so it
need not doubt it: it follows keys, headers, lists and inline tables, and skips everything else.
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

Path = tuple[str | int, ...]
"""Keys from the top of the document; an element of a list by its number from 0."""

BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*'""")
DOT = re.compile(r"[ \t]*\.[ \t]*")
# Four quotes at the end of a string of three belong to it but for the last three.
STRING = re.compile(
    r'"""(?:[^\\]|\\[\s\S])*?"{3,5}(?!")'
    r"|'''[\s\S]*?'{3,5}(?!')"
    r'|"(?:[^"\\]|\\.)*"'
    r"|'[^']*'"
)
SCALAR = re.compile(r"[^,\]}#\n]+")


def find_spots(text: str) -> Mapping[Path, int]:
    """Return the line, from 1, of every key and element of a valid TOML text."""
    reader = _Reader(text=text)
    reader.document()
    starts = [0] + [each.end() for each in re.finditer("\n", text)]
    return {path: bisect_right(starts, offset) for path, offset in reader.spots.items()}


@dataclass(slots=True, kw_only=True)
class _Reader:
    """Walks over the text; `at` is the offset of what comes next."""

    text: str
    at: int = 0
    spots: dict[Path, int] = field(default_factory=dict)
    last: dict[Path, int] = field(default_factory=dict)  # of each list of tables, its last element

    def document(self) -> None:
        base: Path = ()
        self.skip()
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                base = self.header()
            else:
                self.pair(base)
            self.skip()

    def skip(self) -> None:
        self.at = _end(BLANK, self.text, self.at)

    def header(self) -> Path:
        brackets = 2 if self.text.startswith("[[", self.at) else 1
        start = self.at
        self.at += brackets
        self.skip()
        *above, name = self.key()
        self.skip()
        self.at += brackets
        path: Path = ()
        for part in above:
            path = self.inside((*path, part), start)
        path = (*path, name)
        if brackets == 1:
            return self.inside(path, start)
        self.spots.setdefault(path, start)
        self.last[path] = self.last.get(path, -1) + 1
        path = (*path, self.last[path])
        self.spots[path] = start
        return path

    def inside(self, path: Path, start: int) -> Path:
        self.spots.setdefault(path, start)
        return (*path, self.last[path]) if path in self.last else path

    def key(self) -> list[str]:
        parts = []
        while found := KEY.match(self.text, self.at):
            parts.append(_unquoted(found.group()))
            self.at = found.end()
            dot = DOT.match(self.text, self.at)
            if dot is None:
                break
            self.at = dot.end()
        return parts

    def pair(self, base: Path) -> None:
        start, path = self.at, base
        for part in self.key():
            path = (*path, part)
            self.spots.setdefault(path, start)
        self.at = self.text.index("=", self.at) + 1
        self.skip()
        self.value(path)

    def value(self, path: Path) -> None:
        match self.text[self.at]:
            case "[":
                self.elements(path)
            case "{":
                self.inline(path)
            case '"' | "'":
                self.at = _end(STRING, self.text, self.at)
            case _:
                self.at = _end(SCALAR, self.text, self.at)

    def elements(self, path: Path) -> None:
        self.at += 1
        self.skip()
        number = 0
        while self.text[self.at] != "]":
            self.spots[*path, number] = self.at
            self.value((*path, number))
            number += 1
            self.separator()
        self.at += 1

    def inline(self, path: Path) -> None:
        self.at += 1
        self.skip()
        while self.text[self.at] != "}":
            self.pair(path)
            self.separator()
        self.at += 1

    def separator(self) -> None:
        self.skip()
        if self.text[self.at] == ",":
            self.at += 1
            self.skip()


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    found = pattern.match(text, at)
    return at if found is None else found.end()


def _unquoted(part: str) -> str:
    if part[0] not in "\"'":
        return part
    read: str = tomllib.loads(f"key = {part}")["key"]
    return read
