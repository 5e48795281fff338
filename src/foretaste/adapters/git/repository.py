"""The port Repository on plain git: tips, merges, landings.

A merge is one `git merge-tree --write-tree` (`joining`) and one commit object that we write
ourselves, with fixed names and the date of the change's commit, so that the same inputs give the same commit. It
is kept alive by a ref under `refs/prospects`, which nobody is shown. Objects and refs are synced
to the disk before anything is said to be there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from foretaste.adapters.git.command import Call
from foretaste.adapters.git.commits import Commits
from foretaste.adapters.git.joining import Joining
from foretaste.adapters.git.objects import Objects
from foretaste.adapters.git.refs import NOTHING, Move, Refs, branch_ref, checked
from foretaste.adapters.git.shelf import Shelf
from foretaste.core.names import Oid, Ref
from foretaste.ports.errors import PermanentError
from foretaste.ports.repository import Clash, Merge, Merged, Swap
from foretaste.report.plain import plain

PROSPECTS: Final = "refs/prospects"
LABEL_LENGTH: Final = 200


class GitRepository:
    """All projects' repositories, on one shelf; `guarded` names the branches that the gate keeps.

    Safe from any thread. It fulfils `foretaste.ports.repository.Repository`.
    """

    def __init__(self, shelf: Shelf, guarded: Callable[[], Iterable[Ref]]) -> None:
        self._shelf = shelf
        self._guarded = guarded
        self._refs = Refs(shelf)
        self._objects = Objects(shelf)
        self._commits = Commits(shelf)
        self._joining = Joining(shelf)

    def tip(self, ref: Ref) -> Oid | None:
        """Return what the branch points at, None where there is no such branch."""
        return self._refs.read(ref.project, branch_ref(ref.branch))

    def tips(self) -> Mapping[Ref, Oid]:
        """Return every guarded branch that exists."""
        tips = {ref: self.tip(ref) for ref in self._guarded()}
        return {ref: tip for ref, tip in tips.items() if tip is not None}

    def merge(self, merge: Merge) -> Merged | Clash:
        """Make the merge commit, synced to the disk and kept alive; `Merge.ref` says where.

        Raises:
            TransientError: the disk is full, git is in its own way for a moment.
            PermanentError: a commit is not there.
        """
        project = merge.ref.project
        change = self._objects.commit(project, merge.commit)
        joined = self._joining.join(project, checked(merge.onto), change.oid)
        if isinstance(joined, Clash):
            return joined
        message = f"Merge change {plain(merge.label)[:LABEL_LENGTH]}\n"
        parents = (checked(merge.onto), change.oid)
        commit = self._commits.write(project, joined, parents, (change.date, message))
        # Where the same inputs gave the same commit before, it is kept already.
        self._refs.move(project, [Move(ref=_prospect_ref(commit), old=NOTHING, new=commit)])
        return Merged(commit=commit, tree=joined)

    def swap(self, project: str, swaps: tuple[Swap, ...]) -> bool:
        """Move the branches of one project, all or none; False where one was not at `old`.

        Raises:
            TransientError: it may pass.
            PermanentError: git refuses, or a swap is of another project.
        """
        strange = [swap for swap in swaps if swap.ref.project != project]
        if strange:
            raise PermanentError("FT301", f"{strange[0].ref} is no branch of {project}")
        moves = [
            Move(ref=branch_ref(swap.ref.branch), old=swap.old, new=swap.new) for swap in swaps
        ]
        return self._refs.move(project, moves)

    def tree(self, ref: Ref) -> Oid | None:
        """Read back the tree that the branch's tip holds."""
        tip = self.tip(ref)
        return None if tip is None else self._objects.tree(ref.project, tip)

    def contains(self, ref: Ref, commit: Oid) -> bool:
        """Return whether the commit is the branch's tip or an ancestor of it."""
        tip = self.tip(ref)
        if tip is None or tip == commit:
            return tip is not None
        outcome = self._shelf.git.ask(
            self._shelf.path(ref.project),
            Call(
                arguments=("merge-base", "--is-ancestor", checked(commit), tip),
                statuses=(0, 1, 128),
            ),
        )
        # 128: there is no such object here, so the branch does not hold it either.
        return outcome.status == 0

    def prospects(self, project: str) -> frozenset[Oid]:
        """Return the merge commits of the project that are kept alive."""
        return frozenset(self._refs.listed(project, PROSPECTS).values())

    def forget(self, project: str, prospects: Iterable[Oid]) -> None:
        """Keep these merge commits alive no longer; those not kept are passed over.

        Raises:
            TransientError: it may pass.
        """
        kept = self.prospects(project)
        moves = [
            Move(ref=_prospect_ref(oid), old=oid, new=NOTHING) for oid in prospects if oid in kept
        ]
        self._refs.move(project, moves)

    def create_project(self, project: str, branch: str = "main") -> None:
        """Make the project's repository; one that is there already stays as it is.

        Raises:
            UserError: a name is not well formed.
        """
        self._shelf.create(project, branch)

    def set_branch(self, ref: Ref, commit: Oid) -> bool:
        """Create the branch; False where it is there already, at another commit.

        Raises:
            PermanentError: there is no such commit.
        """
        self._objects.commit(ref.project, commit)
        move = Move(ref=branch_ref(ref.branch), old=NOTHING, new=commit)
        return self._refs.move(ref.project, [move]) or self.tip(ref) == commit

    def keep(self, project: str, number: int, revision: int, commit: Oid) -> bool:
        """Create `refs/changes/<number>/<revision>`; again is no harm.

        It never moves: False where it is there at another commit, which the caller must not let
        pass (attack A04).
        """
        name = f"refs/changes/{number:d}/{revision:d}"
        held = self._refs.read(project, name)
        if held is not None:
            return held == commit
        move = Move(ref=name, old=NOTHING, new=checked(commit))
        return self._refs.move(project, [move]) or self._refs.read(project, name) == commit


def _prospect_ref(commit: Oid) -> str:
    """Return the ref that keeps it alive; folders of two signs keep each of them small."""
    return f"{PROSPECTS}/{commit[:2]}/{commit[2:]}"
