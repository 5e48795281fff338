"""What a driver of an executor is given and must give; a planner is `core.plan.Planner`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from foretaste.ports.clock import Clock
from foretaste.ports.environments import Bases, Environments, Sandbox
from foretaste.ports.executor import Executor


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where an executor works, and with what; `slots` 0 is as many builds as it sees fit.

    Logs belong at `<folder>/logs/<attempt>.log` and artefacts below
    `<folder>/artefacts/<attempt>/`, whoever runs the build.
    """

    folder: Path
    bases: Bases
    environments: Environments
    sandbox: Sandbox
    clock: Clock
    slots: int = 0
    network: bool = False
    unsandboxed: bool = False


class ExecutorDriver(Protocol):
    """Makes an executor for a site."""

    def __call__(self, site: Site) -> Executor:
        """Return the executor, ready to start builds."""
        ...
