"""`foretaste token`: who may do what at a gate on this machine."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from foretaste.cli.failure import Failure
from foretaste.cli.options import FOLDER, Settings, prints, speaks
from foretaste.cli.screen import Screen
from foretaste.service.access import Role

COLUMNS = ("id", "name", "roles", "minted_at", "expires_at", "revoked")


@click.group()
def token() -> None:
    """Make, list and revoke tokens for a gate on this machine.

    A token is shown once, when it is made. Whoever can write the gate's folder can do this.
    """


@token.command()
@click.argument("user")
@click.option(
    "--role",
    "roles",
    type=click.Choice([role.value for role in Role]),
    multiple=True,
    required=True,
    help="What the token lets its holder do; may be given several times. `own` is all of them.",
)
@FOLDER
@speaks
def new(settings: Settings, directory: Path, user: str, roles: tuple[str, ...]) -> None:
    """Make a token for a user, and print it."""
    from foretaste.wiring import access  # noqa: PLC0415 - only where it is used

    click.echo(access(directory).mint(user, [Role(role) for role in roles]))
    Screen(settings).note("it is shown only now; keep it as you would a password")


@token.command("list")
@FOLDER
@prints
def list_(settings: Settings, directory: Path) -> None:
    """List the tokens by their ids; no secret is shown."""
    from foretaste.wiring import access  # noqa: PLC0415 - only where it is used

    found = [dataclasses.asdict(each) for each in access(directory).tokens()]
    Screen(settings).records(found, COLUMNS)


@token.command()
@click.argument("token_id", metavar="ID")
@FOLDER
@speaks
def revoke(settings: Settings, directory: Path, token_id: str) -> None:
    """Let a token count no longer; a running gate notices at once."""
    from foretaste.wiring import access  # noqa: PLC0415 - only where it is used

    if not access(directory).revoke(token_id):
        raise Failure(
            "FT007",
            f"there is no token {token_id!r}",
            hint="`foretaste token list` shows their ids",
        )
    Screen(settings).note(f"token {token_id} counts no longer")
