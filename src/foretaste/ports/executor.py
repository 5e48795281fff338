"""Executors run builds: start, stop, observe; a lost worker is an event, not an error.

The queue, priorities, retries and attempt ids stay in the gate: an executor is given about as
many builds as it has slots. Execution is at least once; only the current attempt counts
(`builds.md`, "Beyond one machine").
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol


class Ending(enum.Enum):
    """How a build came to its end."""

    EXITED = "exited"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    LIMIT = "limit"  # it hit a resource limit: memory, processes, log or artefact size
    LOST = "lost"  # infrastructure lost it; run again under a new attempt id
    REFUSED = "refused"  # it could not be run safely or at all: fails closed, never a pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One project's tree in the prospect: `commit` is a full object id in `project`."""

    project: str
    commit: str
    tree: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentSpec:
    """What must be installed before the command runs.

    `python` is "3.11" or "" for the interpreter that runs Foretaste. `install` holds PEP 508
    requirements; "." (with extras: ".[test]") is the project under test, built from its tree;
    "group:NAME" is a PEP 735 dependency group of its pyproject; "-r FILE" and "-c FILE" are
    requirements and constraints files in its tree. `preinstall` goes in before anything else.

    Where `pins` is not None, they are the whole environment: exactly these releases, nothing is
    resolved, and of `install` only "." counts (the project itself, built and put on top without
    its dependencies). Each is a line "NAME==VERSION --hash=sha256:…" as in a requirements file, or
    "NAME @ file://…" for a wheel that was built here. `build_pins` are the same for what builds
    the project; None: its `build-system.requires` are resolved.
    """

    python: str = ""
    install: tuple[str, ...] = ()
    preinstall: tuple[str, ...] = ()
    build_constraints: tuple[str, ...] = ()
    pins: tuple[str, ...] | None = None
    build_pins: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """A build whose tests are to be told one by one, from inside (a trial of `foretaste check`).

    A process that has run for `stacks_after` seconds (0: none) and stands still has the stacks of
    all its threads written to the log, and a few times more when as long has passed again; so has
    every process that is there when the time is over. Where `only` is not empty, a test runner
    that can choose runs only these tests, by the names that an earlier run told.

    With `imports`, each module of the project's is imported as well, after the tests, and each
    name of another package that its code uses is looked up: told as tests named "import a.b" and
    "use c.d", whose failure does not change the command's exit status.
    """

    stacks_after: float = 0.0
    only: tuple[str, ...] = ()
    imports: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSpec:
    """Everything that an executor needs to run one build.

    `sources[0]` is the project under test, checked out as the working folder; the others are
    the projects named in `with`, each built from its own tree and installed in place of any
    release on the index, and readable by the command at `$FORETASTE_WITH/<project>`.
    `timeout` is in seconds of wall time for the test phase. `log_limit` is in bytes.
    """

    attempt: str
    label: str
    sources: tuple[Source, ...]
    environment: EnvironmentSpec = field(default_factory=EnvironmentSpec)
    run: str
    env: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 900.0
    evidence: str = ""  # "junit": a report must be left at $FORETASTE_JUNIT
    network: bool = False
    services: tuple[str, ...] = ()
    artefacts: tuple[str, ...] = ()  # globs in the working folder, kept after the build
    needs: tuple[str, ...] = ()  # attempts whose artefacts come along, at $FORETASTE_NEEDS/<job>
    log_limit: int = 64 * 2**20
    watch: Watch | None = None


UNFINISHED = "(unfinished)"
"""The type of a watched build's test that began and of which no end was seen (an error)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseResult:
    """One test of a JUnit report; `outcome` is passed, failed, error or skipped.

    `type` is the exception's class and `trace` its text, both only where the build was watched.
    There, `name` is pytest's own ("tests/test_a.py::test_b"), and a module whose tests were
    collected counts as a test that passed ("tests/test_a.py"); one that could not be is an error.
    What failed of a run as a whole has its name between brackets.
    """

    name: str
    outcome: str
    seconds: float = 0.0
    message: str = ""
    type: str = ""
    trace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The build has a worker; its log begins."""

    attempt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """The log grew: it now holds `size` bytes."""

    attempt: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """The one and last thing said of an attempt.

    `why` is a sentence where `ending` is not EXITED, or where the report could not be read.
    `cases` is None where no JUnit report was left; `lock` is the digest of the environment's
    lock, `phases` seconds by phase (fetch, build, environment, workspace, test). `plugins` are
    the distributions ("pytest-xdist 3.6.1") whose plugins pytest had loaded in a watched build.
    """

    attempt: str
    ending: Ending
    exit_status: int | None = None
    why: str = ""
    cases: tuple[CaseResult, ...] | None = None
    lock: str = ""
    phases: Mapping[str, float] = field(default_factory=dict)
    log_size: int = 0
    artefacts: tuple[str, ...] = ()
    plugins: tuple[str, ...] = ()


Observation = Started | Output | Finished
Listener = Callable[[Observation], None]


class Executor(Protocol):
    """Runs builds and tells a listener about them, from threads of its own."""

    def slots(self) -> int:
        """Return how many builds may run at once."""
        ...

    def start(self, spec: JobSpec, listener: Listener) -> None:
        """Begin the build and return at once; a second start of an attempt does nothing.

        Everything, failures to start included, is told to `listener`: Started once, Output any
        number of times, and exactly one Finished.
        """
        ...

    def cancel(self, attempt: str) -> None:
        """Stop the build with everything it started; idempotent, confirmed by its Finished.

        An attempt that this executor does not know gets Finished(LOST) from its caller, not here.
        """
        ...

    def running(self) -> frozenset[str]:
        """Return the attempts that have not finished."""
        ...

    def close(self) -> None:
        """Cancel everything and wait until nothing is left running."""
        ...
