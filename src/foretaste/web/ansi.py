"""ANSI: a log's text as safe HTML: colours and bold become classes, all else of it goes.

Lines are rendered one at a time with the style carried over, as a terminal would. What stands
inside an operating system command (a link, a title, a clipboard write) is dropped with it; only
text remains, escaped, so nothing that a job prints can act on the page.
"""

from __future__ import annotations

import re
from functools import lru_cache
from html import escape
from typing import NamedTuple

from foretaste.report.plain import plain

# Every alternative is bounded by the next ESC, so that no input takes more than linear time:
# CSI ... final | OSC, DCS, SOS, PM, APC ... BEL or ST | other short sequences and a lone ESC.
SEQUENCE = re.compile(
    r"\x1b\[([0-?]*)[ -/]*([@-~])"
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)"
    r"|\x1b(?:[ -/]*[0-~])?"
)
# The corners of the 256-colour cube and the greys come down to these sixteen.
GREY_START, CUBE_START, CUBE = 232, 16, 6
BRIGHT = 8
# A log has few styles and says them often; one that has many costs no more memory than this.
STYLES = 4096


class Style(NamedTuple):
    """How text is shown: colours 0 to 15, -1 for the page's own."""

    ink: int = -1
    ground: int = -1
    bold: bool = False

    @property
    def classes(self) -> str:
        """The classes of the span; "" where none is needed."""
        return " ".join(
            name
            for name, wanted in (
                (f"g{self.ground}", self.ground >= 0),
                (f"c{self.ink}", self.ink >= 0 > self.ground),
                ("b", self.bold),
            )
            if wanted
        )

    @property
    def token(self) -> str:
        """The style in a few characters, for a face that asks for the rest later."""
        return f"{self.ink}.{self.ground}.{int(self.bold)}"


PLAIN = Style()
TOKEN = re.compile(r"(-1|1?[0-9])\.(-1|1?[0-9])\.([01])")


def style_of(token: str) -> Style:
    """Return the style of a token; the plain one where it is none."""
    found = TOKEN.fullmatch(token)
    if found is None:
        return PLAIN
    ink, ground, bold = (int(part) for part in found.groups())
    return Style(min(ink, 15), min(ground, 15), bool(bold))


def render_line(line: str, style: Style) -> tuple[str, Style]:
    """Return one line as HTML, and the style in which the next one begins."""
    if style == PLAIN and line.isprintable():
        return escape(line), style
    pieces: list[str] = []
    position = 0
    for found in SEQUENCE.finditer(line):
        pieces.append(_span(line[position : found.start()], style))
        position = found.end()
        if found.group(2) == "m":
            style = restyled(style, found.group(1))
    pieces.append(_span(line[position:], style))
    return "".join(pieces), style


def _span(text: str, style: Style) -> str:
    if not text:
        return ""
    safe = escape(text if text.isprintable() else plain(text, keep="\t"))
    opening = _opening(style)
    return f"{opening}{safe}</span>" if opening else safe


@lru_cache(maxsize=STYLES)
def _opening(style: Style) -> str:
    classes = style.classes
    return f'<span class="{classes}">' if classes else ""


@lru_cache(maxsize=STYLES)
def restyled(style: Style, parameters: str) -> Style:
    """Return the style after one `CSI … m`; what is unknown in it changes nothing."""
    codes = [int(part) if part.isdigit() else 0 for part in re.split("[;:]", parameters[:64])]
    position = 0
    while position < len(codes):
        code = codes[position]
        if code in {38, 48}:
            colour, used = _extended(codes[position + 1 :])
            style = _coloured(style, colour, ground=code > CODES_INK_LAST)
            position += used
        else:
            style = _simple(style, code)
        position += 1
    return style


CODES_INK_LAST = 39


def _simple(style: Style, code: int) -> Style:
    match code:
        case 0:
            return PLAIN
        case 1:
            return style._replace(bold=True)
        case 22:
            return style._replace(bold=False)
        case 39:
            return style._replace(ink=-1)
        case 49:
            return style._replace(ground=-1)
        case _:
            return _basic(style, code)


def _basic(style: Style, code: int) -> Style:
    tens, colour = divmod(code, 10)
    if colour >= BRIGHT:
        return style
    match tens:
        case 3:
            return style._replace(ink=colour)
        case 4:
            return style._replace(ground=colour)
        case 9:
            return style._replace(ink=colour + BRIGHT)
        case 10:
            return style._replace(ground=colour + BRIGHT)
        case _:
            return style


def _coloured(style: Style, colour: int, *, ground: bool) -> Style:
    return style._replace(ground=colour) if ground else style._replace(ink=colour)


def _extended(codes: list[int]) -> tuple[int, int]:
    """Return the nearest of the sixteen colours, and how many codes told it."""
    match codes:
        case [5, number, *_]:
            return _from_table(min(number, 255)), 2
        case [2, red, green, blue, *_]:
            return _nearest(red, green, blue), 4
        case _:
            return -1, len(codes)


def _from_table(number: int) -> int:
    if number < CUBE_START:
        return number
    if number >= GREY_START:
        level = (number - GREY_START) * 10 + 8
        return _nearest(level, level, level)
    cube = number - CUBE_START
    red, green, blue = cube // CUBE**2, cube // CUBE % CUBE, cube % CUBE
    return _nearest(red * 51, green * 51, blue * 51)


def _nearest(red: int, green: int, blue: int) -> int:
    """Return the colour whose parts are on where these are strong, bright where they are light."""
    strongest = max(red, green, blue)
    if strongest < 64:  # noqa: PLR2004  (a quarter: nearly black)
        return 0
    half = strongest / 2
    colour = (red > half) + 2 * (green > half) + 4 * (blue > half)
    return colour + (BRIGHT if strongest > 192 else 0)  # noqa: PLR2004  (three quarters)
