"""`foretaste serve`: a gate on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from foretaste.cli.options import Settings, speaks
from foretaste.cli.screen import Screen
from foretaste.cli.stopping import stopped_by_signal
from foretaste.service.starts import ServeOptions

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.option(
    "--dir",
    "directory",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".foretaste"),
    show_default=True,
    envvar="FORETASTE_DIR",
    help="Where everything of the gate lies: repositories, database, logs, tokens.",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8414,
    show_default=True,
    help="The port to listen on; 0 takes a free one.",
)
@click.option("--tls-cert", type=FILE, default=None, help="The certificate, for HTTPS.")
@click.option("--tls-key", type=FILE, default=None, help="The certificate's key.")
@click.option(
    "--insecure-bind",
    is_flag=True,
    help="Listen on other addresses than loopback without TLS; tokens can be read on the way.",
)
@click.option(
    "--workers",
    type=click.IntRange(0),
    default=0,
    help="How many builds run at once; 0: one for each processor.",
)
@click.option(
    "--executor",
    default="local",
    show_default=True,
    help="The driver that runs builds, by the name of its entry point.",
)
@click.option(
    "--allow-unsandboxed",
    is_flag=True,
    help="Run jobs even where this machine cannot confine them: they can do all that you can.",
)
@speaks
def serve(settings: Settings, **values: Any) -> None:  # noqa: ANN401 - its options
    """Run a gate: git over HTTP, dashboard and API, until it is interrupted.

    Everything lies in one folder; starting again there continues where it was.
    """
    if (values["tls_cert"] is None) != (values["tls_key"] is None):
        raise click.UsageError("--tls-cert and --tls-key go together")
    from foretaste.web.app import create_app  # noqa: PLC0415 - the whole program, only to run it
    from foretaste.wiring import serve as run_gate  # noqa: PLC0415

    options = ServeOptions(offline=settings.offline, **values)
    with stopped_by_signal():
        run_gate(options, create_app, Screen(settings).note)
