"""What is read of commits is what they hold, the second time too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.adapters.git.commits import Commits
from foretaste.adapters.git.contents import LARGEST_KEPT, MOST_KEPT, GitContents
from foretaste.adapters.git.shelf import Shelf
from foretaste.core.names import Oid
from foretaste.ports.errors import PermanentError


@pytest.fixture(name="shelf")
def shelf_fixture(tmp_path: Path) -> Iterator[Shelf]:
    """A shelf with one project."""
    shelf = Shelf(tmp_path / "git")
    shelf.create("p")
    yield shelf
    shelf.close()


def _commit(shelf: Shelf, folder: Path, files: dict[str, str]) -> Oid:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return Commits(shelf).commit_tree_from_folder("p", folder, (), (1_700_000_000, "Files\n"))


def test_each_commit_has_its_own_files(shelf: Shelf, tmp_path: Path) -> None:
    contents = GitContents(shelf)
    first = _commit(shelf, tmp_path / "1", {"a": "one", "b": "b"})
    second = _commit(shelf, tmp_path / "2", {"a": "two"})

    for _ in range(2):
        assert contents.read("p", first, "a") == b"one"
        assert contents.read("p", first, "b") == b"b"
        assert contents.read("p", second, "a") == b"two"
        assert contents.read("p", second, "b") is None
        assert contents.tree("p", first) != contents.tree("p", second)


def test_a_commit_that_is_not_there_yet_is_found_when_it_is(shelf: Shelf, tmp_path: Path) -> None:
    contents, elsewhere = GitContents(shelf), Shelf(tmp_path / "elsewhere")
    elsewhere.create("p")
    commit = _commit(elsewhere, tmp_path / "1", {"a": "one"})
    elsewhere.close()

    for path in ("a", "nothing"):
        with pytest.raises(PermanentError):
            contents.read("p", commit, path)
    with pytest.raises(PermanentError):
        contents.tree("p", commit)
    assert _commit(shelf, tmp_path / "2", {"a": "one"}) == commit

    assert contents.read("p", commit, "a") == b"one"
    assert contents.read("p", commit, "nothing") is None


def test_large_files_and_many_are_read_whole(shelf: Shelf, tmp_path: Path) -> None:
    contents = GitContents(shelf)
    large = "x" * (LARGEST_KEPT + 1)
    commit = _commit(shelf, tmp_path / "1", {"large": large, "a": "one"})

    for number in range(MOST_KEPT + 1):
        assert contents.read("p", commit, f"nothing{number}") is None

    for _ in range(2):
        assert contents.read("p", commit, "large") == large.encode()
        assert contents.read("p", commit, "a") == b"one"
