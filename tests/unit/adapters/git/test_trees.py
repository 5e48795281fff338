"""A commit's files come out as they were committed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.adapters.git.command import Call
from foretaste.adapters.git.commits import Commits
from foretaste.adapters.git.objects import Objects
from foretaste.adapters.git.shelf import Shelf
from foretaste.adapters.git.trees import GitTrees
from foretaste.core.names import Oid
from foretaste.ports.errors import PermanentError, PortError
from foretaste.ports.executor import Source

DATED = (1_700_000_000, "Begin\n")


@pytest.fixture(name="shelf")
def shelf_fixture(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path / "git")
    shelf.create("p")
    yield shelf
    shelf.close()


def source(shelf: Shelf, commit: Oid) -> Source:
    return Source(project="p", commit=commit, tree=Objects(shelf).tree("p", commit))


def of_entries(shelf: Shelf, *entries: str) -> Source:
    """Return a commit of exactly these `git mktree` lines, whatever they say."""
    lines = "".join(f"{entry}\n" for entry in entries).encode()
    made = shelf.git.ask(shelf.path("p"), Call(arguments=("mktree", "--missing"), stdin=lines))
    return source(shelf, Commits(shelf).write("p", Oid(made.text), (), DATED))


def test_files_come_out_byte_for_byte(shelf: Shelf, tmp_path: Path) -> None:
    folder = tmp_path / "tree"
    (folder / "pkg").mkdir(parents=True)
    (folder / ".gitattributes").write_text(
        "* text eol=crlf ident filter=evil\nkept export-ignore\n", encoding="utf-8"
    )
    (folder / "kept").write_bytes(b"$Id$\n")
    (folder / "pkg" / "run").write_bytes(b"\0\n")
    (folder / "pkg" / "run").chmod(0o755)
    (folder / "out").symlink_to("../../../etc/passwd")
    commit = Commits(shelf).commit_tree_from_folder("p", folder, (), DATED)
    into = tmp_path / "deep" / "out"

    GitTrees(shelf).export(source(shelf, commit), into)

    assert sorted(str(path.relative_to(into)) for path in into.rglob("*")) == sorted(
        str(path.relative_to(folder)) for path in folder.rglob("*")
    )
    assert (into / "kept").read_bytes() == b"$Id$\n"
    assert (into / "pkg" / "run").stat().st_mode & 0o111
    assert str((into / "out").readlink()) == "../../../etc/passwd"
    assert GitTrees(shelf).read(source(shelf, commit), "kept") == b"$Id$\n"


def test_a_submodule_is_an_empty_folder(shelf: Shelf, tmp_path: Path) -> None:
    commit = of_entries(shelf, f"160000 commit {'12' * 20}\tsub")

    GitTrees(shelf).export(commit, tmp_path / "out")

    assert list((tmp_path / "out" / "sub").iterdir()) == []


@pytest.mark.parametrize("name", [".git", ".GIT", "..", "."])
def test_a_tree_that_names_what_may_not_be_is_refused(
    shelf: Shelf, tmp_path: Path, name: str
) -> None:
    empty = shelf.git.ask(shelf.path("p"), Call(arguments=("hash-object", "-w", "--stdin"))).text
    below = shelf.git.ask(
        shelf.path("p"),
        Call(arguments=("mktree",), stdin=f"100644 blob {empty}\tconfig\n".encode()),
    ).text
    hostile = of_entries(shelf, f"040000 tree {below}\t{name}")

    with pytest.raises(PortError):
        GitTrees(shelf).export(hostile, tmp_path / "a" / "out")

    assert not (tmp_path / "a" / "out").exists()
    assert not list((tmp_path / "a").iterdir())


def test_another_tree_than_was_tested_is_refused(shelf: Shelf, tmp_path: Path) -> None:
    commit = of_entries(shelf).commit
    other = Source(project="p", commit=commit, tree="12" * 20)

    with pytest.raises(PermanentError, match="has the tree"):
        GitTrees(shelf).export(other, tmp_path / "out")
    with pytest.raises(PermanentError, match="has the tree"):
        GitTrees(shelf).read(other, "a")
    assert not (tmp_path / "out").exists()
