"""Story: the ordered account of why the gate did what it did with one change.

`story` turns the recorded events that concern a change into steps: a code and its data each. The
sentences are in `report.words`. What says nothing to a person (a message delivered, a tip seen)
has no step; events about other changes may be among those given, and have none either.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from foretaste.core.events import Recorded
from foretaste.core.names import ChangeId
from foretaste.core.telling import Teller, tell
from foretaste.core.told import Told


def story(change: ChangeId, events: Iterable[Recorded]) -> tuple[Told, ...]:
    """Return the steps of one change's story, in order."""
    teller = Teller(change=change)
    steps: list[Told] = []
    for recorded in events:
        teller.past.take(recorded)
        told = tell(recorded.event, teller)
        steps.extend(replace(step, seq=recorded.seq, at=recorded.at) for step in told)
    return tuple(steps)
