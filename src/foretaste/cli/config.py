"""`foretaste config`: what a project's configuration comes to, and from where."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from foretaste.cli.options import Settings, prints
from foretaste.cli.screen import Screen

COLUMNS = ("key", "value", "origin")


@click.group()
def config() -> None:
    """Show what a project's configuration comes to."""


@config.command()
@click.argument(
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    required=False,
)
@click.option("--origin", is_flag=True, help="Say of each key where its value comes from.")
@prints
def show(settings: Settings, folder: Path, *, origin: bool) -> None:
    """Show every key of a project's configuration with its value.

    Where the project says nothing, what is found out is shown. What only a gate knows (its
    projects, semaphores, services) is not checked here.
    """
    from foretaste.config.local import resolve_locally  # noqa: PLC0415 - heavy: pydantic
    from foretaste.config.show import project_rows  # noqa: PLC0415
    from foretaste.config.tree import FolderTree  # noqa: PLC0415

    rows = [
        dataclasses.asdict(row) for row in project_rows(resolve_locally(FolderTree(folder=folder)))
    ]
    shown = COLUMNS if origin else COLUMNS[:2]
    Screen(settings).records(rows, COLUMNS, shown)
