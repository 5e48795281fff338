"""Leavings: files that a job left, opened as what they are, data that may be anything.

A link would lead out of the job's folder, a pipe would never end, and a file may be as large as
the disk.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator
from typing import BinaryIO


class UnreadableReportError(Exception):
    """There is something in a file's place that is none; says what."""


@contextlib.contextmanager
def opened(folder: int, name: str, what: str) -> Iterator[BinaryIO | None]:
    """Give the regular file `name` of a folder, None where there is none; `what` is its name.

    Raises:
        UnreadableReportError: it is no regular file, or cannot be opened.
    """
    try:
        descriptor = os.open(
            name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder
        )
    except FileNotFoundError:
        yield None
        return
    except OSError as error:
        raise UnreadableReportError(f"{what} cannot be opened: {error}") from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UnreadableReportError(f"{what} is no regular file")
    with os.fdopen(descriptor, "rb") as file:
        yield file


@contextlib.contextmanager
def folder_of(parent: int, name: str) -> Iterator[int | None]:
    """Give a descriptor of the folder `name`, None where there is none that can be opened."""
    try:
        descriptor = os.open(
            name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=parent
        )
    except OSError:
        yield None
        return
    try:
        yield descriptor
    finally:
        os.close(descriptor)
