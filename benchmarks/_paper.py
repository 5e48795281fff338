"""What a benchmark says: a table and ratios, on the screen and in docs/benchmarks.md."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
DOCUMENT: Final = ROOT / "docs" / "benchmarks.md"
HEAD: Final = """\
# Benchmarks

`make bench` measures everything here anew and writes this page; `make bench
ARGS="benchmarks/X.py --help"` says what one of them can be asked. Seconds are those of one machine
in one hour: what to compare are the ratios, whose two sides are measured in one run.
"""


class Table:
    """Rows of text under a head."""

    def __init__(self, *head: str) -> None:
        self._rows = [head]

    def add(self, *row: str) -> None:
        """Add a row."""
        self._rows.append(row)

    def text(self) -> str:
        """Return the table as Markdown, its columns aligned."""
        widths = [max(map(len, column)) for column in zip(*self._rows, strict=True)]
        lines = [self._line(row, widths) for row in self._rows]
        return "\n".join(
            [lines[0], self._line(["-" * width for width in widths], widths), *lines[1:]]
        )

    @staticmethod
    def _line(row: tuple[str, ...] | list[str], widths: list[int]) -> str:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        return f"| {' | '.join(cells)} |"


@dataclass(slots=True)
class Paper:
    """One benchmark's section."""

    title: str
    about: str
    parts: list[str] = field(default_factory=list)
    ratios: list[str] = field(default_factory=list)
    load: float = field(default_factory=lambda: os.getloadavg()[0])

    def show(self, table: Table) -> None:
        """Print a table and keep it for the page."""
        self.parts.append(table.text())
        print(f"\n{table.text()}\n", flush=True)

    def ratio(self, name: str, value: float, aim: str = "") -> None:
        """Print a ratio and keep it for the page."""
        line = f"- {name}: **{value:.2f}**{f' ({aim})' if aim else ''}"
        self.ratios.append(line)
        print(line, flush=True)

    def say(self, line: str) -> None:
        """Print a sentence and keep it for the page."""
        self.parts.append(line)
        print(line, flush=True)

    def write(self) -> None:
        """Put the section into the page, in place of the one with this title."""
        page = DOCUMENT.read_text(encoding="utf-8") if DOCUMENT.exists() else HEAD
        machine = (
            f"Python {platform.python_version()} on {os.cpu_count()} processors, "
            f"at a load of {self.load:.1f} before it began"
        )
        paragraphs = [f"## {self.title}", self.about.strip(), f"Measured with {machine}."]
        section = "\n\n".join([*paragraphs, *self.parts, "\n".join(self.ratios)])
        old = re.compile(rf"^## {re.escape(self.title)}\n.*?(?=^## |\Z)", re.DOTALL | re.MULTILINE)
        rest = old.sub("", page).rstrip("\n")
        DOCUMENT.write_text(f"{rest}\n\n{section}\n", encoding="utf-8")
