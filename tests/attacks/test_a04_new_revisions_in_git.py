"""A04, the half that git holds: approve one revision, push another at every step.

What was tested is a commit, and another revision is another commit. That the service takes the approval back and starts anew is shown elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.core.names import Oid, ProjectName, Ref
from foretaste.ports.repository import Merge, Merged, Swap
from tests.live_forge import Clone, LiveForge, live_forge

MAIN = Ref(ProjectName("flask"), "main")
FOOTER = "Change-Id: Isame"


@pytest.fixture(name="forge")
def forge_fixture(tmp_path: Path) -> Iterator[LiveForge]:
    with live_forge(tmp_path) as forge:
        yield forge


@pytest.fixture(name="clone")
def clone_fixture(forge: LiveForge) -> Clone:
    return forge.clone()


def amend(clone: Clone) -> Oid:
    """Make the second revision: the same change, other content."""
    (clone.path / "a.txt").write_text("evil\n", encoding="utf-8")
    clone.git("commit", "-q", "-a", "--amend", "--no-edit")
    return Oid(clone.head())


def merged(forge: LiveForge, commit: Oid) -> Merged:
    base = forge.tip()
    assert base is not None
    result = forge.repository.merge(Merge(ref=MAIN, onto=base, commit=commit, label="1"))
    assert isinstance(result, Merged)
    return result


def test_a_new_revision_is_proposed_without_the_old_ones_approval(
    forge: LiveForge, clone: Clone
) -> None:
    clone.commit("a.txt", "Add a", FOOTER)
    clone.push("-oapprove", "HEAD:refs/for/main", token="approve-token")
    amend(clone)

    clone.push("HEAD:refs/for/main")

    assert [asked.approve for asked in forge.service.asked] == [True, False]
    assert len(forge.service.revisions["flask", "main", "Isame"]) == 2


def test_what_was_tested_lands_and_nothing_of_the_new_revision(
    forge: LiveForge, clone: Clone
) -> None:
    first = Oid(clone.commit("a.txt", "Add a", FOOTER))
    clone.push("HEAD:refs/for/main")
    assert forge.repository.keep("flask", 1, 1, first)
    tested = merged(forge, first)
    base = forge.tip()
    assert base is not None
    second = amend(clone)

    clone.push("HEAD:refs/for/main")
    assert merged(forge, second).tree != tested.tree
    assert forge.repository.swap("flask", (Swap(ref=MAIN, old=base, new=tested.commit),))

    assert forge.repository.tree(MAIN) == tested.tree
    assert forge.repository.contains(MAIN, first)
    assert not forge.repository.contains(MAIN, second)


def test_a_revision_cannot_be_swapped_under_its_number(forge: LiveForge, clone: Clone) -> None:
    first = Oid(clone.commit("a.txt", "Add a", FOOTER))
    clone.push("HEAD:refs/for/main")
    assert forge.repository.keep("flask", 1, 1, first)
    second = amend(clone)
    clone.push("HEAD:refs/for/main")

    said = clone.push("--force", "HEAD:refs/changes/1/1", token="owner-token", fails=True)

    assert "error[FT311]" in said
    assert not forge.repository.keep("flask", 1, 1, second)
    assert forge.refs()["refs/changes/1/1"] == first


def test_a_commit_cannot_be_replaced_behind_its_id(forge: LiveForge, clone: Clone) -> None:
    """By `refs/replace`: refused when pushed, and without effect even where it is there."""
    first = Oid(clone.commit("a.txt", "Add a", FOOTER))
    clone.push("HEAD:refs/for/main")
    tested = merged(forge, first)
    second = amend(clone)
    clone.push("HEAD:refs/for/main")

    said = clone.push(f"HEAD:refs/replace/{first}", token="owner-token", fails=True)
    forge.shelf.git.run(forge.shelf.path("flask"), "update-ref", f"refs/replace/{first}", second)

    assert "error[FT311]" in said
    assert merged(forge, first) == tested
