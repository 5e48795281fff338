"""The driver `local`, as any other executor's would be written."""

from __future__ import annotations

from foretaste.adapters.executors.builds import Leave, Workshop
from foretaste.adapters.executors.local import LocalExecutor
from foretaste.ports.drivers import Site


def local(site: Site) -> LocalExecutor:
    """Return the executor that runs builds on this machine."""
    workshop = Workshop(
        bases=site.bases,
        environments=site.environments,
        sandbox=site.sandbox,
        clock=site.clock,
    )
    leave = Leave(network=site.network, unsandboxed=site.unsandboxed)
    return LocalExecutor(site.folder, workshop, slots=site.slots, leave=leave)
