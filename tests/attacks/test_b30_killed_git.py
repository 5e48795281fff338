"""B30: git killed while it moves a branch, and the lock that it leaves; the gate goes on unaided."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.adapters.git.commits import Commits
from foretaste.adapters.git.locks import STALE_SECONDS
from foretaste.adapters.git.refs import branch_ref
from foretaste.adapters.git.repository import GitRepository
from foretaste.adapters.git.shelf import UPDATE, Shelf
from foretaste.core.names import ProjectName, Ref
from foretaste.ports.errors import TransientError
from foretaste.ports.repository import Swap

MAIN = Ref(ProjectName("p"), "main")


@pytest.fixture(name="shelf")
def shelf_fixture(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path / "git")
    yield shelf
    shelf.close()


@pytest.fixture(name="swap")
def swap_fixture(shelf: Shelf, tmp_path: Path) -> Swap:
    """A landing that is to be made, in a project of two commits."""
    repository = GitRepository(shelf, lambda: (MAIN,))
    repository.create_project("p")
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "a").touch()
    commits = Commits(shelf)
    base = commits.commit_tree_from_folder("p", tree, (), (1, "Base\n"))
    after = commits.commit_tree_from_folder("p", tree, (base,), (2, "Next\n"))
    assert repository.set_branch(MAIN, base)
    return Swap(ref=MAIN, old=base, new=after)


def begin(shelf: Shelf, swap: Swap) -> subprocess.Popen[str]:
    """Start the same update by a git of its own, and stop where its locks are taken."""
    repository = shelf.path("p")
    process = subprocess.Popen(
        shelf.git.command(repository, UPDATE),
        cwd=repository,
        env=shelf.git.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(f"start\nupdate {branch_ref('main')} {swap.new} {swap.old}\nprepare\n")
    process.stdin.flush()
    assert process.stdout.readline() == "start: ok\n"
    assert process.stdout.readline() == "prepare: ok\n"
    return process


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def locks(shelf: Shelf) -> list[Path]:
    return sorted(shelf.path("p").rglob("*.lock"))


def age(shelf: Shelf) -> None:
    """Let the locks have stood for longer than any that is in use."""
    for lock in locks(shelf):
        then = lock.stat().st_mtime - STALE_SECONDS - 1
        os.utime(lock, (then, then))


def test_a_lock_that_a_killed_git_left_is_removed(shelf: Shelf, swap: Swap) -> None:
    kill(begin(shelf, swap))
    left = locks(shelf)
    assert shelf.path("p") / "refs" / "heads" / "main.lock" in left
    age(shelf)
    repository = GitRepository(shelf, lambda: (MAIN,))

    assert repository.tip(MAIN) == swap.old
    assert repository.swap("p", (swap,))

    assert repository.tip(MAIN) == swap.new
    assert locks(shelf) == []


def test_a_young_lock_is_waited_for(shelf: Shelf, swap: Swap) -> None:
    kill(begin(shelf, swap))
    repository = GitRepository(shelf, lambda: (MAIN,))

    with pytest.raises(TransientError, match="FT302"):
        repository.swap("p", (swap,))
    assert repository.tip(MAIN) == swap.old

    age(shelf)
    assert repository.swap("p", (swap,))


def test_a_lock_in_use_is_left_alone_however_old(shelf: Shelf, swap: Swap) -> None:
    process = begin(shelf, swap)
    age(shelf)
    held = locks(shelf)
    repository = GitRepository(shelf, lambda: (MAIN,))

    with pytest.raises(TransientError, match="FT302"):
        repository.swap("p", (swap,))
    assert locks(shelf) == held

    out, _ = process.communicate("commit\n")
    assert out == "commit: ok\n"
    assert repository.tip(MAIN) == swap.new
    assert not repository.swap("p", (swap,))


def test_the_gates_own_git_killed_is_started_anew(shelf: Shelf, swap: Swap) -> None:
    repository = GitRepository(shelf, lambda: (MAIN,))
    other = Swap(ref=MAIN, old=swap.new, new=swap.old)
    assert repository.swap("p", (swap,))
    mine = [
        int(process.name)
        for process in Path("/proc").glob("[0-9]*")
        if _works_in(process, shelf.path("p"))
    ]
    assert mine

    for process in mine:
        os.kill(process, 9)

    assert repository.swap("p", (other,))
    assert repository.tip(MAIN) == swap.old


def test_a_half_written_branch_is_not_believed(shelf: Shelf, swap: Swap) -> None:
    """What a disk that lost its power may leave: an empty file. It is no branch, and no landing."""
    repository = GitRepository(shelf, lambda: (MAIN,))
    (shelf.path("p") / "refs" / "heads" / "main").write_bytes(b"")

    assert repository.tip(MAIN) is None
    assert not repository.swap("p", (swap,))


def _works_in(process: Path, repository: Path) -> bool:
    try:
        return (process / "cwd").readlink() == repository.resolve()
    except OSError:
        return False
