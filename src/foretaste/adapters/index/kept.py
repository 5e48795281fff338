"""Kept: pages as they were last seen, on disk, with what tells whether they have changed."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from foretaste.ports.errors import TransientError
from foretaste.ports.index import IndexFile, IndexPage

_FORMAT = 2
# Pages; a large one takes 3 MB.
MOST_IN_MEMORY = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A page, and when it was last known to be so (wall time, seconds).

    `etag` and `modified` are asked with the next time, "" where the index gave none; `digest`
    (sha256) is that of the bytes that were read.
    """

    page: IndexPage
    at: float
    digest: str
    etag: str = ""
    modified: str = ""

    def seen(self, at: float) -> Kept:
        """Return the same page, known to be so at a later time."""
        return replace(self, at=at)


class Shelf:
    """Keeps pages below `folder`, one file each; those used last in memory too, as on disk."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: OrderedDict[str, Kept] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, name: str) -> Kept | None:
        """Return what is kept of a project, None where nothing is or it cannot be read."""
        known = self._known.get(name)
        if known is None:
            try:
                known = _loaded(name, json.loads(self._path(name).read_bytes()))
            except (OSError, ValueError, KeyError, TypeError):
                return None
        self._remember(known)
        return known

    def put(self, kept: Kept) -> None:
        """Keep a page; one that only was asked for again is not written again.

        Raises:
            TransientError: the disk is full.
        """
        before = self._known.get(kept.page.name)
        self._remember(kept)
        if before is not None and before.seen(kept.at) == kept:
            return
        path = self._path(kept.page.name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(path, json.dumps(_dumped(kept), separators=(",", ":")))
        except OSError as error:
            raise TransientError("FT628", f"a page of the index cannot be kept: {error}") from error

    def _remember(self, kept: Kept) -> None:
        with self._lock:
            self._known[kept.page.name] = kept
            self._known.move_to_end(kept.page.name)
            while len(self._known) > MOST_IN_MEMORY:
                self._known.popitem(last=False)

    def _path(self, name: str) -> Path:
        return self._folder / f"{name}.json"


def _write(path: Path, text: str) -> None:
    descriptor, made = tempfile.mkstemp(dir=path.parent, prefix=".page-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        Path(made).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(made).unlink()
        raise


def _dumped(kept: Kept) -> Mapping[str, Any]:
    return {
        "format": _FORMAT,
        "at": kept.at,
        "digest": kept.digest,
        "etag": kept.etag,
        "modified": kept.modified,
        "serial": kept.page.serial,
        "notes": kept.page.notes,
        "files": [
            {**asdict(each), "uploaded": each.uploaded.isoformat() if each.uploaded else ""}
            for each in kept.page.files
        ],
    }


def _loaded(name: str, said: Mapping[str, Any]) -> Kept:
    if said["format"] != _FORMAT:
        raise ValueError(said["format"])
    files = tuple(
        IndexFile(**{**each, "uploaded": _moment(each["uploaded"])}) for each in said["files"]
    )
    return Kept(
        page=IndexPage(
            name=name, files=files, serial=int(said["serial"]), notes=tuple(said["notes"])
        ),
        at=float(said["at"]),
        digest=said["digest"],
        etag=said["etag"],
        modified=said["modified"],
    )


def _moment(text: str) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
