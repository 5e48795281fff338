"""One build on this machine, from its environment to what it left.

Fetch, build and environment are the environments' work; the workspace is a copy of a warm base
in memory; the test is the command in the sandbox. Nothing that the command wrote is looked at
before everything that it started is gone.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from foretaste.adapters.executors.artefacts import TooMuchError, keep
from foretaste.adapters.executors.junit import UnreadableReportError, read_report
from foretaste.adapters.executors.logs import Log
from foretaste.adapters.executors.places import Places, is_attempt
from foretaste.ports.clock import Clock
from foretaste.ports.environments import (
    ENVIRONMENT_FOLDER,
    JOB_FOLDER,
    Bases,
    Confinement,
    Environment,
    Environments,
    Exit,
    Running,
    Sandbox,
)
from foretaste.ports.errors import PermanentError, PortError, TransientError
from foretaste.ports.executor import CaseResult, Ending, Finished, JobSpec

_WITH = "/with"
_NEEDS = "/needs"
_JUNIT = "junit.xml"
_LIMITS = {
    "log": "the log reached its limit",
    "memory": "it used more memory than a job may",
    "processes": "it started more processes than a job may",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """What builds are made of and by, on this machine."""

    bases: Bases
    environments: Environments
    sandbox: Sandbox
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """What builds may do beyond the ordinary."""

    network: bool = False
    unsandboxed: bool = False


class CancelledError(Exception):
    """Somebody cancelled the build while nothing of it was running."""


@dataclass(slots=True, kw_only=True)
class Build:
    """One attempt on its way; `cancel` may come from any thread."""

    spec: JobSpec
    workshop: Workshop
    places: Places
    log: Log
    leave: Leave = field(default_factory=Leave)
    phases: dict[str, float] = field(default_factory=dict)
    lock: str = ""
    note: str = ""
    _running: Running | None = None
    _cancelled: bool = False
    _guard: threading.Lock = field(default_factory=threading.Lock)

    def run(self) -> Finished:
        """Run the build to its end; every outcome is a value."""
        try:
            return self._run()
        except CancelledError:
            return self._finished(Ending.CANCELLED, why="cancelled")
        except TransientError as error:
            return self._finished(Ending.LOST, why=_told(error))
        except PortError as error:
            return self._finished(Ending.REFUSED, why=_told(error))
        except OSError as error:
            return self._finished(Ending.LOST, why=f"the gate's machine failed: {error}")

    def cancel(self) -> None:
        """Stop it; idempotent."""
        with self._guard:
            self._cancelled = True
            running = self._running
        if running is not None:
            running.kill()

    def _run(self) -> Finished:
        refuse(self.spec, self.leave)
        self._confined()
        environment = self._environment()
        running = self._start(environment)
        try:
            with self._phase("test"):
                ended = running.wait()
            return self._judge(ended, running)
        finally:
            running.close()

    def _confined(self) -> None:
        """Check that there is a sandbox that holds, or leave to go on without one."""
        if self.workshop.sandbox.level() >= _SANDBOXED:
            return
        if self.leave.unsandboxed:
            self.note = "it ran without a sandbox"
            self.log.say("warning: there is no sandbox here; this build is not confined")
        else:
            raise PermanentError(
                "FT611",
                f"jobs are refused: {self.workshop.sandbox.why()}",
                hint="`foretaste doctor` shows what was measured",
            )

    def _environment(self) -> Environment:
        self._go_on()
        spec = self.spec
        environment = self.workshop.environments.make(spec.environment, spec.sources, self.log.say)
        self.phases.update(environment.seconds)
        self.lock = environment.lock
        self._go_on()
        return environment

    def _start(self, environment: Environment) -> Running:
        with self._phase("workspace"):
            running = self.workshop.sandbox.start(
                ["/bin/sh", "-c", self.spec.run],
                self._confinement(environment),
                self.log.write,
            )
        with self._guard:
            self._running = running
            cancelled = self._cancelled
        if cancelled:
            running.kill()
        return running

    def _confinement(self, environment: Environment) -> Confinement:
        own, *others = self.spec.sources
        readable = {
            ENVIRONMENT_FOLDER: environment.path,
            **{str(path): path for path in environment.readable},
            **{
                f"{_WITH}/{source.project}": self.workshop.bases.folder(source) for source in others
            },
            **self._needs(),
        }
        return Confinement(
            readable=readable,
            folders={"work": self.workshop.bases.folder(own), "out": None},
            env=self._variables(),
            cwd=f"{JOB_FOLDER}/work",
            network=self.spec.network,
            seconds=self.spec.timeout,
        )

    def _variables(self) -> Mapping[str, str]:
        return {
            "PATH": f"{ENVIRONMENT_FOLDER}/bin:/usr/local/bin:/usr/bin:/bin",
            "VIRTUAL_ENV": ENVIRONMENT_FOLDER,
            **self.spec.env,
            "FORETASTE_JUNIT": f"{JOB_FOLDER}/out/{_JUNIT}",
            "FORETASTE_WITH": _WITH,
            "FORETASTE_NEEDS": _NEEDS,
        }

    def _needs(self) -> Mapping[str, Path]:
        """Return the artefacts of the builds before this one, by where the job finds them."""
        found = {}
        for attempt in self.spec.needs:
            folder = self.places.artefacts(attempt)
            with contextlib.suppress(OSError):
                job = self.places.label(attempt).read_text(encoding="utf-8")
                if folder.is_dir() and "/" not in job and job not in {"", ".", ".."}:
                    found[f"{_NEEDS}/{job}"] = folder
        return found

    def _judge(self, ended: Exit, running: Running) -> Finished:
        if ended.cancelled:
            return self._finished(Ending.CANCELLED, why="cancelled")
        if ended.limit == "timeout":
            why = f"it took longer than {self.spec.timeout:g} s"
            return self._finished(Ending.TIMED_OUT, why=why)
        if self.log.broken:
            return self._finished(Ending.LOST, why=f"its log cannot be written: {self.log.broken}")
        if ended.limit:
            return self._finished(Ending.LIMIT, why=_LIMITS.get(ended.limit, ended.limit))
        if ended.status is None:
            return self._finished(Ending.LOST, why="its process was killed from outside")
        return self._exited(ended.status, running.results())

    def _exited(self, status: int, results: int) -> Finished:
        """Read what the command left; it is gone, with everything that it started."""
        cases, why = _report(results)
        try:
            artefacts = self._keep(results)
        except TooMuchError as error:
            return self._finished(Ending.LIMIT, why=str(error))
        finished = self._finished(Ending.EXITED, why=why, cases=cases)
        return Finished(
            attempt=finished.attempt,
            ending=Ending.EXITED,
            exit_status=status,
            why="; ".join(filter(None, (finished.why, self.note))),
            cases=cases,
            lock=finished.lock,
            phases=finished.phases,
            artefacts=artefacts,
        )

    def _keep(self, results: int) -> tuple[str, ...]:
        if not self.spec.artefacts:
            return ()
        target = self.places.artefacts(self.spec.attempt)
        shutil.rmtree(target, ignore_errors=True)
        work = os.open("work", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=results)
        try:
            return keep(work, self.spec.artefacts, target)
        finally:
            os.close(work)

    def _finished(
        self, ending: Ending, *, why: str, cases: tuple[CaseResult, ...] | None = None
    ) -> Finished:
        return Finished(
            attempt=self.spec.attempt,
            ending=ending,
            why=why,
            cases=cases,
            lock=self.lock,
            phases=dict(self.phases),
        )

    def _go_on(self) -> None:
        with self._guard:
            if self._cancelled:
                raise CancelledError

    @contextlib.contextmanager
    def _phase(self, name: str) -> Iterator[None]:
        began = self.workshop.clock.monotonic()
        try:
            yield
        finally:
            took = self.workshop.clock.monotonic() - began
            self.phases[name] = self.phases.get(name, 0.0) + took


_SANDBOXED = 2


def refuse(spec: JobSpec, leave: Leave) -> None:
    """Refuse what this executor cannot do, before anything is done.

    Raises:
        PermanentError: says what, and what to do about it.
    """
    if not is_attempt(spec.attempt):
        raise PermanentError("FT631", f"{spec.attempt!r} cannot be an attempt's name")
    if not spec.sources:
        raise PermanentError("FT631", "a build needs a project")
    if spec.services:
        raise PermanentError(
            "FT632",
            f"services are not there yet: {', '.join(spec.services)}",
            hint="start what the tests need in the job's own command",
        )
    if spec.network and not leave.network:
        raise PermanentError(
            "FT614",
            "the job asks for the network, and this gate does not allow it",
            hint="leave `network` out, or have it allowed in the gate's settings",
        )


def _told(error: PortError) -> str:
    return " ".join(filter(None, (f"{error.code}: {error.what}", error.hint and f"({error.hint})")))


def _report(results: int) -> tuple[tuple[CaseResult, ...] | None, str]:
    """Return the tests of the build's report, and why there are none where it is unreadable."""
    try:
        out = os.open("out", os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=results)
    except OSError:
        return None, "the folder for the JUnit report is gone"
    try:
        return read_report(out, _JUNIT), ""
    except UnreadableReportError as error:
        return None, str(error)
    finally:
        os.close(out)
