"""Stacks: the commits that a branch does not have yet, lowest first."""

from __future__ import annotations

from typing import Final

from foretaste.adapters.git.command import Call
from foretaste.adapters.git.objects import Commit, Objects
from foretaste.adapters.git.refs import checked
from foretaste.adapters.git.shelf import Shelf
from foretaste.core.names import Oid
from foretaste.ports.errors import UserError

# Each commit of a stack becomes a change with a build of its own; more is no stack but a history.
STACK_LIMIT: Final = 50


class Stacks:
    """Reads stacks from the repositories on the shelf; safe from any thread."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._objects = Objects(shelf)

    def stack(self, project: str, tip: Oid, top: Oid) -> tuple[Commit, ...]:
        """Return the commits from the branch's tip to `top`, each the parent of the next.

        Raises:
            UserError: there are none or too many, one is a merge, or they share no history with
                the branch; the hint says what to do.
            PermanentError: a commit is not there.
        """
        self._objects.commit(project, top)
        oids = self._new(project, tip, top)
        if not oids:
            raise UserError(
                "FT313",
                "nothing to propose: the branch has this commit already",
                hint="commit something on top of the branch, then push again",
            )
        if len(oids) > STACK_LIMIT:
            raise UserError(
                "FT314",
                f"this push would propose more than {STACK_LIMIT} changes",
                hint="fetch and rebase onto the branch, or squash; then push again",
            )
        commits = tuple(self._objects.commit(project, oid) for oid in oids)
        _refuse_merges(commits)
        self._refuse_strangers(project, tip, commits[0])
        return commits

    def _new(self, project: str, tip: Oid, top: Oid) -> list[str]:
        arguments = (
            "rev-list",
            "--topo-order",
            "--reverse",
            f"--max-count={STACK_LIMIT + 1}",
            "--end-of-options",
            checked(top),
            f"^{checked(tip)}",
        )
        return self._shelf.git.run(self._shelf.path(project), *arguments).split()

    def _refuse_strangers(self, project: str, tip: Oid, lowest: Commit) -> None:
        """Refuse a stack that does not stand on a commit of the branch."""
        if lowest.parents:
            outcome = self._shelf.git.ask(
                self._shelf.path(project),
                Call(
                    arguments=("merge-base", "--is-ancestor", lowest.parents[0], checked(tip)),
                    statuses=(0, 1),
                ),
            )
            if outcome.status == 0:
                return
        raise UserError(
            "FT316",
            f"commit {lowest.oid[:12]} shares no history with the branch",
            hint="fetch the branch and rebase onto it, then push again",
        )


def _refuse_merges(commits: tuple[Commit, ...]) -> None:
    merges = [commit for commit in commits if len(commit.parents) > 1]
    if merges:
        raise UserError(
            "FT315",
            f"commit {merges[0].oid[:12]} is a merge, and a merge cannot be a change",
            hint="rebase your commits onto the branch (git pull --rebase), then push again",
        )
