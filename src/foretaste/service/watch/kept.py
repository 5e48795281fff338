"""Kept: what checks have said, and what was proposed; one file for each branch, below one folder.

It is no log and no queue: were a file lost, its questions would be asked once more, and the change
that is open would be found again by its topic. A file is put in place whole, so a reader sees the
old one or the new one, and a gate that is killed in between has lost nothing that it acted on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

from foretaste.core.names import ChangeId, Oid, Ref
from foretaste.ports.errors import TransientError
from foretaste.service.watch.asking import CheckedBump
from foretaste.service.watch.offers import Candidate

Complain = Callable[[str], None]
"""Is told what a person should look at."""

MOST_JUDGED = 12
"""Answers that are kept of a branch: those to young releases are asked for again days later."""
MOST_OURS = 20
"""Commits of our own that are known again; only the newest few can be a change's last."""
MOST_SEEN = 100_000
"""Files of which it is kept when they were first seen, the newest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What a check said of one subject: the candidates that were asked about, and the answer.

    `at` is in seconds since 1970 (UTC), `commit` the tip that was checked.
    """

    subject: str
    at: float
    commit: Oid
    candidates: tuple[Candidate, ...]
    bump: CheckedBump


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What was proposed last: `want` names the lock and where it is moved, `commit` is ours.

    `candidates` are the releases that it moves to, with their files.
    """

    want: str
    subject: str
    commit: Oid
    change: ChangeId
    at: float
    candidates: tuple[Candidate, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is kept of one branch; `note` says why its last proposal was taken back, or "".

    `ours` are the commits that were proposed, the newest first: a bump at any other commit was
    pushed to by somebody else.
    """

    judged: tuple[Judged, ...] = ()
    proposed: Proposed | None = None
    note: str = ""
    ours: tuple[Oid, ...] = ()

    def of(self, subject: str) -> Judged | None:
        """Return what was said of a subject."""
        return next((each for each in self.judged if each.subject == subject), None)

    def with_answer(self, judged: Judged) -> Record:
        """Return the record with a new answer, the newest first."""
        rest = tuple(each for each in self.judged if each.subject != judged.subject)
        return replace(self, judged=(judged, *rest)[:MOST_JUDGED])

    def with_proposal(self, proposed: Proposed) -> Record:
        """Return the record with a new proposal."""
        ours = tuple(dict.fromkeys((proposed.commit, *self.ours)))[:MOST_OURS]
        return replace(self, proposed=proposed, note="", ours=ours)


class Kept:
    """The records of all branches, below `folder`; `complain` is told of one that is damaged."""

    def __init__(self, folder: Path, complain: Complain) -> None:
        self._folder = folder
        self._complain = complain
        self._records: dict[Ref, Record] = {}

    def record(self, ref: Ref) -> Record:
        """Return what is kept of a branch, an empty record where nothing is."""
        if ref not in self._records:
            self._records[ref] = self._read(ref)
        return self._records[ref]

    def keep(self, ref: Ref, record: Record) -> None:
        """Keep a record; when this returns, it is on the disk.

        Raises:
            TransientError: it cannot be written.
        """
        if record != self.record(ref):
            self._write(self._path(ref), asdict(record))
            self._records[ref] = record

    def first_seen(self) -> dict[str, float]:
        """Return when files that tell no upload time were first seen."""
        read = self._load(self._folder / "seen.json")
        return {str(key): float(at) for key, at in read.items()} if read else {}

    def keep_seen(self, seen: Mapping[str, float]) -> None:
        """Keep when files were first seen.

        Raises:
            TransientError: it cannot be written.
        """
        newest = sorted(seen.items(), key=lambda each: each[1])[-MOST_SEEN:]
        self._write(self._folder / "seen.json", dict(newest))

    def _path(self, ref: Ref) -> Path:
        return self._folder / quote(ref.project, safe="") / f"{quote(ref.branch, safe='')}.json"

    def _read(self, ref: Ref) -> Record:
        path = self._path(ref)
        read = self._load(path)
        try:
            return _record(read) if read else Record()
        except (KeyError, TypeError, ValueError) as error:
            self._complain(f"{path} cannot be used and is begun anew: {error!r}")
            return Record()

    def _load(self, path: Path) -> dict[str, Any]:
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            self._complain(f"{path} cannot be read and is begun anew: {error}")
            return {}
        return found if isinstance(found, dict) else {}

    def _write(self, path: Path, data: Mapping[str, Any]) -> None:
        fresh = path.with_name(f"{path.name}.new")
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with fresh.open("w", encoding="utf-8") as file:
                json.dump(data, file)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        except OSError as error:
            hint = "it is tried again"
            raise TransientError(
                "FT943", f"what checks say cannot be kept: {error}", where=str(path), hint=hint
            ) from error


def _record(data: Mapping[str, Any]) -> Record:
    proposed = data["proposed"]
    return Record(
        judged=tuple(map(_judged, data["judged"])),
        proposed=None if proposed is None else _proposed(proposed),
        note=data["note"],
        ours=tuple(data["ours"]),
    )


def _judged(data: Mapping[str, Any]) -> Judged:
    told = data["bump"]
    lists = {key: tuple(told[key]) for key in ("removed", "noticed")}
    bump = {**told, **lists}
    candidates = tuple(map(_candidate, data["candidates"]))
    return Judged(**{**data, "candidates": candidates, "bump": CheckedBump(**bump)})


def _proposed(data: Mapping[str, Any]) -> Proposed:
    return Proposed(**{**data, "candidates": tuple(map(_candidate, data["candidates"]))})


def _candidate(data: Mapping[str, Any]) -> Candidate:
    files = tuple((str(name), str(digest)) for name, digest in data["files"])
    return Candidate(**{**data, "files": files})
