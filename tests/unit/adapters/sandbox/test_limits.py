"""Cgroups are found where they can be made, and what they count of one job is that job's.

A tree of plain files stands for the kernel's: what is tested is what is read and written there,
not what the kernel makes of it (test_sandbox.py has real limits).
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from foretaste.adapters.sandbox import limits
from foretaste.adapters.sandbox.limits import Cgroups, CgroupShare, find_cgroups
from foretaste.ports.environments import Confinement

FILES = ("cgroup.procs", "pids.max", "memory.max", "memory.swap.max", "cpu.weight")
MIB = 2**20


@pytest.fixture(name="tree")
def tree_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(limits, "_CGROUPS", tmp_path)
    return tmp_path


def belongs(monkeypatch: pytest.MonkeyPatch, groups: dict[str, str]) -> None:
    """Let this process be in these cgroups, by controller."""
    monkeypatch.setattr(limits, "_own_groups", lambda: groups)


def gone_process() -> int:
    """Return the number of a process that was here and is not."""
    process = subprocess.Popen(["/bin/true"])
    process.wait()
    return process.pid


def test_version_two_is_asked_for_its_controllers_and_used_only_where_it_gives_them(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    belongs(monkeypatch, {"": "/ours"})
    (tree / "cgroup.controllers").touch()
    control = tree / "ours" / "cgroup.subtree_control"
    control.parent.mkdir()
    control.touch()

    found = find_cgroups()

    # The kernel would answer with the controllers; a plain file keeps what was asked.
    assert control.read_text(encoding="ascii") == "+memory +pids +cpu"
    assert found is None


def test_version_one_needs_memory_and_processes(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    belongs(monkeypatch, {"memory": "/ours", "pids": "/ours", "cpu": "/"})
    for controller in ("memory", "cpu"):
        (tree / controller / "ours").mkdir(parents=True)
        (tree / controller / "ours" / "cgroup.procs").touch()
    assert find_cgroups() is None

    (tree / "pids" / "ours").mkdir(parents=True)
    (tree / "pids" / "ours" / "cgroup.procs").touch()
    found = find_cgroups()

    assert found == Cgroups(
        folders={"memory": tree / "memory" / "ours", "pids": tree / "pids" / "ours"}, version=1
    )


def test_where_there_are_none_none_are_found(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tree.is_dir()
    belongs(monkeypatch, {"": "/"})

    assert find_cgroups() is None


def test_what_a_killed_gate_left_is_removed_and_what_lives_is_not(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    belongs(monkeypatch, {"memory": "/", "pids": "/"})
    for controller in ("memory", "pids"):
        (tree / controller).mkdir()
        (tree / controller / "cgroup.procs").touch()
        for name in (f"foretaste-{gone_process()}-0", f"foretaste-{os.getpid()}-0", "other-1-0"):
            (tree / controller / name).mkdir()

    find_cgroups()

    kept = sorted(path.name for path in (tree / "memory").iterdir() if path.is_dir())
    assert kept == [f"foretaste-{os.getpid()}-0", "other-1-0"]


class Slot:
    """A slot's cgroup of version 2, as plain files."""

    def __init__(self, folder: Path) -> None:
        self.share = CgroupShare(Cgroups(folders={"": folder}, version=2), 0)
        self.group = folder / f"foretaste-{os.getpid()}-0"
        for name in FILES:
            (self.group / name).touch()

    def write(self, name: str, text: str) -> None:
        """Let the kernel say something."""
        (self.group / name).write_text(text, encoding="ascii")

    def read(self, name: str) -> str:
        """Return what the gate has said."""
        return (self.group / name).read_text(encoding="ascii")


def test_a_job_is_put_under_its_limits(tmp_path: Path) -> None:
    slot = Slot(tmp_path)

    slot.share.admit(77, Confinement(memory=300 * MIB, processes=20))

    assert slot.read("cgroup.procs") == "77"
    assert slot.read("memory.max") == str(300 * MIB)
    assert slot.read("memory.swap.max") == "0"
    assert slot.read("pids.max") == "20"


@pytest.mark.parametrize(
    ("name", "before", "after", "limit"),
    [
        ("pids.events", "max 3\n", "max 4\n", "processes"),
        ("memory.events", "low 0\noom_kill 1\n", "low 0\noom_kill 2\n", "memory"),
        ("memory.stat", "anon 0\n", f"anon {300 * MIB}\n", "memory"),
    ],
)
def test_only_what_this_job_adds_is_its_own(
    tmp_path: Path, name: str, before: str, after: str, limit: str
) -> None:
    slot = Slot(tmp_path)
    slot.write(name, before)
    slot.share.admit(77, Confinement(memory=300 * MIB))

    assert slot.share.exceeded() == ""
    slot.write(name, after)
    assert slot.share.exceeded() == limit

    slot.share.admit(78, Confinement(memory=300 * MIB))
    assert slot.share.exceeded() == ("memory" if name == "memory.stat" else "")


def test_a_cgroup_is_given_up_at_the_end(tmp_path: Path) -> None:
    slot = Slot(tmp_path)
    for name in FILES:
        (slot.group / name).unlink()  # the kernel's files go with their folder

    slot.share.leave()

    assert not slot.group.exists()


def test_a_process_that_is_gone_weighs_nothing(tmp_path: Path) -> None:
    assert limits._resident(tmp_path) == 0
