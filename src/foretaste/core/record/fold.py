"""The one function that every kind of event has its own version of."""

from __future__ import annotations

from functools import singledispatch

from foretaste.core.events import Event, Recorded
from foretaste.core.facts import Facts


@singledispatch
def fold(event: Event, facts: Facts, recorded: Recorded) -> Facts:
    """Return the facts after `event`; `recorded` tells its number and its time.

    Raises:
        NotImplementedError: nobody has said how to note this kind of event: a bug in the gate.
    """
    raise NotImplementedError(f"no way to note {type(event).__name__} (event {recorded.seq})")
