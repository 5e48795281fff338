"""`foretaste completion`: what a shell needs to complete commands and options."""

from __future__ import annotations

import click


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion for a shell.

    Keep it where the shell looks for it: for bash as
    ~/.local/share/bash-completion/completions/foretaste, for zsh as _foretaste in a folder of
    $fpath, for fish as ~/.config/fish/completions/foretaste.fish.
    """
    from click import shell_completion as shells  # noqa: PLC0415 - only here

    from foretaste.cli.main import cli  # noqa: PLC0415 - it is imported from there

    kinds = {"bash": shells.BashComplete, "zsh": shells.ZshComplete, "fish": shells.FishComplete}
    click.echo(kinds[shell](cli, {}, "foretaste", "_FORETASTE_COMPLETE").source())
