"""B24: trees with names that a checkout would write where it must not; the push is refused."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.live_forge import Clone, LiveForge, client_environment, live_forge

Entry = tuple[str, str]


@pytest.fixture(name="forge")
def forge_fixture(tmp_path: Path) -> Iterator[LiveForge]:
    with live_forge(tmp_path) as forge:
        yield forge


def hashed(clone: Clone, kind: str, raw: bytes) -> str:
    """Write an object that git itself would not make, and return its id."""
    ended = subprocess.run(
        ["git", "hash-object", "-t", kind, "-w", "--literally", "--stdin"],
        cwd=clone.path,
        input=raw,
        capture_output=True,
        check=True,
        env=client_environment(),
    )
    return ended.stdout.decode().strip()


def commit_of(clone: Clone, entries: Sequence[Entry]) -> str:
    """Commit a tree of these names, in this order, each a file or (mode 40000) a folder of one."""
    blob = hashed(clone, "blob", b"[core]\n\tfsmonitor = touch canary\n")
    below = hashed(clone, "tree", b"100644 config\0" + bytes.fromhex(blob))
    raw = b"".join(
        f"{mode} {name}\0".encode() + bytes.fromhex(below if mode == "40000" else blob)
        for mode, name in entries
    )
    head = clone.head()
    who = "Pat <pat@example.org> 1700000000 +0000"
    tree = hashed(clone, "tree", raw)
    text = f"tree {tree}\nparent {head}\nauthor {who}\ncommitter {who}\n\nHostile\n"
    return hashed(clone, "commit", text.encode())


def test_the_same_way_of_pushing_works_for_a_harmless_tree(forge: LiveForge) -> None:
    clone = forge.clone()
    commit = commit_of(clone, [("100644", "a"), ("40000", "b")])

    clone.push("-otopic=a", f"{commit}:refs/for/main")

    assert forge.service.asked[0].proposals[0].commit == commit


@pytest.mark.parametrize(
    "entries",
    [
        [("40000", ".git")],
        [("40000", ".GIT")],
        [("40000", ".Git")],
        [("40000", ".git ")],
        [("40000", ".git.")],
        [("40000", "git~1")],
        [("40000", ".g\u200cit")],
        [("40000", "..")],
        [("40000", ".")],
        [("100644", "a/b")],
        [("100644", "a"), ("100644", "a")],
        [("100644", "a"), ("40000", "a")],
        [("100644", "b"), ("100644", "a")],
        [("120000", ".gitmodules")],
    ],
    ids=repr,
)
def test_a_hostile_tree_is_refused(forge: LiveForge, entries: list[Entry]) -> None:
    clone = forge.clone()
    commit = commit_of(clone, entries)

    said = clone.push("-otopic=a", f"{commit}:refs/for/main", fails=True)

    assert "fsck" in said or "unpacker error" in said or "unpack failed" in said
    assert not forge.service.asked
    assert set(forge.refs()) == {"refs/heads/main"}
    missing = forge.shelf.git.command(forge.shelf.path("flask"), ("cat-file", "-e", commit))
    assert subprocess.run(missing, check=False, capture_output=True).returncode != 0
