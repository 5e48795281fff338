"""Index: what a package index shows of a project (the simple API as JSON: PEP 691, PEP 700)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from foretaste.ports.errors import PortError


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFile:
    """One file of a release.

    `kind` is "wheel" or "sdist"; `version` is normalised (PEP 440). `sha256` is "" where the
    index gives none, `uploaded` (UTC) None where it does not say. `yanked` is None, or the reason
    that was given ("" for none).
    """

    filename: str
    kind: str
    version: str
    url: str
    sha256: str = ""
    requires_python: str = ""
    uploaded: datetime | None = None
    yanked: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexPage:
    """All files of a project, as the index showed them; `serial` is its `_last-serial`, or 0.

    `notes` say, in words, what no index should do and this one did between two looks of ours:
    files that are gone, or have other bytes under the same name.
    """

    name: str
    files: tuple[IndexFile, ...]
    serial: int = 0
    notes: tuple[str, ...] = ()


class Index(Protocol):
    """Shows projects' files; keeps what it saw and asks whether it changed."""

    def page(self, name: str) -> IndexPage:
        """Return a project's files, asked anew (conditionally).

        Raises:
            UserError: the index has no such project.
            TransientError: the index is out of reach.
        """
        ...

    def pages(self, names: Iterable[str]) -> Mapping[str, IndexPage | PortError]:
        """Return several projects' files at once, or why there are none, by normalised name."""
        ...
