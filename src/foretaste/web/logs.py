"""Logs: a build's log as HTML, a block of a thousand lines at a time, read as it is shown.

Nothing here holds a whole log. A browser lays out only the blocks that are in sight (style sheet:
`content-visibility`), so a page of 100,000 lines costs about what it shows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from foretaste.web.ansi import PLAIN, Style, render_line

Read = Callable[[int, int], tuple[bytes, int, bool]]
"""Read `size` bytes from `offset`: the bytes, how many there are in all, whether it is complete."""

BLOCK_LINES = 1_000
PAGE_LINES = 100_000
CHUNK = 2**20
# Longer lines are cut: nobody reads them, and a browser suffers.
LINE_LIMIT = 2_000
# Enough for that many characters of four bytes, and for what a carriage return takes back.
LINE_BYTES = 2**14


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line as read: where it begins, its bytes (cut if `missing` > 0), whether it ended."""

    offset: int
    text: bytes
    missing: int = 0
    ended: bool = True


@dataclass(slots=True)
class Reader:
    """Reads lines from `offset`; afterwards tells how far it came."""

    read: Read
    offset: int = 0
    total: int = 0
    done: bool = False

    def lines(self) -> Iterator[Line]:
        """Yield the lines to the end of what there is now; the last may not have ended."""
        start, held, missing = self.offset, b"", 0
        while chunk := self._chunk():
            first, *rest = chunk.split(b"\n")
            held, missing = _joined(held, missing, first)
            for following in rest:
                length = len(held) + missing + 1
                yield Line(offset=start, text=held, missing=missing)
                start += length
                held, missing = _joined(b"", 0, following)
        if held or missing:
            yield Line(offset=start, text=held, missing=missing, ended=False)

    def _chunk(self) -> bytes:
        chunk, self.total, self.done = self.read(self.offset, CHUNK)
        self.offset += len(chunk)
        return chunk


def _joined(held: bytes, missing: int, more: bytes) -> tuple[bytes, int]:
    """Return a line and what is missing of it, so that no line grows without bound."""
    taken = more[: max(0, LINE_BYTES - len(held))]
    return held + taken, missing + len(more) - len(taken)


@dataclass(slots=True)
class LogView:
    """The lines of a log from number `first`, as blocks of HTML.

    After `blocks` ran, `line`, `offset` and `style` say where whoever follows goes on: at the
    first line that has not ended; `more` whether lines were left for another page.
    """

    read: Read
    first: int = 1
    limit: int = PAGE_LINES
    offset: int = 0
    style: Style = PLAIN
    line: int = field(default=1, init=False)
    more: bool = field(default=False, init=False)
    total: int = field(default=0, init=False)
    done: bool = field(default=False, init=False)

    def blocks(self) -> Iterator[str]:
        """Yield blocks of at most a thousand lines, each an element of its own."""
        rows: list[str] = []
        for row in self.rows():
            rows.append(row)
            if len(rows) == BLOCK_LINES:
                yield f'<div class="block full">{"".join(rows)}</div>\n'
                rows = []
        if rows:
            yield f'<div class="block">{"".join(rows)}</div>\n'

    def rows(self) -> Iterator[str]:
        """Yield each line as an element with its number as a link to itself."""
        reader = Reader(self.read, self.offset)
        self.line = self.first
        for line in reader.lines():
            if self.line >= self.first + self.limit:
                self.more = True
                break
            html, style = _rendered(line, self.style)
            yield _row(self.line, html, ended=line.ended)
            if line.ended:
                self.line += 1
                self.style = style
                self.offset = line.offset + len(line.text) + line.missing + 1
        self.total, self.done = reader.total, reader.done


def _rendered(line: Line, style: Style) -> tuple[str, Style]:
    """Render what a terminal would show: what follows the last carriage return, not too much."""
    text = line.text.decode("utf-8", "replace").rstrip("\r")
    text = text[text.rfind("\r") + 1 :]
    html, style = render_line(text[:LINE_LIMIT], style)
    if line.missing or len(text) > LINE_LIMIT:
        html += f"<em>… the line has {len(line.text) + line.missing:,} bytes</em>"
    return html, style


def _row(number: int, html: str, *, ended: bool) -> str:
    kind = "" if ended else " class=partial"
    return f"<div id=L{number}{kind}><a href=#L{number}>{number}</a>{html}</div>"


def place_of(read: Read, line: int) -> tuple[int, int]:
    """Return the number and offset of a line, or of the last one where there are fewer."""
    number, place, offset = 1, 0, 0
    while number < line:
        chunk, _, _ = read(offset, CHUNK)
        if not chunk:
            return number, place
        found = chunk.count(b"\n")
        if number + found < line:
            number += found
            place = offset + chunk.rfind(b"\n") + 1 if found else place
        else:
            place = offset + _after(chunk, line - number)
            number = line
        offset += len(chunk)
    return number, place


def last_lines(read: Read, count: int) -> tuple[int, int]:
    """Return the number and offset of the line with which the last `count` begin."""
    begins: deque[tuple[int, int]] = deque([(1, 0)], maxlen=count + 1)
    offset = number = 0
    while True:
        chunk, _, _ = read(offset, CHUNK)
        if not chunk:
            break
        found = chunk.count(b"\n")
        place = -1
        for step in range(found):
            place = chunk.index(b"\n", place + 1)
            begins.append((number + step + 2, offset + place + 1))
        number += found
        offset += len(chunk)
    if begins[-1][1] == offset and len(begins) > 1:
        begins.pop()
    return begins[-count] if len(begins) >= count else begins[0]


def _after(chunk: bytes, newlines: int) -> int:
    """Return the place right after the given number of newlines."""
    place = -1
    for _ in range(newlines):
        place = chunk.index(b"\n", place + 1)
    return place + 1
