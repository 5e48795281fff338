"""The repositories: tips, merges, landings. Plain git underneath, or a world in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from foretaste.core.names import Oid, Ref


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Put `commit` (a change's revision) on top of `onto`, which `ref` would point at.

    `label` names the change in the merge's message.
    """

    ref: Ref
    onto: Oid
    commit: Oid
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Merged:
    """The merge commit and its tree; the same inputs give the same commit."""

    commit: Oid
    tree: Oid


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """The merge cannot be made; `paths` conflict."""

    paths: tuple[str, ...]
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Swap:
    """Move `ref` from `old` to `new`."""

    ref: Ref
    old: Oid
    new: Oid


class Repository(Protocol):
    """All projects' repositories."""

    def tip(self, ref: Ref) -> Oid | None:
        """Return what the branch points at, None where there is no such branch."""
        ...

    def tips(self) -> Mapping[Ref, Oid]:
        """Return every guarded branch that exists."""
        ...

    def merge(self, merge: Merge) -> Merged | Clash:
        """Make the merge commit, with fixed author, committer and date, and keep it alive.

        Raises:
            TransientError: the disk is full, a stale lock that will be gone.
            PermanentError: a commit is not there.
        """
        ...

    def swap(self, project: str, swaps: tuple[Swap, ...]) -> bool:
        """Move the branches of one project, all or none; False where one was not at `old`.

        Raises:
            TransientError: it may pass.
            PermanentError: the host refuses.
        """
        ...

    def tree(self, ref: Ref) -> Oid | None:
        """Read back the tree that the branch's tip holds."""
        ...

    def contains(self, ref: Ref, commit: Oid) -> bool:
        """Return whether the commit is the branch's tip or an ancestor of it."""
        ...
