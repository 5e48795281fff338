"""Files are changed in a commit without a working folder, and whatever else is there stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.adapters.git.commits import Commits
from foretaste.adapters.git.contents import GitContents
from foretaste.adapters.git.edits import Edits
from foretaste.adapters.git.objects import Objects
from foretaste.adapters.git.shelf import Shelf
from foretaste.core.names import Oid
from foretaste.ports.errors import PermanentError

DATED = (1_800_000_000, "Move\n\nbecause\n")


@pytest.fixture(name="shelf")
def shelf_fixture(tmp_path: Path) -> Iterator[Shelf]:
    """Return a shelf with a project."""
    shelf = Shelf(tmp_path / "git")
    shelf.create("alpha")
    yield shelf
    shelf.close()


@pytest.fixture(name="tip")
def tip_fixture(shelf: Shelf, tmp_path: Path) -> Oid:
    """Return a commit with a file, a program, a folder and a link."""
    work = tmp_path / "work"
    (work / "folder").mkdir(parents=True)
    (work / "lock.txt").write_text("old\n", encoding="utf-8")
    (work / "folder" / "run.sh").write_text("old\n", encoding="utf-8")
    (work / "folder" / "run.sh").chmod(0o755)
    (work / "link").symlink_to("lock.txt")
    return Commits(shelf).commit_tree_from_folder("alpha", work, (), (1, "first\n"))


def test_files_change_and_nothing_else_does(shelf: Shelf, tip: Oid) -> None:
    files = {"lock.txt": b"new\n", "folder/run.sh": b"new\n", "more/fresh.txt": b"\0raw"}

    commit = Edits(shelf).commit("alpha", tip, files, DATED)

    contents = GitContents(shelf)
    read = {path: contents.read("alpha", commit, path) for path in contents.paths("alpha", commit)}
    assert read == {**files, "link": b"new\n"}
    listed = shelf.git.run(shelf.path("alpha"), "ls-tree", "-r", commit)
    assert "100755 blob" in next(line for line in listed.splitlines() if "run.sh" in line)
    made = Objects(shelf).commit("alpha", commit)
    assert (made.parents, made.date, made.message) == ((tip,), DATED[0], DATED[1].encode())
    assert contents.read("alpha", tip, "lock.txt") == b"old\n"


def test_the_same_inputs_give_the_same_commit(shelf: Shelf, tip: Oid) -> None:
    one, two = (Edits(shelf).commit("alpha", tip, {"lock.txt": b"n"}, DATED) for _ in range(2))

    assert one == two


@pytest.mark.parametrize("path", ["link", "folder"])
def test_what_is_no_file_is_not_written_over(shelf: Shelf, tip: Oid, path: str) -> None:
    with pytest.raises(PermanentError, match="is no file"):
        Edits(shelf).commit("alpha", tip, {path: b"new\n"}, DATED)


def test_there_must_be_such_a_commit(shelf: Shelf) -> None:
    with pytest.raises(PermanentError, match="FT303"):
        Edits(shelf).commit("alpha", Oid("1" * 40), {"lock.txt": b""}, DATED)


@pytest.mark.parametrize("path", ["../out", ".git/config", "a/../b", "/abs"])
def test_a_path_that_leads_out_is_refused_by_git(shelf: Shelf, tip: Oid, path: str) -> None:
    with pytest.raises(PermanentError):
        Edits(shelf).commit("alpha", tip, {path: b"new\n"}, DATED)
