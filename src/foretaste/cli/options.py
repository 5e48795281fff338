"""Options that many commands share, each with its environment variable, and what they come to."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

# What `report.formats` can write; named here since that module costs more than `--help` may.
FORMATS = ("table", "json", "yaml", "csv", "value")

Function = Callable[..., Any]
Decorator = Callable[[Function], Function]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How a command is to speak; `colour` None means: on a terminal, unless NO_COLOR is set."""

    quiet: bool = False
    verbose: int = 0
    colour: bool | None = None
    progress: bool = True
    offline: bool = False
    style: str = "table"
    columns: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where the gate is: its address and token, or the folder in which `serve` keeps both."""

    url: str = ""
    token: str = ""
    directory: Path = Path(".foretaste")


class NamedOption(click.Option):
    """An option whose variable is called as the option is: FORETASTE_CHECK_TEST of `check --test`.

    Click takes the name of what a function is given, which is another one for some options.
    """

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """Return what the environment says of it, None for nothing."""
        found = super().resolve_envvar_value(ctx)
        if found is not None or not ctx.auto_envvar_prefix:
            return found
        name = max(self.opts, key=len).lstrip("-").replace("-", "_").upper()
        return os.environ.get(f"{ctx.auto_envvar_prefix}_{name}") or None


def _stacked(function: Function, decorators: list[Decorator]) -> Function:
    for decorator in reversed(decorators):
        function = decorator(function)
    return function


SPEAKING: list[Decorator] = [
    click.option("-q", "--quiet", is_flag=True, envvar="FORETASTE_QUIET", help="No notes."),
    click.option(
        "-v",
        "--verbose",
        count=True,
        envvar="FORETASTE_VERBOSE",
        help="More notes; -vv: even more.",
    ),
    click.option(
        "--color",
        type=click.Choice(["auto", "always", "never"]),
        default="auto",
        envvar="FORETASTE_COLOR",
        help="Colours: on a terminal only (auto; NO_COLOR turns them off), always, or never.",
    ),
    click.option(
        "--no-progress",
        is_flag=True,
        envvar="FORETASTE_NO_PROGRESS",
        help="No progress, not even on a terminal.",
    ),
    click.option(
        "--offline",
        is_flag=True,
        envvar="FORETASTE_OFFLINE",
        help="Use what is cached; ask no index and no other machine but the gate.",
    ),
]


def _style(formats: Sequence[str]) -> Decorator:
    return click.option(
        "-f",
        "--format",
        "style",
        type=click.Choice(formats),
        default="table",
        envvar="FORETASTE_FORMAT",
        help="How to print data.",
    )


PRINTING: list[Decorator] = [
    click.option(
        "-c",
        "--column",
        "columns",
        multiple=True,
        metavar="COLUMN",
        envvar="FORETASTE_COLUMN",
        help="Print this column only; may be given several times.",
    ),
    click.option("--json", "as_json", is_flag=True, envvar="FORETASTE_JSON", help="-f json."),
]

FOLDER = click.option(
    "--dir",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".foretaste"),
    show_default=True,
    envvar="FORETASTE_DIR",
    help="The gate's folder on this machine; used where no --url is given.",
)

FINDING: list[Decorator] = [
    click.option("--url", default="", envvar="FORETASTE_URL", help="The gate's address."),
    click.option(
        "--token",
        default="",
        envvar="FORETASTE_TOKEN",
        help="Your token; better in the environment, where other users cannot see it.",
    ),
    FOLDER,
]


def speaks_for_all(function: Function) -> Function:
    """Give the program itself `-q -v --color --no-progress --offline`, for every command."""

    @functools.wraps(function)
    def with_settings(**values: Any) -> Any:  # noqa: ANN401 - whatever the program takes
        click.get_current_context().obj = settings_of(values, Settings())
        return function(**values)

    return _stacked(with_settings, SPEAKING)


def speaks(function: Function) -> Function:
    """Give a command `-q -v --color --no-progress --offline`; it is called with `settings`."""

    @functools.wraps(function)
    def with_settings(**values: Any) -> Any:  # noqa: ANN401 - whatever the command takes
        return function(settings=_of_command(values), **values)

    return _stacked(with_settings, SPEAKING)


def prints(function: Function) -> Function:
    """Give a command the options of `speaks`, and `-f -c --json` as well."""
    return prints_also()(function)


def prints_also(*formats: str) -> Decorator:
    """Give a command what `prints` gives, with formats beyond those of every command."""

    def decorate(function: Function) -> Function:
        @functools.wraps(function)
        def with_settings(**values: Any) -> Any:  # noqa: ANN401 - whatever the command takes
            return function(settings=_of_command(values), **values)

        return _stacked(with_settings, [_style((*FORMATS, *formats)), *PRINTING, *SPEAKING])

    return decorate


def asks_the_gate(function: Function) -> Function:
    """Give a command `--url --token --dir`; it is called with `where`."""

    @functools.wraps(function)
    def with_where(**values: Any) -> Any:  # noqa: ANN401 - whatever the command takes
        where = Where(
            url=values.pop("url"),
            token=values.pop("token"),
            directory=values.pop("directory"),
        )
        return function(where=where, **values)

    return _stacked(with_where, FINDING)


def settings_of(values: dict[str, Any], base: Settings) -> Settings:
    """Take the shared options out of a command's values; `base` are those of the whole program."""
    as_json = values.pop("as_json", False)
    style = values.pop("style", "table")
    colour = _colour(values.pop("color"))
    return Settings(
        quiet=values.pop("quiet") or base.quiet,
        verbose=values.pop("verbose") + base.verbose,
        colour=base.colour if colour is None else colour,
        progress=not values.pop("no_progress") and base.progress,
        offline=values.pop("offline") or base.offline,
        style="json" if as_json else style,
        columns=values.pop("columns", ()),
    )


def _of_command(values: dict[str, Any]) -> Settings:
    """Return a command's settings, with what was said before its name."""
    said = click.get_current_context().find_root().obj
    return settings_of(values, said if isinstance(said, Settings) else Settings())


def _colour(word: str) -> bool | None:
    if word != "auto":
        return word == "always"
    return False if os.environ.get("NO_COLOR") else None
