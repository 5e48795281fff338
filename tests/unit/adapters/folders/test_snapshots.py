"""A snapshot is a folder's files at one moment: bounded, readable by all, links as links."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from foretaste.adapters.folders import snapshots
from foretaste.adapters.folders.snapshots import FolderSnapshots
from foretaste.ports.errors import PermanentError, TransientError, UserError
from foretaste.ports.executor import Source
from foretaste.simulation.clock import VirtualClock

HOUR = 3600.0


@pytest.fixture(name="project")
def project_fixture(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture(name="taken")
def taken_fixture(tmp_path: Path) -> FolderSnapshots:
    """Snapshots of folders of which git knows nothing."""
    return FolderSnapshots(tmp_path / "cache", VirtualClock(), lambda _: None)


def put(folder: Path, *paths: str) -> None:
    """Write files that have their own paths as content."""
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(path, encoding="utf-8")


def paths_in(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_symlink() or not path.is_dir()
    }


def test_all_files_but_caches_and_environments_are_taken(
    taken: FolderSnapshots, project: Path
) -> None:
    put(project, "pyproject.toml", "src/a/build/__init__.py", ".github/x.yml", "tests/t.py")
    put(project, "build/lib/a.py", "dist/a.whl", ".git/config", "src/a/__pycache__/a.pyc")
    put(project, "own/pyvenv.cfg", "own/lib/x.py", ".cache/CACHEDIR.TAG", ".cache/y", ".venv/z")

    source = taken.take("app", project)

    assert paths_in(taken.folder(source)) == {
        "pyproject.toml",
        "src/a/build/__init__.py",
        ".github/x.yml",
        "tests/t.py",
    }
    assert source == Source(project="app", commit=source.commit, tree=source.commit)


def test_the_name_is_that_of_the_content(taken: FolderSnapshots, project: Path) -> None:
    put(project, "a", "b/c")
    first = taken.take("app", project)
    again = taken.take("app", project)
    (project / "a").chmod(0o755)
    program = taken.take("app", project)
    (project / "a").write_text("other", encoding="utf-8")
    changed = taken.take("app", project)
    (project / "a").rename(project / "d")
    renamed = taken.take("app", project)

    assert first == again
    assert len({each.commit for each in (first, program, changed, renamed)}) == 4
    assert (taken.folder(first) / "a").read_text(encoding="utf-8") == "a"
    assert (taken.folder(changed) / "a").read_text(encoding="utf-8") == "other"


def test_links_stay_links_and_nothing_behind_them_is_taken(
    taken: FolderSnapshots, project: Path, tmp_path: Path
) -> None:
    put(tmp_path, "secret/key")
    put(project, "inner/a")
    (project / "out").symlink_to(tmp_path / "secret")
    (project / "key").symlink_to(tmp_path / "secret" / "key")
    (project / "within").symlink_to("inner")
    (project / "nowhere").symlink_to("gone")
    os.mkfifo(project / "pipe")

    source = taken.take("app", project)

    folder = taken.folder(source)
    assert paths_in(folder) == {"inner/a", "out", "key", "within", "nowhere"}
    assert (folder / "out").readlink() == tmp_path / "secret"
    assert taken.read(source, "key") is None
    assert taken.read(source, "within/a") == b"inner/a"
    assert taken.read(source, "nothing") is None


def test_a_file_that_git_knows_below_a_link_is_left_out(project: Path, tmp_path: Path) -> None:
    put(tmp_path, "elsewhere/a")
    put(project, "b")
    (project / "was").symlink_to(tmp_path / "elsewhere")
    listed = ["b", "was", "was/a", "gone", "../elsewhere/a", "b/c", "other-repository/"]

    taken = FolderSnapshots(tmp_path / "cache", VirtualClock(), lambda _: listed)
    source = taken.take("app", project)

    assert paths_in(taken.folder(source)) == {"b", "was"}
    assert paths_in(tmp_path / "elsewhere") == {"a"}


def test_a_submodule_is_taken_with_its_files(project: Path, tmp_path: Path) -> None:
    put(project, "sub/a", "sub/.git", "sub/in/b", "untracked")

    taken = FolderSnapshots(tmp_path / "cache", VirtualClock(), lambda _: ["sub"])
    source = taken.take("app", project)

    assert paths_in(taken.folder(source)) == {"sub/a", "sub/in/b"}


def test_everybody_may_read_a_snapshot_whatever_the_umask(
    taken: FolderSnapshots, project: Path
) -> None:
    put(project, "a", "b/c/d")
    (project / "a").chmod(0o700)
    (project / "b/c/d").chmod(0o600)
    before = os.umask(0o077)
    try:
        folder = taken.folder(taken.take("app", project))
    finally:
        os.umask(before)

    modes = {
        path.relative_to(folder).as_posix(): stat.S_IMODE(path.stat().st_mode)
        for path in (folder, *folder.rglob("*"))
    }
    assert modes == {".": 0o755, "a": 0o755, "b": 0o755, "b/c": 0o755, "b/c/d": 0o644}


def test_export_writes_the_files_once_more(
    taken: FolderSnapshots, project: Path, tmp_path: Path
) -> None:
    put(project, "a/b")
    (project / "link").symlink_to("a")
    source = taken.take("app", project)

    taken.export(source, tmp_path / "new" / "out")

    assert paths_in(tmp_path / "new" / "out") == {"a/b", "link"}
    with pytest.raises(TransientError):
        taken.export(source, project / "a" / "b" / "c")


def test_what_is_too_large_says_what_of_it_is(
    taken: FolderSnapshots, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(project, "a", "data/one", "data/two")
    monkeypatch.setattr(snapshots, "MOST_FILES", 2)

    with pytest.raises(UserError, match="3 files of 0 MiB") as caught:
        taken.take("app", project)

    assert caught.value.code == "FT633"
    assert caught.value.where == str(project / "data")
    assert "'data'" in caught.value.hint


def test_a_sparse_file_beyond_the_limit_is_not_copied(
    taken: FolderSnapshots, project: Path, tmp_path: Path
) -> None:
    with (project / "sparse").open("wb") as file:
        file.truncate(snapshots.MOST_BYTES + 1)

    with pytest.raises(UserError, match="1024 MiB"):
        taken.take("app", project)

    assert list((tmp_path / "cache").iterdir()) == []


def test_no_folder_is_said_to_be_none(taken: FolderSnapshots, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        taken.take("app", tmp_path / "none")

    assert caught.value.code == "FT635"


def test_a_snapshot_that_is_gone_is_said_to_be(taken: FolderSnapshots) -> None:
    gone = Source(project="app", commit="../../project", tree="../../project")

    with pytest.raises(PermanentError) as caught:
        taken.folder(gone)

    assert caught.value.code == "FT636"


def test_old_snapshots_go_and_those_in_use_stay(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots, "_KEPT", 1)
    clock = VirtualClock()
    taken = FolderSnapshots(tmp_path / "cache", clock, lambda _: None)
    sources = []
    for number, age in enumerate((12 * HOUR, 7 * HOUR, HOUR)):
        put(project, f"file{number}")
        source = taken.take("app", project)
        when = clock.wall() - age
        os.utime(taken.folder(source), (when, when))
        sources.append(source)
    put(project, "last")

    taken.take("app", project)

    with pytest.raises(PermanentError):
        taken.folder(sources[0])
    with pytest.raises(PermanentError):
        taken.folder(sources[1])
    assert taken.folder(sources[2]).is_dir()


def test_where_nothing_can_be_written_it_may_be_tried_again(
    taken: FolderSnapshots, project: Path, tmp_path: Path
) -> None:
    put(project, "a")
    (tmp_path / "cache").rmdir()

    with pytest.raises(TransientError) as caught:
        taken.take("app", project)

    assert caught.value.code == "FT630"


def test_a_snapshots_place_that_is_taken_is_said_to_be(
    taken: FolderSnapshots, project: Path, tmp_path: Path
) -> None:
    put(project, "a")
    folder = taken.folder(taken.take("app", project))
    folder.rename(tmp_path / "away")
    folder.touch()

    with pytest.raises(TransientError) as caught:
        taken.take("app", project)

    assert caught.value.code == "FT630"
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [folder.name]


def test_only_the_paths_that_are_given_are_taken(taken: FolderSnapshots, project: Path) -> None:
    put(project, "a", "b/c", "b/d", "e")

    source = taken.take("app", project, ["b/c", "e", "gone", "../project/a"])

    assert paths_in(taken.folder(source)) == {"b/c", "e"}


def test_a_folder_that_became_a_file_is_left_out(project: Path, tmp_path: Path) -> None:
    put(project, "a", "b")

    taken = FolderSnapshots(tmp_path / "cache", VirtualClock(), lambda _: ["a", "a/x", "b"])

    assert paths_in(taken.folder(taken.take("app", project))) == {"a", "b"}


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_cannot_be_read_is_named(taken: FolderSnapshots, project: Path) -> None:
    put(project, "closed")
    (project / "closed").chmod(0)

    with pytest.raises(UserError) as caught:
        taken.take("app", project)

    assert caught.value.code == "FT634"
    assert caught.value.where == str(project / "closed")
