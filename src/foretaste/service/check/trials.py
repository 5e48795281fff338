"""Trials: runs of the project's tests on one state, on the executor, as outcomes.

Everything that a trial can come to is an outcome. That a state cannot be built is a failure of
that state; that infrastructure lost a trial says nothing of it.
"""

from __future__ import annotations

import contextlib
import queue
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from foretaste.ports.errors import PermanentError
from foretaste.ports.executor import (
    CaseResult,
    Ending,
    EnvironmentSpec,
    Finished,
    JobSpec,
    Observation,
    Watch,
)
from foretaste.ports.releases import Pin
from foretaste.service.check.subject import ReadLog, Subject, Tools
from foretaste.taste.moves import BUILD
from foretaste.taste.outcome import Outcome
from foretaste.taste.reading import Case, Left, read

# Bytes from the end of a log that are read; a trace stands there, and a log may be 64 MiB.
LOG_TAIL = 2 * 2**20
TRACE = "Traceback (most recent call last)"
# A state whose project does not build, or whose packages cannot be put together, is a bad state.
OF_THE_STATE = ("FT626", "FT627", "FT629", "FT661", "FT662", "FT663")
# A signal that comes right before a wait without an end would not end it; in seconds.
GLANCE = 0.5


def next_of(told: queue.SimpleQueue[Finished]) -> Finished:
    """Wait for what is told next, so that whoever stops the program is heard meanwhile."""
    while True:
        with contextlib.suppress(queue.Empty):
            return told.get(timeout=GLANCE)


@dataclass(slots=True)
class Trials:
    """Runs trials under names of their own; `told` is the number and what came of each."""

    tools: Tools
    _told: queue.SimpleQueue[Finished] = field(default_factory=queue.SimpleQueue)
    _numbers: dict[str, int] = field(default_factory=dict)

    def start(self, number: int, spec: Callable[[str], JobSpec]) -> None:
        """Begin a trial and return at once."""
        attempt = f"{self.tools.run}-{number}"
        self._numbers[attempt] = number
        self.tools.executor.start(spec(attempt), self._listen)

    def cancel(self, number: int) -> None:
        """Stop a trial whose answer cannot matter any more."""
        self.tools.executor.cancel(f"{self.tools.run}-{number}")

    def wait(self) -> tuple[int, Finished]:
        """Wait for the next trial to end; return its number and how it ended."""
        finished = next_of(self._told)
        return self._numbers.pop(finished.attempt), finished

    def outcome(self, finished: Finished, *, stalled: Callable[[float], bool]) -> Outcome:
        """Return what a trial showed.

        `stalled` says whether a run of so many seconds took so long that the stacks in its log
        belong to its failures.

        Raises:
            PermanentError: trials cannot be run here at all.
        """
        return read(self._left(finished, stalled))

    def _listen(self, seen: Observation) -> None:
        if isinstance(seen, Finished):
            self._told.put(seen)

    def _left(self, finished: Finished, stalled: Callable[[float], bool]) -> Left:
        seconds = finished.phases.get("test", 0.0)
        lost = broken = ""
        match finished.ending:
            case Ending.LIMIT:
                broken = finished.why
            case Ending.REFUSED:
                broken = _of_the_state(finished.why)
            case Ending.LOST | Ending.CANCELLED:
                lost = finished.why or finished.ending.value
            case Ending.EXITED | Ending.TIMED_OUT:
                pass
        return Left(
            status=finished.exit_status,
            timed_out=finished.ending is Ending.TIMED_OUT,
            lost=lost,
            broken=broken,
            cases=None if finished.cases is None else tuple(map(_case, finished.cases)),
            log=tail(self.tools.read_log, finished.attempt),
            stalled=stalled(seconds),
            seconds=seconds,
        )


def _of_the_state(why: str) -> str:
    """Return why a build was refused, where that is the state's own fault.

    Raises:
        PermanentError: it is not; no other trial would run either.
    """
    code, _, what = why.partition(": ")
    if code in OF_THE_STATE:
        return what
    raise PermanentError(code if code.startswith("FT") else "FT901", what or why)


def _case(case: CaseResult) -> Case:
    return Case(
        name=case.name,
        outcome=case.outcome,
        type=case.type,
        message=case.message,
        # A JUnit report has the trace in what it calls the message.
        trace=case.trace or (case.message if TRACE in case.message else ""),
    )


def tail(read_log: ReadLog, attempt: str) -> str:
    """Return the end of a log as text."""
    _, size, _ = read_log(attempt, 0, 0)
    data, _, _ = read_log(attempt, max(0, size - LOG_TAIL), LOG_TAIL)
    return data.decode(errors="replace")


def spec_of(
    subject: Subject, attempt: str, pins: Mapping[str, Pin], watch: Watch, *, timeout: float
) -> JobSpec:
    """Return the build that runs the subject's tests on these pins, given by move key."""
    recipe = subject.recipe
    installed = [pin.line for key, pin in sorted(pins.items()) if not key.startswith(BUILD)]
    builds = [pin.line for key, pin in sorted(pins.items()) if key.startswith(BUILD)]
    return JobSpec(
        attempt=attempt,
        label=f"trial {attempt}",
        sources=(subject.source,),
        environment=EnvironmentSpec(
            python=recipe.python,
            install=recipe.install,
            preinstall=recipe.preinstall,
            build_constraints=recipe.build_constraints,
            pins=tuple(installed),
            build_pins=tuple(builds) or None,
        ),
        run=recipe.run,
        env=recipe.env,
        timeout=min(timeout, recipe.timeout),
        network=recipe.network,
        watch=watch,
    )
