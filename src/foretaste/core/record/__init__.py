"""`record(facts, recorded)` notes what happened; it decides nothing.

`world` folds what hosts and operators said, `builds` what executors did, `decisions` what the gate
itself decided.
Recording an event twice, or late, does no harm: what is no news changes nothing.
"""

from __future__ import annotations

from dataclasses import replace

from foretaste.core.events import Recorded
from foretaste.core.facts import Facts
from foretaste.core.record import builds, decisions, world
from foretaste.core.record.fold import fold

__all__ = ["builds", "decisions", "record", "world"]


def record(facts: Facts, recorded: Recorded) -> Facts:
    """Return the facts after the event, which must be the next one in the log."""
    if recorded.seq <= facts.seq:
        return facts
    return replace(fold(recorded.event, facts, recorded), seq=recorded.seq)
