"""Asking: what the watcher needs of others: a check of releases, and commits that move files."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from foretaste.core.names import Oid, Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What releases do to a project, as of a commit of one of its branches.

    `base` is what it pins today, in `files`. Everything newer counts, as of `as_of` by upload time,
    but for what `excluded` rules out (specifiers by name, such as "!=2.1.0,!=2.1.1"). `trials` may
    run at once, `budget` in all.
    """

    ref: Ref
    commit: Oid
    base: Mapping[str, str]
    as_of: datetime
    files: tuple[str, ...] = ()
    excluded: Mapping[str, str] = field(default_factory=dict)
    trials: int = 1
    budget: int = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedBump:
    """What came of a question.

    `verdict` is accept, reject or undecided; `accepted` is what may go on together and was tested
    as that, `removed` what nothing needs any more, `held` by name why the rest may not ("needs
    werkzeug"). `caps` are specifiers to hold it with, `noticed` what a reader should
    know of what moved (code that runs at start, scripts that changed). `why` is a sentence where nothing could be
    said. `report` is Markdown for people. What only builds the project is no part of it.
    """

    verdict: str
    accepted: Mapping[str, str] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    held: Mapping[str, str] = field(default_factory=dict)
    caps: Mapping[str, str] = field(default_factory=dict)
    noticed: tuple[str, ...] = ()
    why: str = ""
    report: str = ""


class Checker(Protocol):
    """Finds out what releases do to a project."""

    def check(self, question: Question, stop: threading.Event) -> CheckedBump:
        """Return what came of it; may take minutes.

        When `stop` is set, nobody waits for the answer any more: trials are ended, and whatever
        is returned counts for nothing.

        Raises:
            PortError: it could not be found out.
        """
        ...


class Writer(Protocol):
    """Makes commits that change files."""

    def commit(
        self, project: str, onto: Oid, files: Mapping[str, bytes], dated: tuple[int, str]
    ) -> Oid:
        """Return a commit on `onto` with these files changed; the same inputs, the same commit.

        `dated` is its date (seconds since 1970 UTC) and message. No ref moves.

        Raises:
            TransientError: the disk is full.
            PermanentError: there is no such commit.
        """
        ...
