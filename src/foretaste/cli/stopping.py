"""Stopping: a gate that is told to stop, or whose terminal goes, closes what it has open.

Without this the signal would end the process on the spot: a supervisor's stop would look like a
crash, which the gate survives but has to recover from.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

import click


@contextlib.contextmanager
def stopped_by_signal(status: int = 0) -> Iterator[None]:
    """Let SIGTERM and SIGHUP unwind what runs inside, so that everything is closed.

    The program ends with exit code `status` then.
    """

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise click.exceptions.Exit(status)

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
