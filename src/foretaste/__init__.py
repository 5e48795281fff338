"""Foretaste: a gate for Python.

A guarded branch moves only to a commit whose every byte passed every required job; if that cannot
be proved, the branch does not move. `ARCHITECTURE.md` tells how; `core` holds the decisions.
"""

from __future__ import annotations

__version__: str


def __getattr__(name: str) -> str:
    """Find out the version when it is asked for; reading it costs more than many commands do."""
    if name != "__version__":
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import metadata  # noqa: PLC0415 -- the point of this function

    return metadata.version("foretaste")
