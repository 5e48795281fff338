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
    from click.shell_completion import get_completion_class  # noqa: PLC0415 - only here

    from foretaste.cli.main import cli  # noqa: PLC0415 - it is imported from there

    kind = get_completion_class(shell)
    if kind is not None:
        click.echo(kind(cli, {}, "foretaste", "_FORETASTE_COMPLETE").source())
