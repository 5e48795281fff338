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
from dataclasses import dataclass, field, replace
from pathlib import Path

from foretaste.adapters.executors.artefacts import TooMuchError, keep
from foretaste.adapters.executors.logs import Log
from foretaste.adapters.executors.places import Places, is_attempt
from foretaste.adapters.executors.reports import JUNIT, Report, report_of, watched_report_of
from foretaste.adapters.executors.stacks import Times
from foretaste.adapters.executors.watching import Inside, command, variables
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
from foretaste.ports.executor import Ending, Finished, JobSpec

_WITH = "/with"
_NEEDS = "/needs"
# What a watched build's processes get to write where they stand, when it took too long; seconds.
_LAST_WORDS = 3.0
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
        inside = Inside(self.places.folder / "watching")
        try:
            running = self._start(environment, inside)
            try:
                with self._phase("test"):
                    ended = running.wait()
                return self._judge(ended, running)
            finally:
                running.close()
        finally:
            inside.forget(self.spec.attempt)

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

    def _start(self, environment: Environment, inside: Inside) -> Running:
        with self._phase("workspace"):
            running = self.workshop.sandbox.start(
                command(self.spec.run, self.spec.watch),
                self._watched(self._confinement(environment), inside),
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

    def _watched(self, confinement: Confinement, inside: Inside) -> Confinement:
        """Return the confinement with what tells of the tests, where that is asked for."""
        watch = self.spec.watch
        if watch is None:
            return confinement
        return replace(
            confinement,
            readable={**confinement.readable, **inside.readable(watch, self.spec.attempt)},
            env={**confinement.env, **variables(watch, confinement.env)},
            last_words=_LAST_WORDS,
            stacks_after=watch.stacks_after,
        )

    def _variables(self) -> Mapping[str, str]:
        return {
            "PATH": f"{ENVIRONMENT_FOLDER}/bin:/usr/local/bin:/usr/bin:/bin",
            "VIRTUAL_ENV": ENVIRONMENT_FOLDER,
            **self.spec.env,
            "FORETASTE_JUNIT": f"{JOB_FOLDER}/out/{JUNIT}",
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
        """Say how it went; the command is gone, with everything that it started."""
        if ended.cancelled:
            return self._finished(Ending.CANCELLED, why="cancelled")
        if ended.status is not None and not ended.limit and not self.log.broken:
            return self._exited(ended.status, running.results())
        ending, why = self._cut_off(ended)
        if self.spec.watch is None:
            return self._finished(ending, why=why)
        # What is known of the tests until then says which of them it was.
        cut_off = self.spec.timeout if ending is Ending.TIMED_OUT else None
        report = self._reported(running.results(), cut_off)
        return replace(self._finished(ending, why=why), cases=report.cases, plugins=report.plugins)

    def _cut_off(self, ended: Exit) -> tuple[Ending, str]:
        """Return why the command did not come to an end of its own."""
        if ended.limit == "timeout":
            return Ending.TIMED_OUT, f"it took longer than {self.spec.timeout:g} s"
        if self.log.broken:
            return Ending.LOST, f"its log cannot be written: {self.log.broken}"
        if ended.limit:
            return Ending.LIMIT, _LIMITS.get(ended.limit, ended.limit)
        return Ending.LOST, "its process was killed from outside"

    def _exited(self, status: int, results: int) -> Finished:
        report = self._reported(results)
        try:
            artefacts = self._keep(results)
        except TooMuchError as error:
            return self._finished(Ending.LIMIT, why=str(error))
        return replace(
            self._finished(Ending.EXITED, why="; ".join(filter(None, (report.why, self.note)))),
            exit_status=status,
            cases=report.cases,
            plugins=report.plugins,
            artefacts=artefacts,
        )

    def _reported(self, results: int, cut_off: float | None = None) -> Report:
        """Read what the tests told; stacks go to the log."""
        watch = self.spec.watch
        if watch is None:
            return report_of(results)
        report = watched_report_of(results, Times(after=watch.stacks_after, cut_off=cut_off))
        for stacks in report.stacks:
            self.log.say(stacks)
        return report

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

    def _finished(self, ending: Ending, *, why: str) -> Finished:
        return Finished(
            attempt=self.spec.attempt,
            ending=ending,
            why=why,
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
