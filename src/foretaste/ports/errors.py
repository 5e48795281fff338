"""What a port may raise: three kinds, so that whoever calls knows what to do next.

Nothing is retried by default; only a `TransientError` may be tried again, by the one caller
that owns the retry.
"""

from __future__ import annotations


class PortError(Exception):
    """Something outside did not do what was asked.

    `code` is an `FTnnn` of `report.codes`, `what` says what was wrong, `where` names file, line
    or key where there is one, `hint` says what to do.
    """

    def __init__(self, code: str, what: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(f"{code}: {what}" + (f" ({where})" if where else ""))
        self.code = code
        self.what = what
        self.where = where
        self.hint = hint


class TransientError(PortError):
    """It may pass: an index out of reach, a full disk, a locked file."""


class PermanentError(PortError):
    """It will not pass by waiting: a missing program, a corrupt store."""


class UserError(PortError):
    """A person asked for something that cannot be; the message is for them."""
