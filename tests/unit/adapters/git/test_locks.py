"""Locks of git are told apart: whose they are, and whether anybody is still behind them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.adapters.git import locks
from foretaste.adapters.git.locks import STALE_SECONDS, in_use, named_in, remove_stale


@pytest.fixture(name="repository")
def repository_fixture(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", "--bare", str(tmp_path / "p")], check=True)
    return tmp_path / "p"


@pytest.fixture(name="lock")
def lock_fixture(repository: Path) -> Path:
    """A lock that nobody has touched for long enough."""
    lock = repository / "HEAD.lock"
    lock.touch()
    long_ago = lock.stat().st_mtime - STALE_SECONDS - 1
    os.utime(lock, (long_ago, long_ago))
    return lock


@pytest.fixture(name="reader")
def reader_fixture(repository: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A git that stays in the repository and writes nothing."""
    with subprocess.Popen(
        ["git", "cat-file", "--batch-check"],
        cwd=repository,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"HEAD\n")
        process.stdin.flush()
        process.stdout.readline()  # it runs by now
        yield process


def test_the_lock_that_git_complains_of_is_found(repository: Path, lock: Path) -> None:
    said = f"fatal: Unable to create '{lock}': File exists.\n"

    assert named_in(said, repository) == lock
    assert named_in("fatal: Unable to create './HEAD.lock': File exists.", repository) == lock


@pytest.mark.parametrize(
    "said", ["", "no lock", "'/etc/passwd.lock'", "'../q/HEAD.lock'", "'/etc/a.lock' '../b.lock'"]
)
def test_a_lock_elsewhere_is_none_of_ours(repository: Path, said: str) -> None:
    assert named_in(said, repository) is None


def test_a_lock_that_nobody_is_behind_is_removed(repository: Path, lock: Path) -> None:
    assert remove_stale(lock, repository)
    assert not lock.exists()


def test_a_lock_that_is_gone_already_is_no_trouble(repository: Path) -> None:
    assert remove_stale(repository / "none.lock", repository)


def test_a_young_lock_stays(repository: Path, lock: Path) -> None:
    lock.unlink()
    lock.touch()

    assert not remove_stale(lock, repository)
    assert lock.exists()


def test_a_git_that_only_reads_holds_no_lock(
    repository: Path, lock: Path, reader: subprocess.Popen[bytes]
) -> None:
    assert reader.poll() is None
    assert not in_use(repository)
    assert remove_stale(lock, repository)


def test_a_lock_stays_while_a_git_that_writes_is_at_work(repository: Path, lock: Path) -> None:
    with subprocess.Popen(
        ["git", "update-ref", "--stdin"],
        cwd=repository,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        writer.stdin.write(b"start\n")
        writer.stdin.flush()
        writer.stdout.readline()  # it runs by now

        assert not remove_stale(lock, repository)
        writer.stdin.close()

    assert remove_stale(lock, repository)


def test_a_process_that_is_gone_by_now_is_at_work_nowhere(tmp_path: Path) -> None:
    assert locks._folder_of(tmp_path / "none") == ""
    assert not locks._writes_refs(tmp_path / "none")
