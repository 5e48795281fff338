"""Jobs: the local executor with everything real but git, in a folder of a test's own.

`JobRunner.run` runs one command as a build and returns what came of it. With nothing to install
no index is needed.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from foretaste.adapters.clock import SystemClock
from foretaste.adapters.executors.bases import WarmBases
from foretaste.adapters.executors.builds import Leave, Workshop
from foretaste.adapters.executors.local import LocalExecutor
from foretaste.adapters.sandbox.bubblewrap import Bubblewrap
from foretaste.adapters.uv.environments import Supplies, UvEnvironments
from foretaste.ports.environments import Sandbox
from foretaste.ports.executor import Finished, JobSpec, Observation, Source
from tests.fakes.trees import PlainTrees

DEADLINE = 120.0


@dataclass(slots=True)
class Watch:
    """A listener that keeps what it is told and lets a test wait for it."""

    seen: list[Observation] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def __call__(self, observation: Observation) -> None:
        """Keep one observation."""
        with self._changed:
            self.seen.append(observation)
            self._changed.notify_all()

    def until(self, kind: type[Observation], seconds: float = DEADLINE) -> Any:
        """Return the first observation of a kind, waiting for it."""
        with self._changed:
            found = self._changed.wait_for(lambda: self._first(kind), seconds)
        assert found is not None, f"no {kind.__name__} in {seconds} s, but {self.seen}"
        return found

    def until_finished(self) -> Finished:
        """Return how the build ended, waiting for it."""
        finished = self.until(Finished)
        assert isinstance(finished, Finished)
        return finished

    def until_logged(self, log: Path, text: str) -> None:
        """Wait until a log has the text; each growth of it that is told is looked at."""
        with self._changed:
            logged = self._changed.wait_for(
                lambda: text in log.read_text(encoding="utf-8"), DEADLINE
            )
        assert logged, f"{text!r} is not in {log}"

    def _first(self, kind: type[Observation]) -> Observation | None:
        return next((each for each in self.seen if isinstance(each, kind)), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a build, with its whole log."""

    finished: Finished
    log: str


@dataclass(slots=True, kw_only=True)
class JobRunner:
    """A place where commands run as builds."""

    folder: Path
    trees: PlainTrees
    bases: WarmBases
    sandbox: Sandbox
    environments: UvEnvironments
    executor: LocalExecutor
    _count: int = 0

    def commit(self, files: Mapping[str, str | bytes], project: str = "app") -> Source:
        """Keep a tree under a project's name."""
        return self.trees.commit(project, files)

    def start(self, command: str, *sources: Source, **spec: Any) -> tuple[str, Watch]:
        """Begin a build; return its attempt and who watches it."""
        self._count += 1
        attempt = spec.pop("attempt", f"b{self._count}")
        watch = Watch()
        self.executor.start(
            JobSpec(
                attempt=attempt,
                label=spec.pop("label", "tests"),
                sources=sources or (self.commit({"README": "hello\n"}),),
                run=command,
                **spec,
            ),
            watch,
        )
        return attempt, watch

    def run(self, command: str, *sources: Source, **spec: Any) -> Outcome:
        """Run a build to its end."""
        attempt, watch = self.start(command, *sources, **spec)
        finished = watch.until(Finished)
        path = self.folder / "logs" / f"{attempt}.log"
        log = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
        return Outcome(finished=finished, log=log)


@contextlib.contextmanager
def local_jobs(
    folder: Path,
    *,
    sandbox: Sandbox | None = None,
    slots: int = 2,
    leave: Leave | None = None,
    trees: PlainTrees | None = None,
) -> Iterator[JobRunner]:
    """Give a runner below `folder`, and take it down; a sandbox of one's own stays up."""
    clock = SystemClock()
    own = None if sandbox is not None else Bubblewrap(folder / "sandbox", clock)
    confining = sandbox if sandbox is not None else own
    assert confining is not None
    trees = trees or PlainTrees()
    bases = WarmBases(folder / "bases", trees, clock)
    environments = UvEnvironments(
        folder / "environments",
        Supplies(trees=trees, bases=bases, sandbox=confining, clock=clock),
    )
    workshop = Workshop(bases=bases, environments=environments, sandbox=confining, clock=clock)
    executor = LocalExecutor(folder, workshop, slots=slots, leave=leave)
    try:
        yield JobRunner(
            folder=folder,
            trees=trees,
            bases=bases,
            sandbox=confining,
            environments=environments,
            executor=executor,
        )
    finally:
        executor.close()
        if own is not None:
            own.close()
