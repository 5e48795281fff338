"""An executor in which builds end when they are told to; the twin of the real ones."""

from __future__ import annotations

from dataclasses import dataclass, field

from foretaste.ports.executor import Ending, Finished, JobSpec, Listener, Started


@dataclass(slots=True)
class MemoryExecutor:
    """Runs nothing: a build is running until `end` or `cancel`."""

    width: int = 0
    specs: dict[str, JobSpec] = field(default_factory=dict)
    listeners: dict[str, Listener] = field(default_factory=dict)
    closed: bool = False

    def slots(self) -> int:
        """Return how many builds may run at once; 0 for no limit."""
        return self.width

    def start(self, spec: JobSpec, listener: Listener) -> None:
        """Begin a build; a second start of an attempt does nothing."""
        if spec.attempt in self.specs:
            return
        self.specs[spec.attempt] = spec
        if self.closed:
            why = "the executor is closed"
            listener(Finished(attempt=spec.attempt, ending=Ending.LOST, why=why))
            return
        self.listeners[spec.attempt] = listener
        listener(Started(attempt=spec.attempt))

    def end(self, attempt: str, ending: Ending, status: int | None = None) -> None:
        """End a build that runs; nothing happens to one that does not."""
        listener = self.listeners.pop(attempt, None)
        if listener is not None:
            listener(Finished(attempt=attempt, ending=ending, exit_status=status))

    def cancel(self, attempt: str) -> None:
        """Stop a build."""
        self.end(attempt, Ending.CANCELLED)

    def running(self) -> frozenset[str]:
        """Return the builds that have not ended."""
        return frozenset(self.listeners)

    def close(self) -> None:
        """Cancel everything; what is started from now on is lost."""
        self.closed = True
        for attempt in sorted(self.listeners):
            self.cancel(attempt)
