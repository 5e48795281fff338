"""Stopping: what a check is given so that it ends when nobody waits for it, and asks for no more.

A check knows nothing of either: it runs trials on an executor and asks a resolver, as ever.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from foretaste.ports.environments import Say
from foretaste.ports.errors import TransientError
from foretaste.ports.executor import Executor, JobSpec, Listener
from foretaste.ports.releases import Asking, Pins, Resolver

LOOK: Final = 0.5
"""Seconds after which it is looked whether a check has ended by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stoppable:
    """An executor for one check; nothing starts on it any more once `stop` is set."""

    executor: Executor
    stop: threading.Event

    def slots(self) -> int:
        """Return how many builds may run at once."""
        return self.executor.slots()

    def start(self, spec: JobSpec, listener: Listener) -> None:
        """Begin a build.

        Raises:
            TransientError: nobody waits for it any more.
        """
        if self.stop.is_set():
            raise TransientError("FT950", "the check was stopped")
        self.executor.start(spec, listener)

    def cancel(self, attempt: str) -> None:
        """Stop a build."""
        self.executor.cancel(attempt)

    def running(self) -> frozenset[str]:
        """Return the attempts that have not finished."""
        return self.executor.running()

    def close(self) -> None:
        """Cancel everything and wait until nothing is left running."""
        self.executor.close()

    @contextlib.contextmanager
    def watched(self) -> Iterator[None]:
        """End what runs as soon as `stop` is set, while inside."""
        ended = threading.Event()

        def end() -> None:
            while not ended.is_set():
                if self.stop.wait(LOOK):
                    for attempt in self.running():
                        self.cancel(attempt)
                    ended.wait(LOOK)

        thread = threading.Thread(target=end, name="stopping", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


@dataclass(frozen=True, slots=True, kw_only=True)
class Excluding:
    """A resolver that never takes what `excluded` rules out, by normalised name."""

    resolver: Resolver
    excluded: Mapping[str, str]

    def resolve(self, asking: Asking, say: Say) -> Pins:
        """Return a pin for everything that is needed; errors as of the resolver itself."""
        both = dict(asking.excluded)
        for name, specifier in self.excluded.items():
            both[name] = ",".join(filter(None, (both.get(name, ""), specifier)))
        return self.resolver.resolve(replace(asking, excluded=both), say)

    def pin(self, asking: Asking, say: Say) -> Pins:
        """Return pins for exactly the versions that are asked for."""
        return self.resolver.pin(asking, say)
