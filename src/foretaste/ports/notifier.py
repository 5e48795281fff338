"""The notifier tells people; it is told each message at least once, with a key."""

from __future__ import annotations

from typing import Protocol

from foretaste.core.names import ChangeId


class Notifier(Protocol):
    """Delivers messages about changes."""

    def tell(self, change: ChangeId, report: str, kind: str) -> None:
        """Deliver one message; twice with the same `report` is harmless.

        Raises:
            TransientError: it could not be delivered now.
        """
        ...
