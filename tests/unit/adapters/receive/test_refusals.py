"""What a push may not do is refused with the way that works, and nothing has changed after."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live_forge import Clone, LiveForge, live_forge


@pytest.fixture(name="forge")
def forge_fixture(tmp_path: Path) -> Iterator[LiveForge]:
    with live_forge(tmp_path, projects=("flask", "empty"), together=False) as forge:
        yield forge


@pytest.fixture(name="clone")
def clone_fixture(forge: LiveForge) -> Clone:
    return forge.clone()


def assert_nothing_changed(forge: LiveForge) -> None:
    assert set(forge.refs()) == {"refs/heads/main"}
    assert not forge.service.asked
    assert not forge.service.moved


def test_neither_topic_nor_change_id_shows_both_ways(forge: LiveForge, clone: Clone) -> None:
    clone.commit("a.txt", "Add a")

    said = clone.push("HEAD:refs/for/main", fails=True)

    assert "remote: error[FT312]" in said
    assert f"git push -o topic=NAME {forge.address()} HEAD:refs/for/main" in said
    assert '--trailer "Change-Id: I' in said
    assert_nothing_changed(forge)


def test_a_change_id_in_the_body_does_not_count(forge: LiveForge, clone: Clone) -> None:
    clone.commit("a.txt", "Add a", "As in\nChange-Id: Iother\nwe do.", "Bye.")

    said = clone.push("HEAD:refs/for/main", fails=True)

    assert "a Change-Id counts in the last paragraph only" in said
    assert_nothing_changed(forge)


def test_a_guarded_branch_is_not_pushed_to_even_by_an_owner(forge: LiveForge, clone: Clone) -> None:
    clone.commit("a.txt", "Add a")

    for token in ("push-token", "owner-token"):
        said = clone.push("HEAD:main", token=token, fails=True)
        assert "remote: error[FT310]: main is guarded" in said
        assert f"git push -o topic=NAME {forge.address()} HEAD:refs/for/main" in said
    forced = clone.push("--force", "HEAD~1:refs/heads/stable", token="owner-token", fails=True)

    assert "error[FT310]" in forced
    assert_nothing_changed(forge)


@pytest.mark.parametrize(
    "ref",
    [
        "refs/changes/1/1",
        "refs/prospects/ab/cd",
        "refs/replace/0000000000000000000000000000000000000001",
        "refs/notes/x",
        "refs/meta/config",
    ],
)
def test_refs_of_the_gate_are_not_pushed_to(forge: LiveForge, clone: Clone, ref: str) -> None:
    clone.commit("a.txt", "Add a")

    said = clone.push(f"HEAD:{ref}", token="owner-token", fails=True)

    assert "remote: error[FT311]" in said
    assert "refs/for/" in said
    assert_nothing_changed(forge)


def test_an_unguarded_branch_is_not_kept(forge: LiveForge, clone: Clone) -> None:
    clone.commit("a.txt", "Add a")

    said = clone.push("HEAD:refs/heads/feature", fails=True)

    assert "error[FT311]: feature is not guarded" in said
    assert "main, stable" in said
    assert_nothing_changed(forge)


def test_nothing_is_deleted(forge: LiveForge, clone: Clone) -> None:
    said = clone.push(":main", token="owner-token", fails=True)

    assert "FT311" in said
    assert_nothing_changed(forge)


def test_there_must_be_something_new(forge: LiveForge, clone: Clone) -> None:
    said = clone.push("-otopic=a", "HEAD:refs/for/main", fails=True)

    assert "error[FT313]: nothing to propose" in said
    assert_nothing_changed(forge)


def test_a_branch_that_is_not_guarded_or_empty_takes_no_proposals(
    forge: LiveForge, clone: Clone
) -> None:
    clone.commit("a.txt", "Add a")

    unknown = clone.push("-otopic=a", "HEAD:refs/for/nope", fails=True)
    empty = clone.push("-otopic=a", "HEAD:refs/for/stable", fails=True)

    assert "error[FT319]: nope is no guarded branch" in unknown
    assert "error[FT319]: stable has no commit yet" in empty
    assert_nothing_changed(forge)


def test_a_merge_is_no_change(forge: LiveForge, clone: Clone) -> None:
    clone.git("checkout", "-q", "-b", "side")
    clone.commit("side.txt", "Side")
    clone.git("checkout", "-q", "main")
    clone.commit("a.txt", "Add a")
    clone.git("merge", "-q", "--no-ff", "-m", "Merge", "side")

    said = clone.push("-otopic=a", "HEAD:refs/for/main", fails=True)

    assert "error[FT315]" in said
    assert "git pull --rebase" in said
    assert_nothing_changed(forge)


def test_another_history_is_no_change(forge: LiveForge, clone: Clone) -> None:
    clone.git("checkout", "-q", "--orphan", "other")
    clone.commit("a.txt", "Begin elsewhere")

    said = clone.push("-otopic=a", "HEAD:refs/for/main", fails=True)

    assert "error[FT316]" in said
    assert_nothing_changed(forge)


def test_a_stack_has_its_limit(clone: Clone) -> None:
    for number in range(51):
        clone.git("commit", "-q", "--allow-empty", "-m", f"Number {number}")

    said = clone.push("-otopic=a", "HEAD:refs/for/main", fails=True)
    fewer = clone.push("-otopic=a", "HEAD~1:refs/for/main")

    assert "error[FT314]" in said
    assert "50 changes proposed" in fewer


def test_a_change_id_stands_once(forge: LiveForge, clone: Clone) -> None:
    clone.commit("a.txt", "One", "Change-Id: Isame")
    clone.commit("b.txt", "Two", "Change-Id: Isame")

    said = clone.push("HEAD:refs/for/main", fails=True)

    assert "error[FT317]: two commits of this push have the Change-Id Isame" in said
    assert_nothing_changed(forge)


@pytest.mark.parametrize(
    ("footer", "code"),
    [
        ("Change-Id: Ia\nChange-Id: Ib", "FT317"),
        ("Change-Id: I a", "FT317"),
        ("Change-Id: Ia\nDepends-On: click/1 and click/2", "FT317"),
        ("Change-Id: Ia\nDepends-On:", "FT317"),
    ],
)
def test_a_trailer_that_cannot_be_read_is_refused(
    forge: LiveForge, clone: Clone, footer: str, code: str
) -> None:
    clone.commit("a.txt", "Add a", footer)

    said = clone.push("HEAD:refs/for/main", fails=True)

    assert f"error[{code}]" in said
    assert_nothing_changed(forge)


@pytest.mark.parametrize("option", ["topc=a", "topic=", "topic=-x", "topic=a b", "approved"])
def test_an_option_that_nobody_knows_is_refused(
    forge: LiveForge, clone: Clone, option: str
) -> None:
    clone.commit("a.txt", "Add a")

    said = clone.push(f"-o{option}", "HEAD:refs/for/main", fails=True)

    assert "error[FT318]" in said
    assert_nothing_changed(forge)


def test_approving_needs_the_role(forge: LiveForge, clone: Clone) -> None:
    clone.commit("a.txt", "Add a")

    said = clone.push("-otopic=a", "-oapprove", "HEAD:refs/for/main", fails=True)

    assert "error[FT320]: pat may not approve" in said
    assert_nothing_changed(forge)


@pytest.mark.parametrize(
    "refs",
    [
        ("HEAD:refs/for/main", "HEAD:main"),
        ("HEAD:refs/for/main", "HEAD:refs/changes/1/1"),
        ("HEAD:refs/for/main", "HEAD:refs/tags/v1"),
        ("HEAD:refs/for/main", "HEAD:refs/for/nope"),
        ("HEAD:refs/for/main", "HEAD:refs/for/main%topic=b"),
    ],
)
def test_an_atomic_push_does_all_or_none(
    forge: LiveForge, clone: Clone, refs: tuple[str, str]
) -> None:
    clone.commit("a.txt", "Add a")

    said = clone.push("--atomic", "-otopic=a", *refs, token="owner-token", fails=True)

    assert "rejected" in said
    assert_nothing_changed(forge)


def test_a_push_that_is_not_atomic_does_what_it_may(forge: LiveForge, clone: Clone) -> None:
    clone.commit("a.txt", "Add a")

    said = clone.push("-otopic=a", "HEAD:refs/for/main", "HEAD:main", fails=True)

    assert "1 change proposed" in said
    assert "error[FT310]" in said
    assert len(forge.service.asked) == 1
    assert set(forge.refs()) == {"refs/heads/main"}
