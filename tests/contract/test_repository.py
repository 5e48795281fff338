"""Every Repository does the same: one suite for plain git and for whatever stands in for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from foretaste.adapters.git.commits import Commits
from foretaste.adapters.git.repository import GitRepository
from foretaste.adapters.git.shelf import Shelf
from foretaste.core.names import Oid, ProjectName, Ref
from foretaste.ports.errors import PermanentError
from foretaste.ports.repository import Clash, Merge, Merged, Repository, Swap
from foretaste.simulation.repository import MemoryRepository

PROJECT = ProjectName("p")
MAIN = Ref(PROJECT, "main")
STABLE = Ref(PROJECT, "stable")
BARE = Ref(PROJECT, "bare")
UNKNOWN = Oid("12" * 20)
BASE = {"a": "a\n", "b": "b\n"}

Files = Mapping[str, str]


@dataclass(frozen=True)
class World:
    """A repository under test, and the ways in which history comes into it.

    `commit` makes a commit of exactly these files on top of a parent or of nothing; `branch`
    creates a branch. `main` and `stable` begin at `base`; `bare` is guarded and has no commit.
    """

    repository: Repository
    commit: Callable[[Oid | None, Files], Oid]
    branch: Callable[[Ref, Oid], bool]
    base: Oid

    def merge(self, commit: Oid, onto: Oid | None = None) -> Merged | Clash:
        merge = Merge(ref=MAIN, onto=onto or self.base, commit=commit, label="7")
        return self.repository.merge(merge)

    def merged(self, commit: Oid, onto: Oid | None = None) -> Merged:
        merged = self.merge(commit, onto)
        assert isinstance(merged, Merged)
        return merged


def git_world(folder: Path) -> Iterator[World]:
    """Yield a world of real repositories."""
    shelf = Shelf(folder / "git")
    repository = GitRepository(shelf, lambda: (MAIN, STABLE, BARE))
    repository.create_project(PROJECT)
    made = iter(range(10_000))

    def commit(parent: Oid | None, files: Files) -> Oid:
        number = next(made)
        tree = folder / f"tree{number}"
        tree.mkdir()
        for name, text in files.items():
            (tree / name).write_text(text, encoding="utf-8")
        parents = () if parent is None else (parent,)
        dated = (1_700_000_000 + number, f"Commit {number}\n")
        return Commits(shelf).commit_tree_from_folder(PROJECT, tree, parents, dated)

    base = commit(None, BASE)
    for ref in (MAIN, STABLE):
        assert repository.set_branch(ref, base)
    yield World(repository=repository, commit=commit, branch=repository.set_branch, base=base)
    shelf.close()


def memory_world(_folder: Path) -> Iterator[World]:
    """Yield a world in memory."""
    repository = MemoryRepository(guarded=lambda: (MAIN, STABLE, BARE))

    def commit(parent: Oid | None, files: Files) -> Oid:
        return repository.commit(files, *(() if parent is None else (parent,)))

    def branch(ref: Ref, commit: Oid) -> bool:
        return repository.branches.setdefault(ref, commit) == commit

    base = commit(None, BASE)
    for ref in (MAIN, STABLE):
        assert branch(ref, base)
    yield World(repository=repository, commit=commit, branch=branch, base=base)


WORLDS = {"git": git_world, "memory": memory_world}


@pytest.fixture(name="world", params=sorted(WORLDS))
def world_fixture(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    yield from WORLDS[request.param](tmp_path)


def test_tips_are_those_of_guarded_branches_that_exist(world: World) -> None:
    world.branch(Ref(PROJECT, "feature"), world.base)

    assert world.repository.tip(MAIN) == world.base
    assert world.repository.tip(BARE) is None
    assert world.repository.tips() == {MAIN: world.base, STABLE: world.base}


def test_a_merge_holds_both_sides_and_moves_nothing(world: World) -> None:
    ours = world.merged(world.commit(world.base, BASE | {"ours": "1"}))
    theirs = world.commit(world.base, BASE | {"theirs": "2"})
    both = world.commit(world.base, BASE | {"ours": "1", "theirs": "2"})

    chained = world.merged(theirs, ours.commit)

    assert chained.tree == world.merged(both).tree
    assert world.repository.tip(MAIN) == world.base


def test_the_same_inputs_give_the_same_commit(world: World) -> None:
    change = world.commit(world.base, BASE | {"c": "c"})

    first = world.merged(change)

    assert world.merged(change) == first
    assert world.merged(change, first.commit).commit != first.commit


def test_a_merge_that_cannot_be_made_names_the_paths(world: World) -> None:
    ours = world.merged(world.commit(world.base, BASE | {"a": "ours\n"}))
    theirs = world.commit(world.base, BASE | {"a": "theirs\n", "c": "c"})

    clash = world.merge(theirs, ours.commit)

    assert isinstance(clash, Clash)
    assert clash.paths == ("a",)


def test_what_one_side_alone_changed_or_removed_is_taken(world: World) -> None:
    ours = world.merged(world.commit(world.base, {"a": "a\n"}))
    theirs = world.commit(world.base, BASE | {"a": "changed\n"})
    both = world.commit(world.base, {"a": "changed\n"})

    assert world.merged(theirs, ours.commit).tree == world.merged(both).tree


def test_what_both_sides_changed_alike_is_no_clash(world: World) -> None:
    ours = world.merged(world.commit(world.base, BASE | {"a": "new\n"}))
    theirs = world.commit(world.base, BASE | {"a": "new\n"})

    assert world.merged(theirs, ours.commit).tree == ours.tree


def test_a_change_that_is_in_already_is_merged_again_and_changes_nothing(world: World) -> None:
    change = world.commit(world.base, BASE | {"c": "c"})
    once = world.merged(change)

    again = world.merged(change, once.commit)

    assert again.tree == once.tree
    assert again.commit not in {once.commit, change}


def test_unrelated_histories_clash(world: World) -> None:
    clash = world.merge(world.commit(None, {"other": "o"}))

    assert isinstance(clash, Clash)


def test_a_commit_that_is_not_there_is_an_error(world: World) -> None:
    with pytest.raises(PermanentError):
        world.merge(UNKNOWN)
    with pytest.raises(PermanentError):
        world.merge(world.base, UNKNOWN)


def test_landing_moves_the_branch_to_exactly_what_was_merged(world: World) -> None:
    change = world.commit(world.base, BASE | {"c": "c"})
    merged = world.merged(change)

    landed = world.repository.swap(PROJECT, (Swap(ref=MAIN, old=world.base, new=merged.commit),))

    assert landed
    assert world.repository.tip(MAIN) == merged.commit
    assert world.repository.tree(MAIN) == merged.tree
    assert world.repository.tip(STABLE) == world.base


def test_a_branch_that_is_elsewhere_does_not_move(world: World) -> None:
    first = world.merged(world.commit(world.base, BASE | {"c": "c"}))
    second = world.merged(world.commit(world.base, BASE | {"d": "d"}))
    assert world.repository.swap(PROJECT, (Swap(ref=MAIN, old=world.base, new=first.commit),))

    again = world.repository.swap(PROJECT, (Swap(ref=MAIN, old=world.base, new=second.commit),))

    assert not again
    assert world.repository.tip(MAIN) == first.commit


def test_branches_move_all_or_none(world: World) -> None:
    first = world.merged(world.commit(world.base, BASE | {"c": "c"}))
    second = world.merged(world.commit(world.base, BASE | {"d": "d"}))
    one = Swap(ref=MAIN, old=world.base, new=first.commit)

    none = world.repository.swap(
        PROJECT, (one, Swap(ref=STABLE, old=first.commit, new=second.commit))
    )
    assert not none
    assert world.repository.tips() == {MAIN: world.base, STABLE: world.base}

    both = world.repository.swap(
        PROJECT, (one, Swap(ref=STABLE, old=world.base, new=second.commit))
    )
    assert both
    assert world.repository.tips() == {MAIN: first.commit, STABLE: second.commit}


def test_a_swap_of_another_project_is_an_error(world: World) -> None:
    swap = Swap(ref=MAIN, old=world.base, new=world.base)

    with pytest.raises(PermanentError):
        world.repository.swap("other", (swap,))


def test_a_branch_cannot_move_to_what_is_not_there(world: World) -> None:
    with pytest.raises(PermanentError):
        world.repository.swap(PROJECT, (Swap(ref=MAIN, old=world.base, new=UNKNOWN),))

    assert world.repository.tip(MAIN) == world.base


def test_one_of_many_swaps_from_the_same_tip_wins(world: World) -> None:
    commits = [
        world.merged(world.commit(world.base, BASE | {f"f{number}": "x"})).commit
        for number in range(8)
    ]

    def swap(commit: Oid) -> bool:
        return world.repository.swap(PROJECT, (Swap(ref=MAIN, old=world.base, new=commit),))

    with ThreadPoolExecutor(len(commits)) as pool:
        won = [
            commit for commit, done in zip(commits, pool.map(swap, commits), strict=True) if done
        ]

    assert [world.repository.tip(MAIN)] == won


def test_a_branch_contains_its_tip_and_what_leads_to_it(world: World) -> None:
    change = world.commit(world.base, BASE | {"c": "c"})
    merged = world.merged(change)
    world.repository.swap(PROJECT, (Swap(ref=MAIN, old=world.base, new=merged.commit),))

    assert all(
        world.repository.contains(MAIN, commit) for commit in (merged.commit, change, world.base)
    )
    assert not world.repository.contains(STABLE, change)
    assert not world.repository.contains(MAIN, UNKNOWN)
    assert not world.repository.contains(BARE, world.base)
    assert world.repository.tree(BARE) is None
