"""Edits: commits that change some files of another commit, made without a working folder."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from foretaste.adapters.git.command import Call
from foretaste.adapters.git.commits import Commits
from foretaste.adapters.git.objects import Objects
from foretaste.adapters.git.refs import checked
from foretaste.adapters.git.shelf import SCRATCH, Shelf
from foretaste.core.names import Oid
from foretaste.ports.errors import PermanentError

PLAIN = "100644"


class Edits:
    """Makes commits by changing files; safe from any thread."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._commits = Commits(shelf)
        self._objects = Objects(shelf)

    def commit(
        self, project: str, onto: Oid, files: Mapping[str, bytes], dated: tuple[int, str]
    ) -> Oid:
        """Return a commit on `onto` with these files changed; the same inputs, the same commit.

        A file keeps its mode. What stands there and is no file is not written over. `dated` is the
        commit's date (seconds since 1970 UTC) and message. No ref moves.

        Raises:
            TransientError: the disk is full.
            PermanentError: there is no such commit, or a path is a link or a folder in it, or leads
                out of it.
        """
        below = self._objects.commit(project, onto)
        modes = self._modes(project, below.oid, files)
        repository = self._shelf.path(project)
        with tempfile.TemporaryDirectory(dir=repository, prefix=SCRATCH) as scratch:
            extra = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
            read = Call(arguments=("read-tree", below.tree), extra=extra)
            self._shelf.git.ask(repository, read)
            entries = "".join(
                f"{modes[path]} {self._written(project, raw)}\t{path}\0"
                for path, raw in sorted(files.items())
            )
            listed = ("update-index", "-z", "--index-info")
            self._shelf.git.ask(
                repository, Call(arguments=listed, stdin=os.fsencode(entries), extra=extra)
            )
            tree = self._shelf.git.ask(repository, Call(arguments=("write-tree",), extra=extra))
        return self._commits.write(project, checked(tree.text), (below.oid,), dated)

    def _modes(self, project: str, onto: Oid, files: Mapping[str, bytes]) -> dict[str, str]:
        """Return the mode that each path has, that of a plain file where it is new."""
        strange = [path for path in files if not _plain(path)]
        if strange:
            raise PermanentError("FT303", f"{strange[0]!r} cannot be a file of {project}")
        listed = Call(arguments=("ls-tree", "-z", onto, "--", *sorted(files)))
        found = self._shelf.git.ask(self._shelf.path(project), listed).out
        modes = dict.fromkeys(files, PLAIN)
        for entry in filter(None, os.fsdecode(found).split("\0")):
            head, _, path = entry.partition("\t")
            mode, kind, _ = head.split(" ")
            if kind != "blob" or mode == "120000":
                raise PermanentError("FT303", f"{path} of {project} is no file", where=path)
            modes[path] = mode
        return modes

    def _written(self, project: str, raw: bytes) -> Oid:
        """Write a file's content as an object, and return its id."""
        repository = self._shelf.path(project)
        call = Call(arguments=("hash-object", "-w", "--no-filters", "--stdin"), stdin=raw)
        return checked(self._shelf.git.ask(repository, call).text)


def _plain(path: str) -> bool:
    """Whether git takes the path for a file's; of others it only says so, and leaves them out."""
    parts = path.split("/")
    return path.isprintable() and not any(part.lower() in {"", ".", "..", ".git"} for part in parts)
