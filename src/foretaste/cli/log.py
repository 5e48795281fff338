"""`foretaste log`: a build's log, as it is or as it comes."""

from __future__ import annotations

import codecs
import sys
from threading import Event as Idle

import click

from foretaste.cli.client import GateClient
from foretaste.cli.options import Settings, Where, asks_the_gate, speaks
from foretaste.cli.screen import Screen
from foretaste.report.plain import log_text

# While lines come they are fetched at once; where none come, a look costs a request each time.
SHORTEST = 0.1
LONGEST = 1.0


@click.command()
@click.argument("build")
@click.option("-f", "--follow", is_flag=True, help="Go on printing until the build has ended.")
@click.option("--raw", is_flag=True, help="Every byte as it is, escape sequences too.")
@asks_the_gate
@speaks
def log(settings: Settings, where: Where, build: str, *, follow: bool, raw: bool) -> None:
    """Print a build's log.

    Colours are kept on a terminal; everything else that could act on it is shown as text.
    """
    printer = Printer(Screen(settings), raw=raw)
    idle = Idle()
    offset, pause = 0, SHORTEST
    with GateClient(where) as client:
        while True:
            part, size, done = client.log(build, offset)
            offset += len(part)
            printer.write(part)
            if offset < size and part:
                continue
            if done or not follow:
                break
            pause = SHORTEST if part else min(LONGEST, pause * 2)
            idle.wait(pause)
    printer.end()


class Printer:
    """Prints a log part by part; a character or line that is cut by a part is kept whole."""

    def __init__(self, screen: Screen, *, raw: bool) -> None:
        self._raw = raw
        self._colour = screen.colour
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def write(self, part: bytes) -> None:
        """Print what is whole of it, and show it at once."""
        if self._raw:
            sys.stdout.buffer.write(part)
            sys.stdout.buffer.flush()
            return
        lines, end, self._rest = (self._rest + self._decoder.decode(part)).rpartition("\n")
        self._print(lines + end)

    def end(self) -> None:
        """Print the last line, where it has no end."""
        self._print(self._rest + self._decoder.decode(b"", final=True))

    def _print(self, text: str) -> None:
        sys.stdout.write(log_text(text, colour=self._colour))
        sys.stdout.flush()
