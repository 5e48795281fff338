"""Plots: a replay as a picture, drawn with matplotlib, which only whoever wants plots installs.

A row a package, time from left to right: a mark where each release was uploaded, a bar for as long
as one was held back, and below them how many trials each look took.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from foretaste.ports.errors import UserError
from foretaste.taste.replay import OPEN, Fate, Release, Replay

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ENDINGS: Final = (".png", ".svg")
WIDTH: Final = 11.0  # inches
ROW: Final = 0.32  # inches
SMALLEST: Final = 3.2  # inches
DOTS: Final = 144  # a inch
DAY: Final = 86400.0
ROOM: Final = 0.03  # of the stretch, at each side


class Mark(NamedTuple):
    """How a fate is drawn."""

    sign: str
    colour: str


# Colours that those who cannot tell red from green can tell apart (Okabe and Ito), and signs of
# their own for printers.
MARKS: Final = {
    Fate.PASSED: Mark("o", "#009e73"),
    Fate.CAUGHT: Mark("X", "#d55e00"),
    Fate.HELD: Mark("s", "#e69f00"),
    Fate.UNDECIDED: Mark("D", "#cc79a7"),
    Fate.UNUSED: Mark("|", "#999999"),
    Fate.YANKED: Mark("v", "#56b4e9"),
}


def plottable(path: Path) -> None:
    """Say at once, before hours of trials, what stands in the way of a plot.

    Raises:
        UserError: matplotlib is not installed, or the file cannot be written so.
    """
    if path.suffix.lower() not in ENDINGS:
        what = f"{path.suffix or 'a file without an ending'} is no picture that is drawn here"
        raise UserError("FT973", what, where=str(path), hint=f"take {' or '.join(ENDINGS)}")
    if not path.absolute().parent.is_dir():
        raise UserError("FT973", "there is no such folder", where=str(path.parent))
    if importlib.util.find_spec("matplotlib") is None:
        hint = "pip install 'foretaste[plot]'"
        raise UserError("FT972", "matplotlib is not installed", hint=hint)


def draw(replay: Replay, path: Path, title: str = "") -> None:
    """Draw the replay to a file.

    Raises:
        UserError: matplotlib is not installed, or the file cannot be written so.
    """
    plottable(path)
    from matplotlib import rc_context  # noqa: PLC0415 - only for a plot
    from matplotlib.figure import Figure  # noqa: PLC0415

    # Names are as others gave them: no text of theirs may be taken for a formula. The rest makes
    # the same replay the same file.
    settings = {"text.parse_math": False, "svg.hashsalt": "foretaste", "svg.fonttype": "none"}
    with rc_context(settings):  # type: ignore[arg-type] # its keys are Literals of one release
        figure = Figure(figsize=(WIDTH, _height(replay)), layout="constrained")
        _fill(figure, replay, title)
        metadata = {"Date": None} if path.suffix.lower() == ".svg" else None
        try:
            figure.savefig(path, dpi=DOTS, metadata=metadata)
        except OSError as error:
            what = f"the plot cannot be written: {error.strerror}"
            raise UserError("FT973", what, where=str(path)) from error


def _placed(replay: Replay) -> list[Release]:
    """Return the releases that have a place in time."""
    return [each for each in replay.releases if each.uploaded is not None]


def _rows(replay: Replay) -> list[str]:
    return sorted({each.name for each in _placed(replay)}, reverse=True)


def _height(replay: Replay) -> float:
    return max(SMALLEST, 2.2 + ROW * len(_rows(replay)))


def _fill(figure: Figure, replay: Replay, title: str) -> None:
    high = max(1, len(_rows(replay)))
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[high * ROW + 0.4, 1.0])
    _releases(upper, replay)
    _trials(lower, replay)
    days = f"{_day(replay.begin)} to {_day(replay.end)}"
    head = f"{title or 'Releases'}, {days}: each when it came, and a bar while it was held back"
    figure.suptitle(head, fontsize=10, x=0.01, ha="left")
    room = (replay.end - replay.begin) * ROOM
    lower.set_xlim(_at(replay.begin - room), _at(replay.end + room))
    _dates(lower)


def _releases(axes: Axes, replay: Replay) -> None:
    rows = _rows(replay)
    for fate, mark in MARKS.items():
        found = [each for each in _placed(replay) if each.fate is fate]
        if not found:
            continue
        axes.scatter(
            [_at(each.uploaded or 0.0) for each in found],
            [rows.index(each.name) for each in found],
            marker=mark.sign,
            c=mark.colour,
            s=46,
            zorder=3,
            label=f"{fate.value} ({len(found)})",
        )
    for release in _placed(replay):
        row = rows.index(release.name)
        _bar(axes, release, row, _until(release, replay))
        if release.fate is not Fate.UNUSED:
            axes.annotate(
                release.version,
                (_at(release.uploaded or 0.0), row),
                xytext=(0, 6),
                textcoords="offset points",
                fontsize=6.5,
                ha="center",
                color="#444444",
            )
    axes.set_yticks(range(len(rows)), rows, fontsize=8)
    axes.set_ylim(-0.7, len(rows) - 0.2)
    axes.grid(axis="x", color="#eeeeee", zorder=0)
    axes.spines[["top", "right"]].set_visible(False)
    if rows:
        axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=6, fontsize=7.5, frameon=False)


def _until(release: Release, replay: Replay) -> float:
    """Return where a release's bar ends: where it was free, or where the next one's begins."""
    begun = release.uploaded or 0.0
    later = [
        each.uploaded
        for each in _placed(replay)
        if each.name == release.name and each.fate in OPEN and (each.uploaded or 0.0) > begun
    ]
    ends = [*(at for at in later if at is not None), release.freed or replay.end]
    return min(ends)


def _bar(axes: Axes, release: Release, row: int, until: float) -> None:
    """Draw for how long a release was held; one that was not free at the end has no end mark."""
    if release.fate not in OPEN or release.uploaded is None:
        return
    axes.plot(
        [_at(release.uploaded), _at(until)],
        [row, row],
        color=MARKS[release.fate].colour,
        linewidth=3.5,
        alpha=0.45,
        solid_capstyle="butt",
        zorder=2,
    )
    if release.freed == until:
        axes.plot([_at(until)], [row], marker="|", markersize=9, color="#444444", zorder=4)


def _trials(axes: Axes, replay: Replay) -> None:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - as in `draw`

    looks = [look for look in replay.looks if look.trials]
    times = [_at(look.at) for look in looks]
    axes.vlines(times, 0, [look.trials for look in looks], color="#0072b2", linewidth=2)
    axes.set_ylabel("trials", fontsize=8)
    axes.set_ylim(bottom=0)
    axes.tick_params(labelsize=8)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines[["top", "right"]].set_visible(False)


def _dates(axes: Axes) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter  # noqa: PLC0415 - as in `draw`

    locator = AutoDateLocator(tz=dt.UTC)  # type: ignore[no-untyped-call]
    form = ConciseDateFormatter(locator, tz=dt.UTC, show_offset=False)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(form)


def _day(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC).strftime("%Y-%m-%d")


def _at(seconds: float) -> float:
    """Return a time as matplotlib counts it: in days since 1970."""
    return seconds / DAY
