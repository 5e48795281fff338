"""Progress: the gate as it works, drawn in place on a terminal, told line by line elsewhere."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from foretaste.cli.screen import Screen
from foretaste.report.plain import one_line
from foretaste.report.views import ChangeView, GateView, ItemView

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

# What has ended, below what is queued; more would push the queue off the screen.
ENDED = 12
STYLES = {
    "merged": "green",
    "passed": "green",
    "landing": "green",
    "failed": "red",
    "failing": "red",
    "blocked": "red",
    "left": "yellow",
    "building": "cyan",
}


class Progress(Protocol):
    """Shows a gate at work to someone who waits."""

    def say(self, text: str) -> None:
        """Tell one thing that happened."""
        ...

    def show(self, gate: GateView) -> None:
        """Show the gate as it is now."""
        ...

    def stop(self) -> None:
        """Show no more; what was drawn stays."""
        ...


@contextlib.contextmanager
def shown(screen: Screen) -> Iterator[Progress]:
    """Give a progress that suits the screen, and stop it in the end."""
    progress = Drawn(screen) if screen.live else Lines(screen)
    try:
        yield progress
    finally:
        progress.stop()


class Lines:
    """Tells each change's new state as a line of its own."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self._told: dict[str, str] = {}
        self._on = screen.settings.progress

    def say(self, text: str) -> None:
        """Print a note."""
        self._screen.note(text)

    def show(self, gate: GateView) -> None:
        """Print what is new of each change."""
        for name, state, text in rows(gate):
            if self._on and self._told.get(name) != state:
                self._told[name] = state
                self._screen.note(f"{name} {state}: {text}")

    def stop(self) -> None:
        """Print no more."""
        self._on = False


class Drawn:
    """Draws the queue in place, with rich."""

    def __init__(self, screen: Screen) -> None:
        from rich.console import Console  # noqa: PLC0415 - on a terminal only
        from rich.live import Live  # noqa: PLC0415

        self._screen = screen
        console = Console(stderr=True, no_color=screen.settings.colour is False)
        self._live: Live = Live(console=console, refresh_per_second=8)
        self._live.start()

    def say(self, text: str) -> None:
        """Print a note above the drawing."""
        self._live.console.print(one_line(text), markup=False, highlight=False)

    def show(self, gate: GateView) -> None:
        """Draw the gate anew."""
        self._live.update(drawing(gate))

    def stop(self) -> None:
        """Leave the drawing as it is."""
        self._live.stop()


def rows(gate: GateView) -> list[tuple[str, str, str]]:
    """Return a row an item and a row a change that ended: name, state, and why it stands so.

    A change that is queued again has only the row of its item.
    """
    items = [item for queue in gate.queues for item in queue.items]
    queued = [(_name(item), item.state, item.waiting_for) for item in (*items, *gate.checks)]
    ended = [(_ended(change), change.state, change.why) for change in gate.recent[:ENDED]]
    names = {name for name, *_ in queued}
    return queued + [row for row in ended if row[0] not in names]


def _name(item: ItemView) -> str:
    return one_line(f"{'+'.join(item.changes)} {item.project}")


def _ended(change: ChangeView) -> str:
    return one_line(f"{change.change} {change.project}")


def drawing(gate: GateView) -> RenderableType:
    """Return the gate as a table, one line a change; nothing in it can act on the terminal."""
    from rich.table import Table  # noqa: PLC0415 - on a terminal only
    from rich.text import Text  # noqa: PLC0415

    table = Table(box=None, pad_edge=False, show_header=False, expand=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for name, state, text in rows(gate):
        table.add_row(Text(name), Text(state, style=STYLES.get(state, "")), Text(text))
    table.caption = Text(f"{gate.running} running")
    return table
