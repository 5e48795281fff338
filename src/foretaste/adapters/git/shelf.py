"""The shelf: the bare repositories of all projects, under one folder that only the gate writes.

A repository is made beside its place and moved there, so that a half-made one is never seen. Each
carries its settings itself too, so that git run there by hand is as careful as we are.
"""

from __future__ import annotations

import shutil
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Final

from foretaste.adapters.git.command import Git
from foretaste.adapters.git.conversation import Conversation
from foretaste.core.naming import branch_fault, project_fault
from foretaste.ports.errors import PermanentError, UserError

# Three for a project in use; the longest unused end first.
CONVERSATIONS: Final = 48

READ: Final = ("cat-file", "--batch-command", "--follow-symlinks")
SCRATCH: Final = "scratch-"
"""Begins the names of all that we put into a repository's folder for a moment."""

# Unfinished repositories, objects of pushes that never ended, half-written ones, scratch.
LEFT_BEHIND: Final = (
    "*.making",
    "*.git/scratch-*",
    "*.git/objects/tmp_objdir-*",
    "*.git/objects/incoming-*",
    "*.git/objects/??/tmp_obj_*",
    "*.git/objects/pack/tmp_*",
)

JOIN: Final = ("merge-tree", "--write-tree", "--stdin", "-z", "--name-only", "--no-messages")
UPDATE: Final = ("update-ref", "--stdin")
WRITE_COMMIT: Final = ("hash-object", "-t", "commit", "-w", "--no-filters", "--stdin-paths")
WRITE_FILE: Final = ("hash-object", "-t", "blob", "-w", "--no-filters", "--stdin-paths")

# Nothing is ever pruned: a prospect must outlive whoever tidies up by hand. Every ref of a push
# goes to the hook `proc-receive`, and where there is no such hook, git refuses the push.
CONFIG: Final = """
[core]
\thooksPath = /dev/null
\tfsync = committed
\tlogAllRefUpdates = false
[transfer]
\tfsckObjects = true
\thideRefs = refs/prospects
[receive]
\tfsckObjects = true
\tdenyDeletes = true
\tdenyNonFastForwards = true
\tautogc = false
\tshallowUpdate = false
\tadvertisePushOptions = true
\tprocReceiveRefs = refs
\thideRefs = refs/changes
[uploadpack]
\tallowFilter = true
[http]
\tgetanyfile = false
\treceivepack = true
[gc]
\tauto = 0
\tpruneExpire = never
\treflogExpire = never
\tworktreePruneExpire = never
[maintenance]
\tauto = false
"""
# The last word on attributes, whatever a tree's own `.gitattributes` says: bytes stay bytes, no
# driver is looked for.
ATTRIBUTES: Final = (
    "* -text -eol -crlf -ident -filter -working-tree-encoding"
    " -export-ignore -export-subst !merge !diff\n"
)


class Shelf:
    """All repositories, at `<folder>/<project>.git`; safe from any thread."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git = Git()
        self._lock = threading.Lock()
        self._conversations: OrderedDict[tuple[str, tuple[str, ...]], Conversation] = OrderedDict()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def create(self, project: str, branch: str = "main") -> Path:
        """Make the project's repository, `branch` being what a clone checks out; again is no harm.

        Raises:
            UserError: a name is not well formed.
        """
        place = self._place(project)
        fault = branch_fault(branch)
        if fault:
            raise UserError("FT305", f"{branch!r} cannot be a branch", hint=fault)
        with self._lock:
            if not place.exists():
                self._make(place, branch)
        return place

    def path(self, project: str) -> Path:
        """Return where the project's repository is.

        Raises:
            PermanentError: there is none.
            UserError: the name is not well formed.
        """
        place = self._place(project)
        if not place.is_dir():
            raise PermanentError("FT306", f"there is no project {project!r}", where=str(place))
        return place

    def projects(self) -> tuple[str, ...]:
        """Return the names of all projects that have a repository, sorted."""
        names = (place.name.removesuffix(".git") for place in self.folder.glob("*.git"))
        return tuple(sorted(name for name in names if not project_fault(name)))

    def sweep(self) -> None:
        """Remove what a killed push or merge left behind.

        Call it before the gate serves, and when no other gate does: it takes from the living too.
        """
        for left in (found for pattern in LEFT_BEHIND for found in self.folder.glob(pattern)):
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)

    def conversation(
        self, project: str, arguments: tuple[str, ...], through: tuple[str, ...] = ()
    ) -> Conversation:
        """Return the lasting git process for one kind of question about one project.

        `through` is a command that starts the command behind it.
        """
        repository = self.path(project)
        with self._lock:
            kept = self._conversations.get((project, arguments))
            if kept is None:
                kept = self._conversations[project, arguments] = Conversation(
                    [*through, *self.git.command(repository, arguments)],
                    repository,
                    self.git.environment(),
                )
            self._conversations.move_to_end((project, arguments))
            ended = [
                self._conversations.popitem(last=False)[1]
                for _ in range(len(self._conversations) - CONVERSATIONS)
            ]
        for conversation in ended:
            conversation.close()
        return kept

    def close(self) -> None:
        """End every lasting process."""
        with self._lock:
            kept = list(self._conversations.values())
            self._conversations.clear()
        for conversation in kept:
            conversation.close()

    def _place(self, project: str) -> Path:
        fault = project_fault(project)
        if fault:
            raise UserError("FT304", f"{project!r} cannot be a project", hint=fault)
        return self.folder / f"{project}.git"

    def _make(self, place: Path, branch: str) -> None:
        making = place.with_suffix(".making")
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(mode=0o700)
        self.git.run(
            making, "init", "--quiet", "--bare", "--template=", f"--initial-branch={branch}"
        )
        with (making / "config").open("a", encoding="utf-8") as config:
            config.write(CONFIG)
        (making / "info").mkdir(exist_ok=True)
        (making / "info" / "attributes").write_text(ATTRIBUTES, encoding="utf-8")
        making.rename(place)
