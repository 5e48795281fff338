"""What a watcher is given in tests: an index in memory, and a checker that answers as told."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from foretaste.ports.errors import PortError, TransientError, UserError
from foretaste.ports.index import IndexFile, IndexPage
from foretaste.service.watch.asking import CheckedBump, Question

DEADLINE = 20.0
DAY = 86400.0


@dataclass
class MemoryIndex:
    """An index whose releases a test adds, yanks, replaces and takes away; safe from any thread.

    `asked` holds the names of each call. Of a name in `down`, and of all where `out` is set,
    nothing can be had.
    """

    files: dict[str, dict[str, IndexFile]] = field(default_factory=dict)
    asked: list[tuple[str, ...]] = field(default_factory=list)
    down: set[str] = field(default_factory=set)
    out: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(
        self,
        name: str,
        version: str,
        at: float | None = 0.0,
        *,
        data: bytes = b"",
        kind: str = "wheel",
    ) -> IndexFile:
        """Upload a file of a release at a time (seconds since 1970; None: the index tells none)."""
        tail = "-py3-none-any.whl" if kind == "wheel" else ".tar.gz"
        filename = f"{name}-{version}{tail}"
        file = IndexFile(
            filename=filename,
            kind=kind,
            version=version,
            url=f"http://index.test/{filename}",
            sha256=hashlib.sha256(data or filename.encode()).hexdigest(),
            uploaded=None if at is None else datetime.fromtimestamp(at, UTC),
        )
        with self.lock:
            self.files.setdefault(name, {})[filename] = file
        return file

    def yank(self, name: str, version: str, why: str = "") -> None:
        """Yank all files of a release."""
        with self.lock:
            for filename, file in self.files[name].items():
                if file.version == version:
                    self.files[name][filename] = _yanked(file, why)

    def remove(self, name: str, version: str) -> None:
        """Take a release away."""
        with self.lock:
            self.files[name] = {
                filename: file
                for filename, file in self.files[name].items()
                if file.version != version
            }

    def page(self, name: str) -> IndexPage:
        """Return a project's files."""
        found = self.pages([name])[name]
        if isinstance(found, PortError):
            raise found
        return found

    def pages(self, names: Iterable[str]) -> Mapping[str, IndexPage | PortError]:
        """Return several projects' files."""
        with self.lock:
            asked = tuple(names)
            self.asked.append(asked)
            return {name: self._page(name) for name in asked}

    def _page(self, name: str) -> IndexPage | PortError:
        if self.out or name in self.down:
            return TransientError("FT623", "the index is out of reach")
        if name not in self.files:
            return UserError("FT681", f"the index has no {name}")
        return IndexPage(name=name, files=tuple(self.files[name].values()))


def _yanked(file: IndexFile, why: str) -> IndexFile:
    return IndexFile(
        filename=file.filename,
        kind=file.kind,
        version=file.version,
        url=file.url,
        sha256=file.sha256,
        uploaded=file.uploaded,
        yanked=why,
    )


@dataclass
class ToldChecker:
    """Answers with what `answer` says; it lets everything newest go on unless a test says more.

    While `gate` is not set, a check waits (or until it is stopped). `index` tells what is newest.
    """

    index: MemoryIndex
    answer: Callable[[Question], CheckedBump | PortError] | None = None
    gate: threading.Event = field(default_factory=threading.Event)
    began: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    asked: list[Question] = field(default_factory=list)
    stopped: list[Question] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Let checks answer at once."""
        self.gate.set()

    def check(self, question: Question, stop: threading.Event) -> CheckedBump:
        """Return what the test says."""
        self.asked.append(question)
        self.began.release()
        while not self.gate.wait(0.01):
            if stop.is_set():
                self.stopped.append(question)
                return CheckedBump(verdict="undecided", why="stopped")
        answer = self._newest(question) if self.answer is None else self.answer(question)
        if isinstance(answer, PortError):
            raise answer
        return answer

    def _newest(self, question: Question) -> CheckedBump:
        accepted = {}
        for name, pinned in question.base.items():
            ruled_out = question.excluded.get(name, "")
            versions = [
                file.version
                for file in self.index.files.get(name, {}).values()
                if file.yanked is None
                and f"!={file.version}" not in ruled_out.split(",")
                and (file.uploaded is None or file.uploaded <= question.as_of)
            ]
            newest = max(versions, default=pinned)
            if newest != pinned:
                accepted[name] = newest
        return CheckedBump(verdict="accept", accepted=accepted, report="# All of it passes\n")
