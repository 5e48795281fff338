"""`foretaste check`: would these releases break this project, and which one?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from foretaste.cli.failure import Exit
from foretaste.cli.options import NamedOption, Settings, prints_also
from foretaste.cli.screen import Screen
from foretaste.cli.stopping import stopped_by_signal

if TYPE_CHECKING:
    from foretaste.taste.dossier import Dossier

ORACLES = ("imports", "previous-tests")
# Formats beyond those of every command: each is one file that another tool reads.
WRITTEN = ("markdown", "sarif", "junit", "github")
EXITS = {"accept": Exit.PASSED, "reject": Exit.REJECTED, "undecided": Exit.UNDECIDED}
# Formats that give one line a record: here, a move.
LINES = ("csv", "value")
DAY = len("2026-01-01")

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


class Moment(click.ParamType):  # type: ignore[type-arg] # it has none in every release of click
    """A time as people write it: a day (its beginning), or a time; UTC where no zone is said."""

    name = "DATE"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - what click gives
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> datetime:
        """Return the time, in UTC."""
        if isinstance(value, datetime):
            return value
        try:
            if len(value) == DAY:
                day = date.fromisoformat(value)
                return datetime(day.year, day.month, day.day, tzinfo=UTC)
            moment = datetime.fromisoformat(value)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no date; write 2026-01-31 or 2026-01-31T12:00:00Z", param, ctx)


class Duration(click.ParamType):  # type: ignore[type-arg] # it has none in every release of click
    """A time-out such as 90s, 15m or 1h30m; in seconds."""

    name = "TIME"

    def convert(
        self,
        value: Any,  # noqa: ANN401 - what click gives
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> float:
        """Return the seconds."""
        from foretaste.config.values import WrongValueError  # noqa: PLC0415 - heavy

        if isinstance(value, float):
            return value
        try:
            return self.seconds(value)
        except WrongValueError as error:
            self.fail(f"{value!r}: {error.what}; {error.hint}", param, ctx)

    def seconds(self, text: str) -> float:
        """Read it as the settings of a job do."""
        from foretaste.config.values import seconds  # noqa: PLC0415 - heavy

        return seconds(text)


FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

TESTED: list[Decorator] = [
    click.option("--project", type=FOLDER, default=Path(), help="The project; default: here."),
    click.option(
        "--test",
        "command",
        cls=NamedOption,
        default="",
        metavar="CMD",
        help="What to run; default: what the project's configuration says, else what is found.",
    ),
    click.option("--job", default="", help="The job of the project's configuration to run."),
    click.option("--python", default="", metavar="X.Y", help="The interpreter to test with."),
    click.option(
        "--jobs",
        "slots",
        cls=NamedOption,
        type=click.IntRange(min=0),
        default=0,
        metavar="N",
        help="Trials at once; default: one a processor.",
    ),
    click.option(
        "--budget",
        type=click.IntRange(min=2),
        default=60,
        show_default=True,
        metavar="TRIALS",
        help="Run no more trials than this.",
    ),
    click.option(
        "--confidence",
        type=click.FloatRange(0.5, 1.0, max_open=True),
        default=0.999,
        show_default=True,
        metavar="P",
        help="Blame nothing with less confidence than this.",
    ),
    click.option(
        "--timeout",
        type=Duration(),
        default="15m",
        show_default=True,
        help="The longest that one run of the tests may take.",
    ),
    click.option(
        "--allow-unsandboxed",
        is_flag=True,
        help="Run tests even where this machine cannot confine them: they can do all that you can.",
    ),
]
"""What says how a project is tested, and at what effort."""

WHEN: list[Decorator] = [
    click.option(
        "--base",
        type=FILE,
        default=None,
        help="Versions that work today, one name==version a line; default: the project's lock.",
    ),
    click.option(
        "--as-of", type=Moment(), default=None, help="See the index as of then; default: now."
    ),
    click.option(
        "--base-as-of",
        type=Moment(),
        default=None,
        help="Without a lock, the versions of then are what works; default: of the last commit.",
    ),
]
"""What says what the project stands on, and as of when the index is seen."""

BEYOND: list[Decorator] = [
    click.option(
        "--report",
        type=click.Path(file_okay=False, path_type=Path),
        default=None,
        metavar="DIR",
        help="Write report.md, reproduce.sh and check.json here.",
    ),
    click.option(
        "--oracle",
        "oracles",
        cls=NamedOption,
        type=click.Choice(ORACLES),
        multiple=True,
        help="Ask this as well, beside the project's own tests.",
    ),
    click.option(
        "--with",
        "patches",
        cls=NamedOption,
        multiple=True,
        metavar="NAME@git+URL@REF|NAME@DIR",
        help="Test this unreleased state of a dependency.",
    ),
    click.option(
        "--bisect-upstream",
        "upstream",
        cls=NamedOption,
        default="",
        metavar="DIR|URL",
        help="Go on to the first bad commit in the culprit's git repository.",
    ),
]
"""What is asked and written beyond the verdict."""


def with_options(*groups: list[Decorator]) -> Decorator:
    """Give a command these options."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed([each for group in groups for each in group]):
            function = option(function)
        return function

    return decorate


@click.command()
@click.argument("releases", nargs=-1, metavar="[REQ]...")
@with_options(TESTED, WHEN, BEYOND)
@prints_also(*WRITTEN)
@click.pass_context
def check(
    context: click.Context,
    /,
    settings: Settings,
    **values: Any,  # noqa: ANN401 - the options are `CheckOptions`
) -> None:
    """Would these releases break this project, and which one?

    REQ are releases to look at ("markupsafe==2.1.0"); without any, everything newer that the
    project's requirements allow. Exit code 0 when nothing stands against them, 1 when something
    breaks, 3 when it could not be decided.
    """
    screen = Screen(settings)
    from foretaste.report.check import rows  # noqa: PLC0415 - as below

    screen.expect(rows.COLUMNS)
    from foretaste.service.starts import CheckOptions  # noqa: PLC0415 - only to run it
    from foretaste.wiring import check as run_check  # noqa: PLC0415

    options = CheckOptions(offline=settings.offline, **values)
    with stopped_by_signal(Exit.INTERRUPTED):
        dossier, written = run_check(options, screen.voices)
    _print(screen, dossier, written)
    context.exit(EXITS[dossier.verdict.value])


def _print(screen: Screen, dossier: Dossier, written: Mapping[str, str]) -> None:
    """Print the answer as it was asked for: a file, a line a move, one record, or for people."""
    from foretaste.report.check import data, files, rows, text  # noqa: PLC0415 - only to print it

    style, columns = screen.settings.style, screen.settings.columns
    if style in files.FORMATS:
        screen.write(files.FORMATS[style](dossier))
    elif style in LINES or columns:
        screen.records(rows.rows(dossier), rows.COLUMNS)
    elif style == "table":
        width, colour = screen.width() or 80, screen.colour
        screen.write(text.as_text(dossier, width, colour=colour, where=written))
    else:
        answer = data.as_json(dossier, written.get("report", ""), written.get("reproduce", ""))
        screen.record(answer)
