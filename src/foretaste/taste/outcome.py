"""Outcome: what one trial showed, test by test.

A trial's command may tell of each test (pytest, unittest), or only end: then the command itself
counts as one test, named `COMMAND`. A failure is recognised again by its *signature*, which holds
what the same failure shows in another run and nothing that differs by chance.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

OF_IMPORTS = ("import ", "use ")
"""What the oracle of imports tells of stands beside the tests under names that begin so."""

COMMAND = "(command)"
"""The name of the one test that a command is which tells of none."""


class Ending(enum.Enum):
    """How a trial ended; only `LOST` says nothing of the state that was tried."""

    PASSED = "passed"
    FAILED = "failed"
    HUNG = "hung"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What makes two failures the same: the exception's type, and its message.

    The message is without what differs from run to run (addresses, numbers, temporary names,
    times).
    """

    type: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """One test that failed.

    `message` is the exception's text as it was; `trace` the text of the trace, trimmed; `frames`
    the files of the trace, innermost last, relative to site-packages ("jinja2/utils.py"), those
    of the project as they are below its folder, with `./` before them.
    """

    test: str
    signature: Signature
    message: str = ""
    trace: str = ""
    frames: tuple[str, ...] = ()
    hung: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a trial showed.

    `passed` holds the tests that are known to have passed. `counted` is how many passed where
    they are not known by name (unittest says only how many ran). `warnings` are the lines of
    warnings that it wrote, each once. `why` is a sentence where it was lost. `seconds` is the
    wall time of the test phase.
    """

    ending: Ending
    passed: frozenset[str] = frozenset()
    counted: int = 0
    failures: tuple[Failure, ...] = ()
    warnings: tuple[str, ...] = ()
    why: str = ""
    seconds: float = 0.0
