"""Starts: what a person asks of this machine, as records: a gate, a demo, a simulation.

The command line makes them and `wiring` carries them out, so that neither knows the other's
parts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from foretaste.report.views import GateView

Say = Callable[[str], None]
"""Shows one line of progress to the person who waits."""

Show = Callable[[GateView], None]
"""Shows the whole gate as it is now; called whenever it may look different."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Voices:
    """Two ways to speak to the person who waits: of steps, and of all that a step has to tell."""

    say: Say
    detail: Say


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """How a gate is to be served; everything of it lies under `directory`.

    `port` 0 takes a free one. `insecure_bind` allows another address than loopback without TLS,
    `allow_unsandboxed` lets jobs run where there is no sandbox. `workers` 0 is one a processor,
    `executor` the name of the driver that runs builds.
    """

    directory: Path
    host: str = "127.0.0.1"
    port: int = 8414
    tls_cert: Path | None = None
    tls_key: Path | None = None
    insecure_bind: bool = False
    workers: int = 0
    executor: str = "local"
    allow_unsandboxed: bool = False
    offline: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """How the demo is to run; without a `directory` in one that is gone afterwards.

    `keep` leaves the gate up, and its dashboard, until it is interrupted.
    """

    directory: Path | None = None
    keep: bool = False
    offline: bool = False
    allow_unsandboxed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOptions:
    """What is to be checked, and how (design, section 7).

    `releases` are requirements on the candidates, empty for everything newer; `patches` are
    unreleased states of dependencies (NAME@git+URL@REF, NAME@DIR). `slots` 0 is one trial a
    processor at once, `timeout` is in seconds, `command` and `job` are "" for what is found.
    """

    project: Path = Path()
    releases: tuple[str, ...] = ()
    command: str = ""
    job: str = ""
    python: str = ""
    base: Path | None = None
    as_of: datetime | None = None
    base_as_of: datetime | None = None
    slots: int = 0
    budget: int = 60
    confidence: float = 0.999
    timeout: float = 900.0
    report: Path | None = None
    oracles: tuple[str, ...] = ()
    patches: tuple[str, ...] = ()
    upstream: str = ""
    offline: bool = False
    allow_unsandboxed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayOptions:
    """Which past stretch of time is walked, and how; `check` says how each look is taken.

    `every` is the time between two looks at the index (0: one after each upload), `minimum_age`
    how old a release must be to go on, both in seconds. `known` are files of versions that were
    there in it.
    """

    check: CheckOptions
    begin: datetime
    end: datetime
    every: float = 900.0
    minimum_age: float = 3 * 86400.0
    known: tuple[Path, ...] = ()
    plot: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """Who watches a demo: `end` is given the summary, before the gate is kept up or stopped."""

    say: Say
    show: Show
    end: Callable[[Mapping[str, Any]], None]
