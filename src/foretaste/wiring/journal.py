"""The journal: what a gate logs, one JSON line an event, in `gate.log` of its folder.

The file is moved aside when it grows large and when it was moved by others (logrotate). Warnings
are said on standard error too; standard output is for data. Nothing that looks like a token is
written, wherever it came from.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Final

import structlog

from foretaste.core.events import Recorded
from foretaste.core.subjects import subjects

LARGEST: Final = 16 * 2**20
"""Bytes of a log file, after which another is begun."""
KEPT: Final = 4
"""Full log files that are kept beside the one that is written."""

_TOKEN: Final = re.compile(r"(ft_[0-9a-f]{12}_)[A-Za-z0-9_-]{43}")
_BASIC: Final = re.compile(r"((?:Basic|Bearer) )[A-Za-z0-9+/=._-]{8,}", re.IGNORECASE)
_EVENTS: Final = structlog.get_logger("foretaste.events")


class _Withheld(structlog.stdlib.ProcessorFormatter):
    """Words a record, with everything that looks like a token left out of the finished line."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line of a record."""
        return withheld(super().format(record))


class _Quiet(RotatingFileHandler):
    """Writes to a file that is rotated by size; a full disk must not stop who logs."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Leave the line out: that the disk is full, the gate says by itself."""

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802 - logging's name
        """Return whether the file is full; one that was moved away is begun anew first."""
        if self.stream is not None and not Path(self.baseFilename).exists():
            self.stream.close()
            self.stream = self._open()
        return bool(super().shouldRollover(record))


def withheld(line: str) -> str:
    """Return a line without the secret part of any token in it."""
    return _BASIC.sub(r"\1***", _TOKEN.sub(r"\1***", line))


@contextmanager
def journal(path: Path) -> Iterator[None]:
    """Log to a file while inside; only its owner can read it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.touch(mode=0o600)
    shared: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    file = _Quiet(path, maxBytes=LARGEST, backupCount=KEPT, encoding="utf-8")
    file.setFormatter(_formatter(shared, structlog.processors.JSONRenderer()))
    screen = logging.StreamHandler()
    screen.setLevel(logging.WARNING)
    screen.setFormatter(
        _formatter(shared, structlog.processors.KeyValueRenderer(key_order=["event"]))
    )
    root, level = logging.getLogger(), logging.getLogger().level
    before = structlog.get_config() if structlog.is_configured() else None
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    root.setLevel(logging.INFO)
    # It tells of each of its own parts whenever it is loaded.
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)
    for handler in (file, screen):
        root.addHandler(handler)
    try:
        yield
    finally:
        for handler in (file, screen):
            root.removeHandler(handler)
            with suppress(OSError):  # what a full disk has not taken by now is lost
                handler.close()
        root.setLevel(level)
        structlog.reset_defaults()
        if before is not None:
            structlog.configure(**before)


def _formatter(
    shared: list[structlog.typing.Processor], render: structlog.typing.Processor
) -> logging.Formatter:
    return _Withheld(
        foreign_pre_chain=shared,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            render,
        ],
    )


def note(recorded: Recorded) -> None:
    """Log one event of the gate, with the names of what it is about."""
    about: dict[str, list[str]] = {}
    for sort, name in subjects(recorded.event):
        about.setdefault(sort.value, []).append(name)
    _EVENTS.info(type(recorded.event).__name__, seq=recorded.seq, **about)
