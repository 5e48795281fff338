"""Policy: every limit and rule that a gate's owner may set, with its default and its reason."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import assert_never


class Operator(enum.Enum):
    """How a window changes."""

    PLUS = "+"
    TIMES = "*"
    MINUS = "-"
    OVER = "/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change of a window's size, such as `+1` or `/2`; division rounds down."""

    operator: Operator
    amount: int

    def apply(self, size: int) -> int:
        """Return the size after the step."""
        match self.operator:
            case Operator.PLUS:
                return size + self.amount
            case Operator.TIMES:
                return size * self.amount
            case Operator.MINUS:
                return size - self.amount
            case Operator.OVER:
                return size // self.amount
            case _:
                assert_never(self.operator)

    @property
    def fixed(self) -> bool:
        """Whether the step leaves every size as it is (`*1`, `/1`, `+0`, `-0`)."""
        neutral = 1 if self.operator in {Operator.TIMES, Operator.OVER} else 0
        return self.amount == neutral


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How the gate goes about its queues.

    The window is Zuul's: at most so many items of a queue hold builds; it grows on a landing
    and shrinks on a failure reported at the head. 0 is no limit for `window`, `window_ceiling`
    and `workers`.
    """

    window: int = 20
    window_floor: int = 3
    window_ceiling: int = 0
    window_increase: Step = Step(operator=Operator.PLUS, amount=1)
    window_decrease: Step = Step(operator=Operator.OVER, amount=2)
    planner: str = "window"
    workers: int = 0
    # One loss is chance and two may be; a third says that this build cannot be run.
    attempts: int = 3
    # A host that refuses once may have been busy; Zuul tries a second time as well.
    landing_attempts: int = 2
    # A verdict may be used again where everything the build reads is identical.
    reuse: bool = True
    # A report that holds fewer tests than this share of the branch's last one is no evidence.
    evidence_floor: float = 0.5

    def opened(self, size: int) -> int:
        """Return the window after a landing."""
        return self._bounded(size, self.window_increase)

    def narrowed(self, size: int) -> int:
        """Return the window after a failure reported at the head."""
        return self._bounded(size, self.window_decrease)

    def _bounded(self, size: int, step: Step) -> int:
        if size == 0:
            return 0
        size = max(self.window_floor, step.apply(size))
        return min(size, self.window_ceiling) if self.window_ceiling else size

    def reconfigured(self, size: int) -> int:
        """Return what a running queue's window becomes when this policy arrives.

        It stays, but for a new floor; where neither step changes anything the window is a
        setting and takes its new value at once (scenarios/README.md, "Finer points").
        """
        if self.window_increase.fixed and self.window_decrease.fixed:
            return self.window
        return max(size, self.window_floor) if size else self.window
