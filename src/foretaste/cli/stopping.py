"""Stopping: a gate that is told to stop by SIGTERM closes what it has open, and ends well.

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
    """Let SIGTERM unwind what runs inside, so that everything is closed, with this exit code."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        raise click.exceptions.Exit(status)

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
