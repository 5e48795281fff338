"""A clock that moves only when it is told to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class VirtualClock:
    """Stands still until `advance`; the twin of the system's clock."""

    now: float = 1_800_000_000.0

    def wall(self) -> float:
        """Return the wall time in seconds since 1970."""
        return self.now

    def monotonic(self) -> float:
        """Return the same reading: this clock is never set back."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
