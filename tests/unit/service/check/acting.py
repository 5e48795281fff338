"""A search without a sandbox: an executor that answers as a test says, and states by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from foretaste.ports.executor import Ending, Finished, JobSpec, Listener, Source
from foretaste.ports.releases import Pin, Release
from foretaste.service.check.searching import Searching
from foretaste.service.check.states import States
from foretaste.service.check.subject import Recipe, Subject, Tools, Wish
from foretaste.simulation.clock import VirtualClock
from foretaste.taste.implications import lattice_of

Answer = Callable[[JobSpec], Finished | None]


@dataclass(slots=True)
class ActingExecutor:
    """Ends each build as `answer` says, at once; None: it runs until it is stopped.

    `specs` are the builds that were started, `stopped` the attempts that were told to stop.
    """

    answer: Answer
    specs: list[JobSpec] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    _waiting: dict[str, Listener] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def slots(self) -> int:
        """As many as are asked for."""
        return len(self.specs) + 1

    def start(self, spec: JobSpec, listener: Listener) -> None:
        """Begin a build."""
        self.specs.append(spec)
        finished = self.answer(spec)
        if finished is None:
            with self._lock:
                self._waiting[spec.attempt] = listener
        else:
            listener(finished)

    def cancel(self, attempt: str) -> None:
        """Stop a build; what is over stays over."""
        self.stopped.append(attempt)
        with self._lock:
            listener = self._waiting.pop(attempt, None)
        if listener is not None:
            listener(Finished(attempt=attempt, ending=Ending.CANCELLED))

    def running(self) -> frozenset[str]:
        """Return what was not stopped."""
        return frozenset(self._waiting)

    def close(self) -> None:
        """Stop everything."""
        for attempt in list(self._waiting):
            self.cancel(attempt)


def exited(spec: JobSpec, status: int = 0, **more: Any) -> Finished:
    """A build that ended by itself, after a second of tests."""
    told: dict[str, Any] = {"phases": {"test": 1.0, "environment": 0.5}}
    ending = more.pop("ending", Ending.EXITED)
    told |= more
    return Finished(attempt=spec.attempt, ending=ending, exit_status=status, **told)


def refused(spec: JobSpec, why: str) -> Finished:
    """A build that could not be run."""
    return Finished(attempt=spec.attempt, ending=Ending.REFUSED, why=why)


def has(spec: JobSpec, *lines: str) -> bool:
    """Whether a build has all of these releases, as "name==version"."""
    environment = spec.environment
    pins = {
        pin.partition(" ")[0]
        for pin in (*(environment.pins or ()), *(environment.build_pins or ()))
    }
    return set(lines) <= pins


def states(
    base: Mapping[str, str],
    new: Mapping[str, str],
    needs: Mapping[tuple[str, str], str] | None = None,
) -> States:
    """States in which all is asked for; `needs` is what releases require, by name and version."""
    needed = needs or {}
    candidate = {**base, **new}
    releases = {
        (key, version): Release(
            name=key.removeprefix("build:"),
            version=version,
            requires=(needed[key, version],) if (key, version) in needed else (),
            owns=(f"{key}.py",),
        )
        for versions in (base, candidate)
        for key, version in versions.items()
    }
    roots = tuple(key for key in candidate if not key.startswith("build:"))
    requires = {each: release.requires for each, release in releases.items()}

    def pins(versions: Mapping[str, str]) -> dict[str, Pin]:
        return {
            key: Pin(name=key.removeprefix("build:"), version=version)
            for key, version in versions.items()
        }

    return States(
        base=pins(base),
        candidate=pins(candidate),
        releases=releases,
        lattice=lattice_of(base, candidate, requires, roots, {}),
        roots=roots,
        markers={"python_full_version": "3.11.4"},
    )


class Nobody:
    """Whatever is not asked here."""


def searching(answer: Answer, space: States, *, log: bytes = b"", **wish: Any) -> Searching:
    """A search that is ready; what it tells is in `tools.said` of no clock but a virtual one."""
    subject = Subject(
        project="app",
        source=Source(project="app", commit="1", tree="1"),
        recipe=Recipe(run="test", timeout=900.0),
        requirements=space.roots,
        base={key: pin.version for key, pin in space.base.items()},
    )
    nobody: Any = Nobody()
    tools = Tools(
        run="check-1",
        began=0.0,
        index=nobody,
        resolver=nobody,
        releases=nobody,
        executor=ActingExecutor(answer),
        read_log=lambda _, offset, size: (log[offset : offset + size], len(log), True),
        clock=VirtualClock(0.0),
        say=SAID.append,
        detail=SAID.append,
    )
    SAID.clear()
    return Searching(subject, Wish(**{"slots": 2, **wish}), space, tools)


SAID: list[str] = []
"""What the last search told."""


def executor_of(search: Searching) -> ActingExecutor:
    """The executor of a search made here."""
    executor = search.tools.executor
    assert isinstance(executor, ActingExecutor)
    return executor
