"""The port Trees on plain git: the files of a commit, without a checkout.

Git reads the tree into an index of its own and writes the files from it into a new folder that
only the gate knows, before any job does; nothing there is ever run by git again. Attributes are
off (`shelf.ATTRIBUTES`): what is written is what was committed, byte for byte, links as links and
submodules as empty folders. `.git` as part of a path is refused by git itself.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from foretaste.adapters.git.command import Call
from foretaste.adapters.git.objects import Objects
from foretaste.adapters.git.refs import checked
from foretaste.adapters.git.shelf import SCRATCH, Shelf
from foretaste.core.names import Oid
from foretaste.ports.errors import PermanentError
from foretaste.ports.executor import Source


class GitTrees:
    """Gives files of commits on the shelf; fulfils `foretaste.ports.environments.Trees`.

    Safe from any thread.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._objects = Objects(shelf)

    def export(self, source: Source, into: Path) -> None:
        """Write the tree's files to `into`, which must not exist; a failure leaves nothing there.

        Raises:
            PermanentError: the commit is not there, has another tree, or names what may not be.
            TransientError: the disk is full.
        """
        repository = self._shelf.path(source.project)
        tree = self._tree(source)
        into.mkdir(parents=True)
        try:
            self._write(repository, tree, into.absolute())
        except BaseException:
            shutil.rmtree(into, ignore_errors=True)
            raise

    def read(self, source: Source, path: str) -> bytes | None:
        """Return a file's bytes, None where the tree has no such file.

        Raises:
            PermanentError: the commit is not there, or the file is too large to be read.
        """
        self._tree(source)
        return self._objects.file(source.project, source.commit, path)

    def _tree(self, source: Source) -> Oid:
        tree = self._objects.tree(source.project, source.commit)
        if source.tree not in {"", tree}:
            what = f"commit {source.commit} has the tree {tree}, not {source.tree}"
            raise PermanentError("FT303", what, where=source.project)
        return tree

    def _write(self, repository: Path, tree: Oid, into: Path) -> None:
        with tempfile.TemporaryDirectory(dir=repository, prefix=SCRATCH) as scratch:
            extra = {"GIT_INDEX_FILE": str(Path(scratch) / "index"), "GIT_WORK_TREE": str(into)}
            arguments = ("read-tree", "--reset", "-u", "--end-of-options", checked(tree))
            self._shelf.git.ask(repository, Call(arguments=arguments, extra=extra))
