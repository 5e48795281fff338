"""Tally: what `/metrics` counts, from the log and from the gate as it is now."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field

from foretaste.core.events import BuildEnded, Frozen, Landed, Recorded
from foretaste.service.faces import Figures
from foretaste.service.gate import Gate


@dataclass(slots=True)
class Tally:
    """Counts since the log began. A frozen queue counts as a mismatch: each is one too many."""

    gate: Gate
    landings: int = 0
    mismatches: int = 0
    builds: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def see(self, recorded: Recorded) -> None:
        """Count one event of the log."""
        with self._lock:
            match recorded.event:
                case Landed():
                    self.landings += 1
                case Frozen():
                    self.mismatches += 1
                case BuildEnded(state=state):
                    self.builds[state.value] += 1
                case _:
                    pass

    def figures(self) -> Figures:
        """Return the counts as they are now."""
        queues = self.gate.facts.queues.values()
        with self._lock:
            return Figures(
                landings=self.landings,
                tree_mismatches=self.mismatches,
                builds=dict(self.builds),
                queued={queue.name: len(queue.entries) for queue in queues},
                ticks=self.gate.ticks,
                tick_seconds=self.gate.tick_seconds,
            )
