"""Commits that the gate makes: merges, and whole folders as one commit each.

The author is always the gate and the date is given, so that the same inputs give the same commit.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from foretaste.adapters.git.command import Call, failure
from foretaste.adapters.git.conversation import ConversationEndedError
from foretaste.adapters.git.refs import checked
from foretaste.adapters.git.shelf import SCRATCH, WRITE_COMMIT, WRITE_FILE, Shelf
from foretaste.core.names import Oid
from foretaste.ports.errors import UserError

GATE: Final = "Foretaste <foretaste@localhost>"


class Commits:
    """Makes commits in the repositories on the shelf; safe from any thread."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def write(
        self, project: str, tree: Oid, parents: tuple[Oid, ...], dated: tuple[int, str]
    ) -> Oid:
        """Write a commit with its date (seconds since 1970 UTC) and message; no ref moves.

        Raises:
            TransientError: the disk is full.
            PermanentError: git takes it for no commit.
        """
        date, message = dated
        who = f"{GATE} {date:d} +0000"
        parent_lines = [f"parent {parent}" for parent in parents]
        lines = [f"tree {tree}", *parent_lines, f"author {who}", f"committer {who}", "", message]
        with tempfile.NamedTemporaryFile(dir=self._shelf.path(project), prefix=SCRATCH) as file:
            file.write("\n".join(lines).encode())
            # By a file, for a git that stays reads paths from its input, not content.
            file.flush()
            return self._hashed(project, WRITE_COMMIT, os.fsencode(file.name))

    def commit_tree_from_folder(
        self, project: str, folder: Path, parents: tuple[Oid, ...], dated: tuple[int, str]
    ) -> Oid:
        """Make one commit of a folder's files; what calls itself `.git` is left out.

        Git never runs in the folder: files are read one by one, as bytes, so no attribute,
        ignore file or repository inside it has a say. Symbolic links go in as links, empty
        folders not at all.

        Raises:
            UserError: something in the folder is no file, folder or link, or cannot be named.
            TransientError: the disk is full.
        """
        repository = self._shelf.path(project)
        entries = "".join(
            f"{mode} {self._file(project, path)}\t{name}\0" for mode, name, path in _files(folder)
        )
        with tempfile.TemporaryDirectory(dir=repository, prefix=SCRATCH) as scratch:
            extra = {"GIT_INDEX_FILE": str(Path(scratch) / "index")}
            listed = ("update-index", "-z", "--index-info")
            self._shelf.git.ask(
                repository, Call(arguments=listed, stdin=os.fsencode(entries), extra=extra)
            )
            tree = self._shelf.git.ask(repository, Call(arguments=("write-tree",), extra=extra))
        return self.write(project, checked(tree.text), parents, dated)

    def _file(self, project: str, path: Path) -> Oid:
        if not path.is_symlink():
            return self._hashed(project, WRITE_FILE, os.fsencode(path))
        with tempfile.NamedTemporaryFile(dir=self._shelf.path(project), prefix=SCRATCH) as file:
            file.write(os.fsencode(path.readlink()))
            file.flush()
            return self._hashed(project, WRITE_FILE, os.fsencode(file.name))

    def _hashed(self, project: str, arguments: tuple[str, ...], path: bytes) -> Oid:
        conversation = self._shelf.conversation(project, arguments)
        try:
            line = conversation.ask(path + b"\n", lambda answers: answers.line())
        except ConversationEndedError as ended:
            raise failure(f"git hash-object: {ended.said}", self._shelf.path(project)) from None
        return checked(line.decode("ascii", "replace"))


def _files(folder: Path) -> Iterator[tuple[str, str, Path]]:
    """Yield mode, name and place of every file and link below the folder, in a fixed order."""
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        # In any case of letters: some file systems take them for one (CVE-2014-9390).
        if entry.name.lower() == ".git":
            continue
        path = Path(entry.path).absolute()
        if entry.is_dir(follow_symlinks=False):
            for mode, name, below in _files(path):
                yield mode, f"{entry.name}/{name}", below
        else:
            yield _mode(path), entry.name, path


def _mode(path: Path) -> str:
    status = path.lstat().st_mode
    # A path ends with its line where it is handed to a git that stays.
    if "\n" in str(path):
        raise UserError("FT309", "a file's name has a line end in it", where=repr(str(path)))
    if stat.S_ISLNK(status):
        return "120000"
    if not stat.S_ISREG(status):
        raise UserError("FT309", "only files, folders and links can be committed", where=str(path))
    return "100755" if status & stat.S_IXUSR else "100644"
