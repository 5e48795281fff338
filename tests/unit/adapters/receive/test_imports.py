"""An owner brings in a project's first commits and makes tags; nobody else, and never twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live_forge import Clone, LiveForge, live_forge


@pytest.fixture(name="forge")
def forge_fixture(tmp_path: Path) -> Iterator[LiveForge]:
    with live_forge(tmp_path, projects=("flask", "empty")) as forge:
        yield forge


@pytest.fixture(name="clone")
def clone_fixture(forge: LiveForge) -> Clone:
    """A checkout of flask that pushes to the project without a commit."""
    clone = forge.clone()
    clone.url = forge.address("empty")
    return clone


def test_an_owner_brings_in_the_first_commits_with_tags(forge: LiveForge, clone: Clone) -> None:
    clone.git("tag", "v1")

    said = clone.push("--atomic", "main", "main:stable", "v1", token="owner-token")

    head = clone.head()
    assert forge.refs("empty") == dict.fromkeys(
        ("refs/heads/main", "refs/heads/stable", "refs/tags/v1"), head
    )
    assert forge.service.moved == ["empty"]
    assert "remote: Foretaste: made refs/heads/main" in said
    assert forge.clone("again", "empty").head() == head


def test_others_bring_in_nothing(forge: LiveForge, clone: Clone) -> None:
    said = clone.push("main", token="approve-token", fails=True)

    assert "error[FT320]: ann may not make the first commit of main" in said
    assert forge.refs("empty") == {}


def test_a_second_first_commit_is_refused(forge: LiveForge, clone: Clone) -> None:
    clone.push("main", token="owner-token")
    clone.commit("a.txt", "Add a")

    again = clone.push("main", token="owner-token", fails=True)
    other = clone.push("main:stable", token="owner-token", fails=True)

    assert "error[FT310]" in again
    assert "error[FT310]" in other
    assert set(forge.refs("empty")) == {"refs/heads/main"}


def test_a_tag_never_moves(forge: LiveForge, clone: Clone) -> None:
    clone.url = forge.address()
    clone.push("HEAD:refs/tags/v1", token="owner-token")
    clone.commit("a.txt", "Add a")

    moved = clone.push("--force", "HEAD:refs/tags/v1", token="owner-token", fails=True)
    gone = clone.push(":refs/tags/v1", token="owner-token", fails=True)
    other = clone.push("HEAD:refs/tags/v2", fails=True)

    assert "error[FT322]" in moved
    assert "error[FT311]" in gone
    assert "error[FT320]: pat may not make tags" in other
    assert forge.refs()["refs/tags/v1"] == forge.tip()
