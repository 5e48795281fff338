"""The clock: durations from a monotonic reading, deadlines kept as wall time and re-derived."""

from __future__ import annotations

from typing import Protocol


class Clock(Protocol):
    """Tells the time; the only source of it in the whole gate."""

    def wall(self) -> float:
        """Return the wall time in seconds since 1970-01-01 UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go backwards; only differences mean anything."""
        ...
