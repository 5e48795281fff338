"""`foretaste replay`: a past stretch of time, release by release, through the check."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from foretaste.cli.check import FILE, TESTED, Decorator, Duration, Moment, with_options
from foretaste.cli.failure import Exit
from foretaste.cli.options import NamedOption, Settings, prints
from foretaste.cli.screen import Screen
from foretaste.cli.stopping import stopped_by_signal

if TYPE_CHECKING:
    from foretaste.taste.replay import Replay


class Age(Duration):
    """A time span such as 3d, 12h, 15m or 0d; in seconds."""

    def seconds(self, text: str) -> float:
        """Read it as the settings of the watcher do."""
        from foretaste.config.ages import age  # noqa: PLC0415 - heavy

        return age(text)


WALKED: list[Decorator] = [
    click.option(
        "--from",
        "begin",
        cls=NamedOption,
        type=Moment(),
        required=True,
        help="Where the stretch begins.",
    ),
    click.option(
        "--to",
        "end",
        cls=NamedOption,
        type=Moment(),
        required=True,
        help="Where the stretch ends.",
    ),
    click.option(
        "--base",
        type=FILE,
        default=None,
        help="Versions that worked at the beginning, one name==version a line; default: what the "
        "requirements gave as of then.",
    ),
    click.option(
        "--every",
        type=Age(),
        default="15m",
        show_default=True,
        help="How long a gate waits between two looks at the index; 0d: a look after each upload.",
    ),
    click.option(
        "--minimum-age",
        type=Age(),
        default="3d",
        show_default=True,
        help="How old a release must be to go on; it is tested at once all the same.",
    ),
    click.option(
        "--known",
        type=FILE,
        multiple=True,
        help="A lock of then: releases in it that the index has no more are said to be missing.",
    ),
    click.option(
        "--plot",
        type=click.Path(dir_okay=False, path_type=Path),
        default=None,
        metavar="FILE",
        help="Draw it, as .png or .svg; needs `pip install 'foretaste[plot]'`.",
    ),
]
"""What says which stretch is walked, and at which pace."""


@click.command()
@with_options(WALKED, TESTED)
@prints
@click.pass_context
def replay(
    context: click.Context,
    /,
    settings: Settings,
    **values: Any,  # noqa: ANN401 - the options are `ReplayOptions`
) -> None:
    """Walk a past stretch of time release by release: what would have been caught, and when?

    The stretch begins with --base, or with what resolved at its beginning. Each release since then
    is checked as it came, on what had passed until then. History is never guessed: what the index
    no longer shows is said to be missing. Exit code 0 when nothing was caught, 1 when something
    was, 3 when nothing was caught and something could not be decided.
    """
    screen = Screen(settings)
    from foretaste.service.starts import CheckOptions, ReplayOptions  # noqa: PLC0415 - only to run it
    from foretaste.wiring import replay as run_replay  # noqa: PLC0415

    walked = {
        name: values.pop(name) for name in ("begin", "end", "every", "minimum_age", "known", "plot")
    }
    begin: datetime = walked["begin"]
    check = CheckOptions(offline=settings.offline, base_as_of=begin, **values)
    with stopped_by_signal(Exit.INTERRUPTED):
        found = run_replay(ReplayOptions(check=check, **walked), screen.voices)
    _print(screen, found)
    context.exit(_status(found))


def _print(screen: Screen, found: Replay) -> None:
    """Print what came of it, as it was asked for."""
    from foretaste.report import replay as report  # noqa: PLC0415 - only where something is said

    if screen.settings.style == "json" and not screen.settings.columns:
        screen.write(json.dumps(report.as_data(found), indent=2) + "\n")
        return
    width = screen.width()
    screen.records(report.records(found), report.COLUMNS, text=lambda: report.as_text(found, width))


def _status(found: Replay) -> Exit:
    from foretaste.taste.replay import Fate  # noqa: PLC0415 - as above

    fates = {each.fate for each in found.releases}
    if Fate.CAUGHT in fates:
        return Exit.REJECTED
    return Exit.UNDECIDED if Fate.UNDECIDED in fates else Exit.PASSED
