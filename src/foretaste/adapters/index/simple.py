"""The port Index on the simple API: pages of projects, asked for conditionally, kept on disk.

An index that sends an ETag or a date says in a few bytes that nothing is new. Of one that does
not (some mirrors), the whole page comes each time; its digest then tells that it is the same,
and nothing is read or written again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from foretaste.adapters.index.asking import Answer, Asking
from foretaste.adapters.index.kept import Kept, Shelf
from foretaste.adapters.index.names import normalised
from foretaste.adapters.index.reading import read_page
from foretaste.ports.clock import Clock
from foretaste.ports.errors import PortError, TransientError, UserError
from foretaste.ports.index import IndexPage

# At once; what installers use against the same indexes.
CONNECTIONS = 16
# A page that was asked for so many seconds ago is not asked for again: one check asks for the
# same page for its base, its candidate and its report.
FRESH = 30.0
# Of a page; the latest are kept.
MOST_NOTES = 20


class SimpleIndex:
    """Shows projects of the indexes at `addresses`, the first that has one.

    Pages are kept below `folder`; offline, what is kept is what there is.
    """

    def __init__(
        self,
        folder: Path,
        addresses: Sequence[str],
        clock: Clock,
        *,
        offline: bool = False,
        wait: Callable[[float], object] | None = None,
    ) -> None:
        self._addresses = tuple(address.rstrip("/") for address in addresses)
        self._clock = clock
        self._offline = offline
        self._asking = Asking(clock, CONNECTIONS, wait)
        self._shelves = {
            address: Shelf(folder / hashlib.sha256(address.encode()).hexdigest()[:16])
            for address in self._addresses
        }

    def page(self, name: str) -> IndexPage:
        """Return a project's files, asked anew where the last time is not a moment ago.

        Raises:
            UserError: the index has no such project, does not let us in, or the name is none.
            TransientError: the index is out of reach, or what it answers cannot be used.
        """
        name = normalised(name)
        for address in self._addresses:
            page = self._page_of(address, name)
            if page is not None:
                return page
        if self._offline:
            raise TransientError(
                "FT624", f"offline, and {name} was not looked at before", hint="run it once online"
            )
        raise UserError("FT640", f"the index has no project {name}")

    def pages(self, names: Iterable[str]) -> Mapping[str, IndexPage | PortError]:
        """Return several projects' files at once, or why there are none, by normalised name.

        A name that is none stands there as it was given.
        """
        wanted = tuple(dict.fromkeys(names))
        if not wanted:
            return {}
        with ThreadPoolExecutor(max_workers=min(CONNECTIONS, len(wanted))) as pool:
            return dict(pool.map(self._either, wanted))

    def close(self) -> None:
        """Give the connections to the index up."""
        self._asking.close()

    def _either(self, name: str) -> tuple[str, IndexPage | PortError]:
        try:
            page = self.page(name)
        except PortError as error:
            try:
                return normalised(name), error
            except UserError:
                return name, error
        return page.name, page

    def _page_of(self, address: str, name: str) -> IndexPage | None:
        """Return what one index has of a project, None for nothing."""
        shelf = self._shelves[address]
        kept = shelf.get(name)
        now = self._clock.wall()
        if self._offline or (kept is not None and 0 <= now - kept.at < FRESH):
            return kept.page if kept is not None else None
        answer = self._asking.ask(f"{address}/{name}/", _conditions(kept))
        if answer is None:
            return None
        known = _known(name, answer, kept, now)
        shelf.put(known)
        return known.page


def _conditions(kept: Kept | None) -> dict[str, str]:
    if kept is None:
        return {}
    if kept.etag:
        return {"If-None-Match": kept.etag}
    return {"If-Modified-Since": kept.modified} if kept.modified else {}


def _known(name: str, answer: Answer, kept: Kept | None, now: float) -> Kept:
    """Return what is known of a page after an answer.

    Raises:
        TransientError: the answer cannot be used.
    """
    if answer.data is None:
        if kept is None:
            raise TransientError("FT642", f"the index says that {name} has not changed, unasked")
        return kept.seen(now)
    digest = hashlib.sha256(answer.data).hexdigest()
    if kept is not None and kept.digest == digest:
        page = kept.page
    else:
        page = read_page(name, answer.data, answer.kind, answer.address)
        if kept is not None:
            page = replace(page, notes=(*kept.page.notes, *_changed(kept.page, page))[-MOST_NOTES:])
    return Kept(page=page, at=now, digest=digest, etag=answer.etag, modified=answer.modified)


def _changed(before: IndexPage, after: IndexPage) -> Iterator[str]:
    """Yield what was taken away from a page, or replaced on it."""
    now = {each.filename: each for each in after.files}
    for each in before.files:
        found = now.get(each.filename)
        if found is None:
            yield f"{each.filename} was on the index before, and is gone"
        elif each.sha256 and found.sha256 != each.sha256:
            yield f"{each.filename} has other bytes than it had before"
