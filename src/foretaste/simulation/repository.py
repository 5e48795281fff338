"""The repositories of a world in memory: commits, three-way merges by file, compare-and-swap."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from foretaste.core.names import Oid, ProjectName, Ref
from foretaste.ports.errors import PermanentError
from foretaste.ports.repository import Clash, Merge, Merged, Swap

Files = Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """A commit: its parents and every file that it holds."""

    parents: tuple[Oid, ...]
    files: Files


@dataclass(slots=True)
class MemoryRepository:
    """Keeps commits and branches in memory; the twin of the git adapter.

    `guarded` names the branches that the gate keeps: all, where it is not given.
    """

    commits: dict[Oid, Commit] = field(default_factory=dict)
    branches: dict[Ref, Oid] = field(default_factory=dict)
    guarded: Callable[[], Iterable[Ref]] | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def commit(self, files: Files, *parents: Oid) -> Oid:
        """Add a commit; the same parents and files give the same id."""
        text = json.dumps([sorted(files.items()), parents])
        oid = Oid(hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())
        self.commits[oid] = Commit(parents=parents, files=dict(files))
        return oid

    def files(self, oid: Oid) -> Files:
        """Return the files of a commit.

        Raises:
            PermanentError: there is no such commit.
        """
        if oid not in self.commits:
            raise PermanentError("FT540", f"commit {oid} is not there")
        return self.commits[oid].files

    def ancestors(self, oid: Oid) -> Iterator[Oid]:
        """Yield a commit and everything below it, nearest first."""
        seen, work = {oid}, [oid]
        while work:
            node = work.pop(0)
            yield node
            fresh = [parent for parent in self.commits[node].parents if parent not in seen]
            seen.update(fresh)
            work.extend(fresh)

    def tip(self, ref: Ref) -> Oid | None:
        """Return what the branch points at."""
        return self.branches.get(ref)

    def tips(self) -> Mapping[Ref, Oid]:
        """Return every guarded branch that exists."""
        branches = dict(self.branches)
        guarded = branches if self.guarded is None else self.guarded()
        return {ref: branches[ref] for ref in guarded if ref in branches}

    def merge(self, merge: Merge) -> Merged | Clash:
        """Merge by file: who alone changed a file wins, two who changed it differently clash."""
        ours, theirs = self.files(merge.onto), self.files(merge.commit)
        below = set(self.ancestors(merge.onto))
        base_oid = next((oid for oid in self.ancestors(merge.commit) if oid in below), None)
        if base_oid is None:
            return Clash(paths=(), detail="the change shares no history with the branch")
        base = self.files(base_oid)
        merged, clashes = {}, []
        for path in sorted({*base, *ours, *theirs}):
            was, our, their = base.get(path), ours.get(path), theirs.get(path)
            if our not in {was, their} and their != was:
                clashes.append(path)
                continue
            kept = their if our == was else our
            if kept is not None:
                merged[path] = kept
        if clashes:
            return Clash(paths=tuple(clashes))
        commit = self.commit(merged, merge.onto, merge.commit)
        return Merged(commit=commit, tree=tree_id(merged))

    def swap(self, project: str, swaps: tuple[Swap, ...]) -> bool:
        """Move the branches of one project, all or none.

        Raises:
            PermanentError: a swap is of another project, or to a commit that is not there.
        """
        foreign = [swap.ref for swap in swaps if swap.ref.project != ProjectName(project)]
        if foreign:
            raise PermanentError("FT541", f"{foreign[0].project} is not {project}")
        with self._lock:
            if any(self.branches.get(swap.ref) != swap.old for swap in swaps):
                return False
            for swap in swaps:
                self.files(swap.new)
            self.branches.update({swap.ref: swap.new for swap in swaps})
        return True

    def tree(self, ref: Ref) -> Oid | None:
        """Return the id of the tree that the branch's tip holds."""
        tip = self.branches.get(ref)
        return None if tip is None else tree_id(self.files(tip))

    def contains(self, ref: Ref, commit: Oid) -> bool:
        """Return whether the commit is the branch's tip or an ancestor of it."""
        tip = self.branches.get(ref)
        return tip is not None and commit in self.ancestors(tip)


def tree_id(files: Files) -> Oid:
    """Return the id of a tree: equal files, equal id."""
    text = json.dumps(sorted(files.items()))
    return Oid(hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())
