"""The shelf makes, finds, sweeps; commits made from folders; prospects kept and forgotten."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.adapters.git import shelf as shelf_module
from foretaste.adapters.git.commits import Commits
from foretaste.adapters.git.objects import FILE_LIMIT, Objects
from foretaste.adapters.git.repository import GitRepository
from foretaste.adapters.git.shelf import READ, Shelf
from foretaste.core.names import Oid, ProjectName, Ref
from foretaste.ports.errors import PermanentError, UserError
from foretaste.ports.repository import Merge, Merged

MAIN = Ref(ProjectName("p"), "main")
DATED = (1_700_000_000, "Begin\n")


@pytest.fixture(name="shelf")
def shelf_fixture(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path / "git")
    shelf.create("p")
    yield shelf
    shelf.close()


@pytest.fixture(name="folder")
def folder_fixture(tmp_path: Path) -> Path:
    folder = tmp_path / "tree"
    (folder / "pkg").mkdir(parents=True)
    (folder / "pkg" / "a.py").write_text("a = 1\r\n", encoding="utf-8", newline="")
    (folder / "run.sh").write_text("#!/bin/sh\n", encoding="utf-8")
    (folder / "run.sh").chmod(0o755)
    (folder / "link").symlink_to("pkg/a.py")
    (folder / ".gitattributes").write_text("* text=auto eol=lf filter=evil\n", encoding="utf-8")
    (folder / ".gitignore").write_text("*\n", encoding="utf-8")
    return folder


def test_projects_are_listed_and_made_once(shelf: Shelf) -> None:
    before = (shelf.path("p") / "config").read_text(encoding="utf-8")

    shelf.create("a", "trunk")
    shelf.create("p", "other")

    assert shelf.projects() == ("a", "p")
    assert (shelf.path("p") / "config").read_text(encoding="utf-8") == before
    assert (shelf.path("a") / "HEAD").read_text(encoding="utf-8") == "ref: refs/heads/trunk\n"
    assert not (shelf.path("a") / "hooks").exists()


@pytest.mark.parametrize(("project", "branch"), [("../p", "main"), ("-p", "main"), ("q", "-x")])
def test_hostile_names_make_nothing(shelf: Shelf, project: str, branch: str) -> None:
    with pytest.raises(UserError):
        shelf.create(project, branch)

    assert [place.name for place in shelf.folder.iterdir()] == ["p.git"]


def test_a_project_that_is_not_there_is_an_error(shelf: Shelf) -> None:
    with pytest.raises(PermanentError, match="FT306"):
        shelf.path("q")


def test_what_a_killed_push_left_is_swept(shelf: Shelf) -> None:
    objects = shelf.path("p") / "objects"
    (objects / "tmp_objdir-incoming-x" / "ab").mkdir(parents=True)
    (objects / "ab").mkdir(exist_ok=True)
    (objects / "ab" / "tmp_obj_x").touch()
    (objects / "pack" / "tmp_pack_x").touch()
    (shelf.path("p") / "scratch-x").mkdir()
    (shelf.folder / "q.making").mkdir()

    shelf.sweep()

    assert not [*shelf.folder.rglob("tmp_*"), *shelf.folder.rglob("scratch-*")]
    assert shelf.projects() == ("p",)
    assert not (shelf.folder / "q.making").exists()


def test_only_so_many_processes_stay(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf_module, "CONVERSATIONS", 1)
    first = shelf.conversation("p", READ)
    shelf.create("q")

    other = shelf.conversation("q", READ)

    assert shelf.conversation("q", READ) is other
    assert shelf.conversation("p", READ) is not first


def test_a_folder_is_one_commit_byte_for_byte(shelf: Shelf, folder: Path) -> None:
    (folder / "sub" / ".git" / "hooks").mkdir(parents=True)
    (folder / "sub" / ".git" / "config").write_text("[core]\n\tfsmonitor = /bin/false\n")
    commits = Commits(shelf)

    commit = commits.commit_tree_from_folder("p", folder, (), DATED)
    again = commits.commit_tree_from_folder("p", folder, (), DATED)

    listed = shelf.git.run(shelf.path("p"), "ls-tree", "-r", commit)
    assert [(line.split()[0], line.split("\t")[1]) for line in listed.splitlines()] == [
        ("100644", ".gitattributes"),
        ("100644", ".gitignore"),
        ("120000", "link"),
        ("100644", "pkg/a.py"),
        ("100755", "run.sh"),
    ]
    assert again == commit
    assert Objects(shelf).file("p", commit, "pkg/a.py") == b"a = 1\r\n"
    assert "Foretaste <foretaste@localhost> 1700000000 +0000" in shelf.git.run(
        shelf.path("p"), "cat-file", "commit", commit
    )


def test_what_is_no_file_is_not_committed(shelf: Shelf, folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    with pytest.raises(UserError, match="FT309"):
        Commits(shelf).commit_tree_from_folder("p", folder, (), DATED)

    (folder / "pipe").unlink()
    (folder / "two\nlines").touch()
    with pytest.raises(UserError, match="FT309"):
        Commits(shelf).commit_tree_from_folder("p", folder, (), DATED)


def test_files_are_read_as_the_commit_has_them(shelf: Shelf, folder: Path) -> None:
    (folder / "out").symlink_to("../../etc/passwd")
    (folder / "lost").symlink_to("nowhere")
    (folder / "large").write_bytes(b"x" * (FILE_LIMIT + 1))
    commit = Commits(shelf).commit_tree_from_folder("p", folder, (), DATED)
    objects = Objects(shelf)

    assert objects.file("p", commit, "link") == b"a = 1\r\n"
    for path in ("out", "lost", "pkg", "nope", "../p", "", "pkg//a.py", "a\nb", "link/x"):
        assert objects.file("p", commit, path) is None
    with pytest.raises(PermanentError, match="FT308"):
        objects.file("p", commit, "large")
    with pytest.raises(PermanentError, match="FT303"):
        objects.file("p", Oid("12" * 20), "link")
    with pytest.raises(PermanentError, match="not a full object id"):
        objects.tree("p", "main")
    with pytest.raises(PermanentError, match="no commit"):
        objects.commit("p", objects.tree("p", commit))


def test_prospects_are_kept_until_forgotten(shelf: Shelf, folder: Path) -> None:
    repository = GitRepository(shelf, lambda: (MAIN,))
    commits = Commits(shelf)
    base = commits.commit_tree_from_folder("p", folder, (), DATED)
    change = commits.commit_tree_from_folder("p", folder, (base,), (1_700_000_001, "Next\n"))
    merge = Merge(ref=MAIN, onto=base, commit=change, label="7\n\nApproved-by: nobody")
    merged = repository.merge(merge)
    assert isinstance(merged, Merged)

    assert repository.merge(merge) == merged
    assert repository.prospects("p") == {merged.commit}
    message = shelf.git.run(shelf.path("p"), "log", "-1", "--format=%B%an %ct", merged.commit)
    assert message.splitlines() == [
        "Merge change 7\\x0a\\x0aApproved-by: nobody",
        "Foretaste 1700000001",
    ]

    repository.forget("p", [merged.commit, base])
    assert repository.prospects("p") == frozenset()
    assert repository.merge(merge) == merged


def test_a_branch_is_made_once(shelf: Shelf, folder: Path) -> None:
    repository = GitRepository(shelf, lambda: (MAIN,))
    commits = Commits(shelf)
    first = commits.commit_tree_from_folder("p", folder, (), DATED)
    second = commits.commit_tree_from_folder("p", folder, (), (1, "Other\n"))

    assert repository.set_branch(MAIN, first)
    assert repository.set_branch(MAIN, first)
    assert not repository.set_branch(MAIN, second)
    assert repository.tip(MAIN) == first
    with pytest.raises(UserError, match="FT305"):
        repository.tip(Ref(ProjectName("p"), "../../HEAD"))
    with pytest.raises(PermanentError):
        repository.set_branch(Ref(ProjectName("p"), "x"), Oid("12" * 20))


def test_packed_branches_are_read_too(shelf: Shelf, folder: Path) -> None:
    repository = GitRepository(shelf, lambda: (MAIN,))
    commit = Commits(shelf).commit_tree_from_folder("p", folder, (), DATED)
    repository.set_branch(MAIN, commit)

    shelf.git.run(shelf.path("p"), "pack-refs", "--all")

    assert not (shelf.path("p") / "refs" / "heads" / "main").exists()
    assert repository.tip(MAIN) == commit
    assert repository.tip(Ref(ProjectName("p"), f"v1-g{commit}")) is None


def test_names_that_cannot_be_beside_each_other_are_an_error(shelf: Shelf, folder: Path) -> None:
    repository = GitRepository(shelf, lambda: (MAIN,))
    commit = Commits(shelf).commit_tree_from_folder("p", folder, (), DATED)
    repository.set_branch(MAIN, commit)

    with pytest.raises(PermanentError, match="FT301"):
        repository.set_branch(Ref(ProjectName("p"), "main/below"), commit)
