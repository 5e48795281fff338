"""Failure: an error for the person at the terminal, with its exit code.

Exit codes are a contract (design, section 6): 0 nothing stands against it, 1 rejected or found,
2 usage or configuration, 3 could not decide, 4 not allowed, 130 interrupted.
"""

from __future__ import annotations

import enum

import click

from foretaste.config.mistakes import ConfigurationError
from foretaste.ports.errors import PortError, UserError
from foretaste.report.text import error_text


class Exit(enum.IntEnum):
    """What the program's end tells a script."""

    PASSED = 0
    REJECTED = 1
    USAGE = 2
    UNDECIDED = 3
    NOT_ALLOWED = 4
    INTERRUPTED = 130


class Failure(click.ClickException):
    """The command cannot do what was asked; shown in one style, never with a traceback."""

    def __init__(
        self, code: str, what: str, *, where: str = "", hint: str = "", status: Exit = Exit.USAGE
    ) -> None:
        super().__init__(what)
        self.text = error_text(code, what, where, hint)
        self.status = status
        self.code = code


def from_port(error: PortError) -> Failure:
    """Return the failure for an error of a port: the person's own, or the world's."""
    status = Exit.USAGE if isinstance(error, UserError) else Exit.UNDECIDED
    if isinstance(error, ConfigurationError):
        return _from_configuration(error)
    return Failure(error.code, error.what, where=error.where, hint=error.hint, status=status)


def _from_configuration(error: ConfigurationError) -> Failure:
    """Return the failure for a configuration: its only mistake, or how many and then each."""
    if len(error.mistakes) > 1:
        return Failure(
            error.code, f"{len(error.mistakes)} mistakes in the configuration\n{error.what}"
        )
    (only,) = error.mistakes
    what = ": ".join(filter(None, (only.key, only.what)))
    return Failure(only.code, what, where=only.where, hint=only.hint)


def from_usage(error: click.UsageError) -> Failure:
    """Return the failure for what click refused, which says where to read more."""
    context = error.ctx
    path = "foretaste" if context is None else context.command_path
    what = " ".join(error.format_message().split())
    return Failure("FT001", what, hint=f"`{path} --help` shows what is possible")
