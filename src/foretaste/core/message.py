"""Messages: what a change's people are told, each once.

The words are in `report`; here stands only that a message is owed.
"""

from __future__ import annotations

import enum
from typing import NamedTuple

from foretaste.core.names import ChangeId


class Message(enum.Enum):
    """The kinds of message that a change's people get."""

    STARTED = "started"
    ENDED = "ended"
    REFUSED = "refused"
    CHECK_STARTED = "check_started"
    CHECK_ENDED = "check_ended"


class Owed(NamedTuple):
    """A message that is owed; `report` makes it unique for its change."""

    change: ChangeId
    message: Message
    report: str
