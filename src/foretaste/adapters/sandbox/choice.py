"""The choice of a sandbox: the real one, and none only where that was allowed and there is none."""

from __future__ import annotations

from pathlib import Path

from foretaste.adapters.sandbox.bubblewrap import Bubblewrap
from foretaste.adapters.sandbox.unconfined import Unconfined
from foretaste.ports.clock import Clock

_HOLDS = 2


def choose_sandbox(
    folder: Path, clock: Clock, *, allow_network: bool = False, allow_unsandboxed: bool = False
) -> Bubblewrap | Unconfined:
    """Return the sandbox; where it does not hold and that is allowed, one that confines nothing.

    Where it is not allowed, the one that does not hold is returned: it refuses, and says why.
    """
    sandbox = Bubblewrap(folder, clock, allow_network=allow_network)
    if not allow_unsandboxed or sandbox.level() >= _HOLDS:
        return sandbox
    sandbox.close()
    return Unconfined(folder / "unconfined", clock)
