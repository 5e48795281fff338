"""Looks: what the index showed, and when it is asked again.

All names are asked for at each interval; between two such looks only what is urgent, and what has
never been asked for. An index that fails is asked less and less often. Of a page that cannot be had
the old one stays: that something cannot be seen does not mean that it is gone.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from foretaste.ports.errors import PortError, TransientError, UserError
from foretaste.ports.index import Index, IndexPage
from foretaste.service.watch.kept import Complain, Kept
from foretaste.service.watch.offers import Seen, digest_of

URGENT: Final = 60.0
"""Seconds between two looks at the releases that a running check or an open bump stands on."""
SLOWEST: Final = 16
"""An index that fails is asked at most so many times less often."""
CHUNK: Final = 100
"""Names that are asked for together; between two chunks it is looked whether to stop."""
MOST_NAMES: Final = 20_000
"""Names in all; the projects of one gate pin a few hundred."""


@dataclass(slots=True, kw_only=True)
class Looks:
    """The index as it was seen; `version` grows whenever it shows something else.

    `failures` counts the looks that failed in a row.

    `trouble` says what could not be asked for at the last look, `looked_at` when the last one that
    failed in nothing ended, in seconds since 1970.
    """

    index: Index
    kept: Kept
    complain: Complain
    pages: dict[str, IndexPage] = field(default_factory=dict)
    version: int = 0
    failures: int = 0
    trouble: str = ""
    looked_at: float = 0.0
    _failed: frozenset[str] | set[str] = frozenset()
    _first: dict[str, float] | None = None
    _next: float = 0.0
    _next_urgent: float = 0.0

    def due(
        self, names: AbstractSet[str], urgent: AbstractSet[str], now: float
    ) -> AbstractSet[str]:
        """Return the names to ask for at a monotonic time."""
        if now >= self._next:
            return names
        if self.failures:
            return frozenset()
        fresh = names - self.pages.keys() - self._failed
        return fresh | urgent if now >= self._next_urgent else fresh

    def hurry(self) -> None:
        """Have everything asked for at the next turn."""
        self._next = 0.0

    def ask(self, names: AbstractSet[str], wall: float, stop: threading.Event) -> None:
        """Ask for these names, for at most so many, and take in what the index shows."""
        failed: dict[str, PortError] = {}
        asked = sorted(names)[:MOST_NAMES]
        for chunk in _chunks(asked):
            if stop.is_set():
                return
            failed |= self.take(self.index.pages(chunk))
        self._remember(asked, wall)
        self._failed = (self._failed - set(asked)) | failed.keys()
        # One package that cannot be had is that package's trouble, half of them are the index's.
        self.failures = self.failures + 1 if failed and 2 * len(failed) >= len(asked) else 0
        self.trouble = _trouble(failed, len(asked))
        if self.trouble:
            self.complain(self.trouble)
        else:
            self.looked_at = wall

    def schedule(self, interval: float, now: float, *, whole: bool) -> None:
        """Say when it is time again; `whole` says that all names were asked for just now."""
        if whole or self.failures:
            self._next = now + interval * min(2**self.failures, SLOWEST)
        self._next_urgent = now + min(URGENT, interval)

    def take(self, found: Mapping[str, IndexPage | PortError]) -> dict[str, PortError]:
        """Take in pages, and return the names that the index could not be asked for."""
        failed: dict[str, PortError] = {}
        for name, page in found.items():
            if isinstance(page, IndexPage):
                self._show(name, page)
            elif isinstance(page, UserError):
                # The index says that there is no such project: whatever was there is gone.
                self._show(name, IndexPage(name=name, files=()))
            else:
                failed[name] = page
        return failed

    def _show(self, name: str, page: IndexPage) -> None:
        old = self.pages.get(name)
        self.version += old is None or old.files != page.files
        self.pages[name] = page

    def seen(self, now: float) -> Seen:
        """Return what tells the age of files."""
        return Seen(first=self._first_seen(), now=now)

    def _remember(self, names: list[str], now: float) -> None:
        """Note when files that tell no upload time were first seen."""
        first = self._first_seen()
        fresh = {
            digest_of(file): now
            for name in names
            if name in self.pages
            for file in self.pages[name].files
            if file.uploaded is None and digest_of(file) not in first
        }
        if not fresh:
            return
        first.update(fresh)
        try:
            self.kept.keep_seen(first)
        except TransientError as error:
            self.complain(error.what)

    def _first_seen(self) -> dict[str, float]:
        if self._first is None:
            self._first = self.kept.first_seen()
        return self._first


def _chunks(names: list[str]) -> Iterator[list[str]]:
    rest = iter(names)
    while chunk := list(islice(rest, CHUNK)):
        yield chunk


def _trouble(failed: Mapping[str, PortError], asked: int) -> str:
    if not failed:
        return ""
    first = next(iter(failed.values()))
    return f"{len(failed)} of {asked} packages could not be asked about: {first.what}"
