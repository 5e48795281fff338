"""The screen: data to standard output, notes to standard error; both made harmless first."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from foretaste.cli.failure import Failure
from foretaste.cli.options import Settings
from foretaste.report.formats import (
    UnknownColumnError,
    check_columns,
    render_list,
    render_record,
)
from foretaste.report.plain import one_line

if TYPE_CHECKING:
    from foretaste.service.starts import Voices

Record = Mapping[str, Any]


class Screen:
    """Prints for one command, as its settings say."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def records(
        self,
        records: Sequence[Record],
        known: Sequence[str],
        shown: Sequence[str] = (),
        text: Callable[[], str] | None = None,
    ) -> None:
        """Print a list. `known` are its columns, `shown` those of a table where none are asked.

        `text` makes what people get in place of a table, where no column is asked for.
        """
        style, wanted = self.settings.style, self.settings.columns
        if style == "table" and not wanted and text is not None:
            self.write(text())
            return
        table = style == "table" and not wanted
        columns = self._columns(wanted or (shown if table else ()), known)
        self.write(render_list(records, columns, style, self.width()))

    def expect(self, known: Sequence[str]) -> None:
        """Pass where all columns that are asked for are known: before what takes long is begun.

        Raises:
            Failure: one is not.
        """
        self._columns(self.settings.columns, known)

    def record(self, record: Record, text: Callable[[], str] | None = None) -> None:
        """Print one record; `text` makes what people get where no column is asked for."""
        style, wanted = self.settings.style, self.settings.columns
        if style == "table" and not wanted and text is not None:
            self.write(text())
            return
        columns = self._columns(wanted, tuple(record))
        self.write(render_record(record, columns, style, self.width()))

    def note(self, text: str) -> None:
        """Print a note to standard error, unless told to be quiet."""
        if not self.settings.quiet:
            click.echo(one_line(text), err=True)

    def detail(self, text: str) -> None:
        """Print a note that only `-v` wants."""
        if self.settings.verbose:
            self.note(text)

    @property
    def voices(self) -> Voices:
        """How a long step speaks: of itself in notes, of all that it has to tell with `-v`."""
        from foretaste.service.starts import Voices  # noqa: PLC0415 - only where one runs

        return Voices(say=self._step, detail=self.detail)

    def _step(self, text: str) -> None:
        if self.settings.progress:
            self.note(text)

    @property
    def colour(self) -> bool:
        """Whether colours may be printed."""
        wanted = self.settings.colour
        return sys.stdout.isatty() if wanted is None else wanted

    @property
    def live(self) -> bool:
        """Whether progress may be drawn: on a terminal, unless it is not wanted."""
        return self.settings.progress and not self.settings.quiet and sys.stderr.isatty()

    def write(self, text: str) -> None:
        """Print data as it is."""
        sys.stdout.write(text)

    @staticmethod
    def width() -> int:
        """Return the terminal's width, 0 where standard output is none."""
        return shutil.get_terminal_size().columns if sys.stdout.isatty() else 0

    @staticmethod
    def _columns(wanted: Sequence[str], known: Sequence[str]) -> tuple[str, ...]:
        try:
            return check_columns(wanted, known)
        except UnknownColumnError as error:
            raise Failure(
                "FT002",
                f"there is no column {error.column!r}",
                hint=f"there are: {', '.join(error.columns)}",
            ) from None
