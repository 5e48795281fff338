"""Settings: the gate's own, read from the tip of its own guarded project.

What only the gate may say comes from what has landed in `gate`, never from a prospect.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

from foretaste.config.gate import GATE, PLANNERS, GateSettings, load_gate
from foretaste.config.load import OWN_FILE
from foretaste.core.events import Configured
from foretaste.core.names import Oid, ProjectName, Ref
from foretaste.core.policy import Policy
from foretaste.ports.errors import PermanentError

OWN: Final = Ref(ProjectName(GATE), "main")

FIRST: Final = """\
# The gate's own settings. A change to this file passes the gate like every other:
# git push ... HEAD:refs/for/main, approved by someone with the role `config`.
# Every key: docs/reference/configuration.md

[policy]

# [project.NAME]
# queue = "NAME"          # projects that can break each other share one

# [user.NAME]
# roles = ["push", "approve"]
"""

ReadFile = Callable[[str, Oid, str], bytes | None]
"""Reads a file of a commit: project, commit, path."""


@dataclass(slots=True)
class LiveSettings:
    """The gate's settings as they are now; `workers` is what this machine has, unless they say."""

    read: ReadFile
    tip: Callable[[Ref], Oid | None]
    workers: int
    services: frozenset[str] = frozenset()
    planners: frozenset[str] = PLANNERS
    _now: GateSettings = field(default_factory=GateSettings)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def now(self) -> GateSettings:
        """Return the settings that were read last."""
        with self._lock:
            return self._now

    def reload(self) -> GateSettings:
        """Read the settings that have landed.

        Raises:
            PermanentError: the gate's own project is empty.
            UserError: they cannot be used: somebody has put them there past the gate.
        """
        tip = self.tip(OWN)
        raw = None if tip is None else self.read(OWN.project, tip, OWN_FILE)
        if raw is None:
            hint = f"put {OWN_FILE} on its branch main"
            raise PermanentError("FT501", f"the project {GATE} holds no {OWN_FILE}", hint=hint)
        settings = load_gate(raw, services=self.services, planners=self.planners)
        with self._lock:
            self._now = settings
        return settings

    def configured(self) -> Configured:
        """Return the event that tells the core of the settings."""
        settings = self.now()
        event = settings.configured()
        projects = (replace(each, rules=settings.rules(each.name)) for each in event.projects)
        return replace(event, policy=self._policy(event.policy), projects=tuple(projects))

    def _policy(self, policy: Policy) -> Policy:
        return policy if policy.workers else replace(policy, workers=self.workers)
