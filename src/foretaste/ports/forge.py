"""The forge: where changes come from, and the host's own word on whether one may land."""

from __future__ import annotations

from typing import Protocol

from foretaste.core.change import Change
from foretaste.core.names import ChangeId, Member


class Forge(Protocol):
    """The host of the changes. The embedded one keeps them in the gate's own log."""

    def family(self, change: ChangeId) -> tuple[Change, ...]:
        """Return the change, all that it needs and all that needs it, directly or not."""
        ...

    def may_land(self, member: Member) -> str:
        """Ask, at the last moment, whether this revision may land; "" or why it may not.

        Approvals, roles and the newest revision are read again here, not remembered.
        """
        ...
