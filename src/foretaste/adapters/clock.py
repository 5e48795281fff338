"""The system's clock: the one home of the functions that tell time.

Everything else asks the port, so that a test or the simulation decides what time it is.
"""

from __future__ import annotations

import time


class SystemClock:
    """Tells the time of this machine."""

    def wall(self) -> float:
        """Return the wall time in seconds since 1970-01-01 UTC."""
        return time.time()

    def monotonic(self) -> float:
        """Return seconds that never go backwards; only differences mean anything."""
        return time.monotonic()
