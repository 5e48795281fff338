"""Verdict: what the gate says of an item, always with a reason from the closed set."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from foretaste.core.names import BuildId, ChangeId
from foretaste.core.reasons import Reason


class Outcome(enum.Enum):
    """The three ways in which an item ends."""

    PASSED = "passed"
    FAILED = "failed"
    LEFT = "left"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """How one change ended, and because of what.

    `because` names the change that is to blame where it is not the change itself, `builds` the
    builds that decided it, `detail` what a person needs beside the reason (a file and line, a
    path in conflict, what the host said).
    """

    outcome: Outcome
    reason: Reason | None = None
    because: ChangeId | None = None
    builds: tuple[BuildId, ...] = ()
    detail: str = ""
