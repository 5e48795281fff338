"""On a terminal the gate is drawn in place; nothing in it can act on the terminal."""

from __future__ import annotations

import io
import sys
from dataclasses import replace

import pytest
from rich.console import Console

from foretaste.cli.options import Settings
from foretaste.cli.progress import Drawn, Lines, drawing, rows, shown
from foretaste.cli.screen import Screen
from tests.fakes.sample_gate import GATE, QUEUE


class Tty(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_a_drawing_has_a_line_a_change_and_fits() -> None:
    out = io.StringIO()
    Console(file=out, width=70, height=40).print(drawing(GATE))

    lines = [line for line in out.getvalue().splitlines() if line.strip()]

    assert len(lines) == len(rows(GATE)) + 1
    assert all(len(line) <= 70 for line in lines)
    assert lines[0].split()[:3] == ["21", "markupsafe", "passed"]


def test_what_comes_from_outside_draws_nothing() -> None:
    item = replace(QUEUE.items[0], project="[red]\x1b[2Jx[/]", waiting_for="fine")
    gate = replace(GATE, queues=(replace(QUEUE, items=(item,)),), checks=(), recent=())
    out = io.StringIO()

    Console(file=out, width=100).print(drawing(gate))

    assert "[red]\\x1b[2Jx[/]" in out.getvalue()
    assert "\x1b" not in out.getvalue()


@pytest.mark.parametrize(
    ("settings", "drawn"),
    [
        (Settings(), True),
        (Settings(progress=False), False),
        (Settings(quiet=True), False),
    ],
)
def test_only_a_terminal_that_wants_it_is_drawn_on(
    monkeypatch: pytest.MonkeyPatch, settings: Settings, *, drawn: bool
) -> None:
    terminal = Tty()
    monkeypatch.setattr(sys, "stderr", terminal)

    with shown(Screen(settings)) as progress:
        progress.say("begins\x1b[2J")
        progress.show(GATE)

    assert isinstance(progress, Drawn if drawn else Lines)
    text = terminal.getvalue()
    assert ("21 markupsafe" in text) is drawn
    assert "\x1b[2J" not in text


def test_a_screen_knows_its_width_and_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Screen.width() == 0
    monkeypatch.setattr(sys, "stdout", Tty())
    monkeypatch.setenv("COLUMNS", "77")

    assert Screen.width() == 77
    assert Screen(Settings()).colour
    assert not Screen(Settings(colour=False)).colour
