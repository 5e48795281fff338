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

from foretaste.core.events import Event, ReportWanted
from foretaste.core.facts import Facts
from foretaste.core.judge import judge, judge_checks
from foretaste.core.order import order
from foretaste.core.speculate import speculate


def plan(facts: Facts) -> tuple[Event, ...]:
    """Return the next decisions; none when there is nothing to do but wait."""
    verbs = (order, judge, judge_checks)
    for verb in verbs:
        decisions = verb(facts)
        if decisions:
            return decisions
    return tell(facts) + speculate(facts)


def tell(facts: Facts) -> tuple[Event, ...]:
    """Send the messages that are owed."""
    return tuple(
        ReportWanted(change=owed.change, report=owed.report, message=owed.message)
        for owed in facts.untold
    )
