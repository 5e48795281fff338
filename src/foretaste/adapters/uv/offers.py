"""Offers: what an index had of a project at a time, by upload time, for one interpreter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from packaging.version import Version

from foretaste.adapters.uv.fitting import Fitting, fitting
from foretaste.adapters.uv.interpreters import Interpreter
from foretaste.ports.index import IndexFile, IndexPage

# How Python 2.7 was built on Linux; uv counts on the other way.
_UNSEEN = "-cp27mu-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One release at a time, and now.

    `files` are all that the index has of it today, `then` those that fitted and could be had then.
    """

    version: Version
    interpreter: Interpreter
    files: tuple[IndexFile, ...]
    then: Fitting

    @property
    def now(self) -> Fitting:
        """The files that fit and can be had today."""
        return fitting(self.files, self.interpreter)

    @property
    def yanked(self) -> bool:
        """Whether it has been withdrawn, since or then: the index does not say when."""
        return all(each.yanked is not None for each in self.files)

    @property
    def is_there(self) -> bool:
        """Whether it could be had then, as a wheel or by building it."""
        return bool(self.then.wheels) or self.then.sdist is not None

    @property
    def is_plain(self) -> bool:
        """Whether uv finds it by itself: a wheel that was there then and is not withdrawn."""
        return any(
            each.yanked is None and _UNSEEN not in each.filename for each in self.then.wheels
        )


def offers_of(
    page: IndexPage, interpreter: Interpreter, as_of: datetime | None, least: Version | None
) -> Mapping[Version, Offer]:
    """Return the releases of a project from version `least` on (None: all), by version."""
    files: dict[Version, list[IndexFile]] = {}
    for each in page.files:
        version = Version(each.version)
        if least is None or version >= least:
            files.setdefault(version, []).append(each)
    return {
        version: Offer(
            version=version,
            interpreter=interpreter,
            files=tuple(group),
            then=fitting(_by(group, as_of), interpreter),
        )
        for version, group in files.items()
    }


def _by(files: Iterable[IndexFile], as_of: datetime | None) -> Iterable[IndexFile]:
    """Return the files that had been uploaded by then; without an upload time, none was."""
    if as_of is None:
        return files
    return [each for each in files if each.uploaded is not None and each.uploaded < as_of]


def tells_time(page: IndexPage) -> bool:
    """Whether the index says of anything of the project when it was uploaded."""
    return not page.files or any(each.uploaded is not None for each in page.files)
