"""Objects: commits and files read from a repository by a process that stays."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeVar

from foretaste.adapters.git.command import failure
from foretaste.adapters.git.conversation import Answers, ConversationEndedError
from foretaste.adapters.git.refs import checked
from foretaste.adapters.git.shelf import READ, Shelf
from foretaste.core.names import Oid
from foretaste.ports.errors import PermanentError

# What the gate itself reads from a tree are settings and locks; 16 MiB is a hundred times those.
FILE_LIMIT: Final = 16 * 2**20
COMMIT_LIMIT: Final = 2**20
COMMITS_KNOWN: Final = 1024
# Seconds since 1970; git itself cannot say more than this everywhere.
LATEST: Final = 2**32 - 1

T = TypeVar("T")

_HEADER = re.compile(rb"([0-9a-f]{40,64}) (commit|tree|blob|tag) (\d+)")
_DATED = re.compile(rb"committer .*> (\d{1,12}) [+-]\d{4}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """One commit as git keeps it; `date` is the committer's, in seconds since 1970 UTC."""

    oid: Oid
    tree: Oid
    parents: tuple[Oid, ...]
    date: int
    message: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What git says of an object before it shows it."""

    oid: Oid
    kind: str
    size: int


class Objects:
    """The objects of all repositories on the shelf."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        # A commit that was there once is there for good: nothing is ever pruned.
        self._there = lru_cache(COMMITS_KNOWN)(self.tree)

    def commit(self, project: str, oid: str) -> Commit:
        """Return the commit with this full object id.

        Raises:
            PermanentError: there is no such commit, or it is larger than anyone's is.
        """
        found = self._info(project, checked(oid))
        if found is None or found.kind != "commit" or found.size > COMMIT_LIMIT:
            raise PermanentError("FT303", f"{project} has no commit {oid}")
        return _parsed(found.oid, self._contents(project, found.oid))

    def tree(self, project: str, oid: str) -> Oid:
        """Return the tree of the commit with this full object id.

        Raises:
            PermanentError: there is no such commit.
        """
        found = self._info(project, f"{checked(oid)}^{{tree}}")
        if found is None or found.kind != "tree":
            raise PermanentError("FT303", f"{project} has no commit {oid}")
        return found.oid

    def file(self, project: str, oid: str, path: str) -> bytes | None:
        """Return a file's bytes as the commit has it, links inside the tree followed.

        None where there is no such file: a folder, or a link that leads out, are none.

        Raises:
            PermanentError: the file is larger than `FILE_LIMIT`, or there is no such commit.
        """
        if not _inside(path):
            return None
        found = self._info(project, f"{checked(oid)}:{path}")
        if found is None:
            self._there(project, oid)
            return None
        if found.kind != "blob":
            return None
        if found.size > FILE_LIMIT:
            what = f"{path} has {found.size} bytes, at most {FILE_LIMIT} are read"
            raise PermanentError("FT308", what, where=path)
        return self._contents(project, found.oid)

    def _info(self, project: str, name: str) -> _Found | None:
        return self._ask(project, f"info {name}\n", _header)

    def _contents(self, project: str, oid: Oid) -> bytes:
        return self._ask(project, f"contents {oid}\n", _body)

    def _ask(self, project: str, question: str, read: Callable[[Answers], T]) -> T:
        conversation = self._shelf.conversation(project, READ)
        try:
            return conversation.ask(question.encode("utf-8", "surrogateescape"), read)
        except ConversationEndedError as ended:
            raise failure(f"git cat-file: {ended.said}", self._shelf.path(project)) from None


def _header(answers: Answers) -> _Found | None:
    """Read git's line on an object; None for missing ones and for links that lead nowhere."""
    line = answers.line()
    matched = _HEADER.fullmatch(line)
    if matched is None:
        _skip(line, answers)
        return None
    oid, kind, size = (group.decode() for group in matched.groups())
    return _Found(oid=Oid(oid), kind=kind, size=int(size))


def _skip(line: bytes, answers: Answers) -> None:
    """Read over the rest of an answer for a link: `symlink SIZE`, then the target and a line end."""
    word, _, size = line.partition(b" ")
    if word in {b"dangling", b"loop", b"notdir", b"symlink"} and size.isdigit():
        answers.exactly(int(size) + 1)


def _body(answers: Answers) -> bytes:
    found = _header(answers)
    if found is None:
        raise EOFError
    return answers.exactly(found.size + 1)[:-1]


def _parsed(oid: Oid, raw: bytes) -> Commit:
    head, _, message = raw.partition(b"\n\n")
    lines = head.split(b"\n")
    dated = next((match for line in lines if (match := _DATED.fullmatch(line))), None)
    return Commit(
        oid=oid,
        tree=Oid(lines[0].removeprefix(b"tree ").decode()),
        parents=tuple(
            Oid(line.removeprefix(b"parent ").decode())
            for line in lines[1:]
            if line.startswith(b"parent ")
        ),
        date=min(int(dated.group(1)), LATEST) if dated else 0,
        message=message,
    )


def _inside(path: str) -> bool:
    """Whether the path is plain: relative, without line ends and without `.`, `..` or empties."""
    parts = path.split("/")
    return not any(part in {"", ".", ".."} or not part.isprintable() for part in parts)
