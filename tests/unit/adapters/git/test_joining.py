"""A git that stays and a git of its own join alike; the slow way takes over where it must."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.adapters.git import joining as joining_module
from foretaste.adapters.git.commits import Commits
from foretaste.adapters.git.joining import Joining
from foretaste.adapters.git.shelf import JOIN, Shelf
from foretaste.core.names import Oid
from foretaste.ports.repository import Clash


@pytest.fixture(name="shelf")
def shelf_fixture(tmp_path: Path) -> Iterator[Shelf]:
    shelf = Shelf(tmp_path / "git")
    shelf.create("p")
    yield shelf
    shelf.close()


@pytest.fixture(name="sides")
def sides_fixture(shelf: Shelf, tmp_path: Path) -> tuple[Oid, Oid, Oid]:
    """Two commits that join, and a third that clashes with the second."""

    def commit(name: str, text: str, *parents: Oid) -> Oid:
        folder = tmp_path / f"{name}-{text}"
        folder.mkdir()
        (folder / name).write_text(text, encoding="utf-8")
        return Commits(shelf).commit_tree_from_folder("p", folder, parents, (1, f"{text}\n"))

    base = commit("base", "base")
    return commit("a", "ours", base), commit("base", "base2", base), commit("base", "base3", base)


def test_both_ways_give_the_same(
    shelf: Shelf, sides: tuple[Oid, Oid, Oid], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, second, third = sides
    base = Oid(shelf.git.run(shelf.path("p"), "rev-parse", f"{second}^"))
    quick = Joining(shelf)
    monkeypatch.setattr("shutil.which", lambda _name: None)
    slow = Joining(shelf)

    assert quick.join("p", base, second) == slow.join("p", base, second)
    assert quick.join("p", second, third) == slow.join("p", second, third)
    assert isinstance(quick.join("p", second, third), Clash)
    assert quick.join("p", base, third) == slow.join("p", base, third)


def test_a_git_that_holds_back_is_asked_once(
    shelf: Shelf, sides: tuple[Oid, Oid, Oid], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, second, _ = sides
    base = Oid(shelf.git.run(shelf.path("p"), "rev-parse", f"{second}^"))
    expected = Joining(shelf).join("p", base, second)
    monkeypatch.setattr(joining_module, "PATIENCE", 0.0)
    shelf.close()
    joining = Joining(shelf)

    assert joining.join("p", base, second) == expected
    kept = shelf.conversation("p", JOIN)
    assert joining.join("p", base, second) == expected
    assert shelf.conversation("p", JOIN) is kept
    assert joining._unbuffered is None


def test_an_end_now_and_then_changes_nothing(
    shelf: Shelf, sides: tuple[Oid, Oid, Oid], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, second, _ = sides
    base = Oid(shelf.git.run(shelf.path("p"), "rev-parse", f"{second}^"))
    monkeypatch.setattr(joining_module, "JOINS_EACH", 1)
    joining = Joining(shelf)

    assert len({joining.join("p", base, second) for _ in range(3)}) == 1
