"""Answers: pins that were found, kept for as long as they cannot become wrong.

What an index had at a time that is well past does not change any more, but for what is deleted;
what it has now may change at any moment.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from foretaste.adapters.uv.folders import write_whole
from foretaste.ports.clock import Clock
from foretaste.ports.releases import Pin, Pins

_FORMAT = 1
# Seconds. An index may show an upload a little later than it dates it: a day is far beyond that.
SETTLED = 86_400.0
SHORTLY = 300.0


class Answers:
    """Keeps answers below `folder`."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    def get(
        self, question: Sequence[str], as_of: datetime | None, seconds: float = SHORTLY
    ) -> Pins | None:
        """Return the answer to a question about the index at a time, None where none holds.

        Where the time is not well past, an answer holds so many seconds.
        """
        try:
            said = json.loads(self._path(question).read_bytes())
            if not self._holds(float(said["at"]), as_of, seconds):
                return None
            pins = {name: _pin(each) for name, each in said["pins"].items()}
        except (OSError, ValueError, KeyError, TypeError):
            return None
        if any(pin.wheel and not Path(pin.wheel).exists() for pin in pins.values()):
            return None
        return pins

    def put(self, question: Sequence[str], pins: Pins) -> None:
        """Keep an answer that was found now."""
        said = {
            "at": self._clock.wall(),
            "question": list(question),
            "pins": {name: asdict(pin) for name, pin in sorted(pins.items())},
        }
        write_whole(self._path(question), json.dumps(said, indent=1))

    def _holds(self, at: float, as_of: datetime | None, seconds: float) -> bool:
        """Whether an answer found at a time holds still."""
        if as_of is not None and at - as_of.timestamp() > SETTLED:
            return True
        return 0 <= self._clock.wall() - at < seconds

    def _path(self, question: Sequence[str]) -> Path:
        key = hashlib.sha256("\n".join((str(_FORMAT), *question)).encode()).hexdigest()
        return self._folder / f"{key}.json"


def _pin(said: Mapping[str, Any]) -> Pin:
    return Pin(
        name=said["name"],
        version=said["version"],
        hashes=tuple(said["hashes"]),
        wheel=said["wheel"],
    )
