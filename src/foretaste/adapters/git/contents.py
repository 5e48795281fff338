"""What the gate reads of commits: files, trees, and what a change touches.

It fulfils `foretaste.service.jobs.Contents`. Nothing is checked out.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from functools import lru_cache
from typing import Final

from foretaste.adapters.git.command import Call
from foretaste.adapters.git.objects import Objects
from foretaste.adapters.git.refs import Refs, branch_ref, checked
from foretaste.adapters.git.shelf import Shelf
from foretaste.core.names import Oid, Ref

# What a commit holds never changes. The same few small files are read of each prospect when it is
# made, when it lands, and as the target of those behind it; 64 MiB at most are kept.
MOST_KEPT: Final = 1024
LARGEST_KEPT: Final = 2**16


class GitContents:
    """Reads commits on a shelf; safe from any thread."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._objects = Objects(shelf)
        self._refs = Refs(shelf)
        self._tree = lru_cache(MOST_KEPT)(self._objects.tree)
        self._kept: OrderedDict[tuple[str, str, str], bytes | None] = OrderedDict()
        self._lock = threading.Lock()

    def read(self, project: str, commit: str, path: str) -> bytes | None:
        """Return a file's bytes, None where the commit has no such file."""
        key = (project, commit, path)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        found = self._objects.file(project, commit, path)
        if found is None or len(found) <= LARGEST_KEPT:
            self._keep(key, found)
        return found

    def paths(self, project: str, commit: str) -> tuple[str, ...]:
        """Return the paths of all files of the commit."""
        return self._names(project, "ls-tree", "-r", "-z", "--name-only", checked(commit))

    def tree(self, project: str, commit: str) -> Oid:
        """Return the id of the commit's tree."""
        return self._tree(project, commit)

    def changed(self, project: str, target: str, commit: str) -> tuple[str, ...]:
        """Return the paths that `commit` changes since it left the history of `target`."""
        between = f"{checked(target)}...{checked(commit)}"
        asked = ("diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", between)
        return self._names(project, *asked)

    def tip(self, ref: Ref) -> Oid | None:
        """Return what the branch points at now, None where there is no such branch."""
        return self._refs.read(ref.project, branch_ref(ref.branch))

    def _keep(self, key: tuple[str, str, str], content: bytes | None) -> None:
        with self._lock:
            self._kept[key] = content
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)

    def _names(self, project: str, *arguments: str) -> tuple[str, ...]:
        outcome = self._shelf.git.ask(self._shelf.path(project), Call(arguments=arguments))
        return tuple(os.fsdecode(name) for name in outcome.out.split(b"\0") if name)
