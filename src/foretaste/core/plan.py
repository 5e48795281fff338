"""Plan: what to do next, from one snapshot, from scratch, every tick.

```
 noticed, disturbed ─► order ─► judge ─► judge_checks ─► tell ─► speculate
                        │         │           │            │         │
                    Enqueued   Judged     CheckEnded    Report-  Prospect-, Build-,
                    Waited     LandWanted               Wanted   CancelWanted
```

Each verb answers what the one before left as it is: a queue that has just changed is judged and
speculated on only when that change is recorded. The gate plans until nothing is left to say, so
an event that is late, doubled or lost does no harm: the next tick sees the same facts.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import get_args

from foretaste.core.events import Event, Proposal, ReportWanted
from foretaste.core.facts import Facts
from foretaste.core.judge import judge, judge_checks
from foretaste.core.order import order
from foretaste.core.speculate import speculate

Planner = Callable[[Facts], tuple[Proposal, ...]]
"""Chooses what to prepare, start and stop; it can never express a verdict."""


class PlannerError(Exception):
    """A planner said what is not its to say: a bug in that planner, and nothing is done."""

    def __init__(self, said: object) -> None:
        super().__init__(f"a planner proposes builds, and cannot say {type(said).__name__}")


def plan(facts: Facts, planner: Planner = speculate) -> tuple[Event, ...]:
    """Return the next decisions; none when there is nothing to do but wait.

    Raises:
        PlannerError: the planner wants to decide.
    """
    verbs = (order, judge, judge_checks)
    for verb in verbs:
        decisions = verb(facts)
        if decisions:
            return decisions
    return tell(facts) + _proposed(planner(facts))


def _proposed(said: tuple[Proposal, ...]) -> tuple[Proposal, ...]:
    strange = next((each for each in said if not isinstance(each, get_args(Proposal))), None)
    if strange is not None:
        raise PlannerError(strange)
    return said


def tell(facts: Facts) -> tuple[Event, ...]:
    """Send the messages that are owed."""
    return tuple(
        ReportWanted(change=owed.change, report=owed.report, message=owed.message)
        for owed in facts.untold
    )
