"""What may be a name, and that git agrees with every name that is let through."""

from __future__ import annotations

import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foretaste.core.naming import BRANCH_LENGTH, PROJECT_LENGTH, branch_fault, project_fault


@pytest.mark.parametrize("name", ["p", "Flask-Login", "a.b_c-1", "R1", "x" * PROJECT_LENGTH])
def test_a_project_may_be_called(name: str) -> None:
    assert project_fault(name) == ""


@pytest.mark.parametrize(
    "name",
    [
        "",
        "-x",
        ".x",
        "_x",
        "a/b",
        "a b",
        "a..b",
        "a.",
        "a.git",
        "a.lock",
        "a\n",
        "ä",
        "a\0",
        "..",
        "x" * (PROJECT_LENGTH + 1),
    ],
)
def test_a_project_may_not_be_called(name: str) -> None:
    assert project_fault(name)


@pytest.mark.parametrize(
    "name", ["main", "release/1.x", "größe", "a@b", "x{y", "50%", "v1-gabc", "b" * BRANCH_LENGTH]
)
def test_a_branch_may_be_called(name: str) -> None:
    assert branch_fault(name) == ""


@pytest.mark.parametrize(
    "name",
    [
        "",
        "@",
        "HEAD",
        "-main",
        "--upload-pack=touch x;git-upload-pack",
        "refs/heads/main",
        "a..b",
        "a@{1}",
        "a//b",
        "/a",
        "a/",
        "a/.b",
        "a.lock",
        "a.lock/b",
        "a.",
        "a b",
        "a~1",
        "a^",
        "a:b",
        "a?",
        "a*",
        "a[b",
        "a\\b",
        "a\x7f",
        "a\n",
        "a\u202eb",
        "a\udc80b",
        "$(id)",
        "a;b",
        "a`b",
        "0" * 40,
        "b" * (BRANCH_LENGTH + 1),
    ],
)
def test_a_branch_may_not_be_called(name: str) -> None:
    assert branch_fault(name)


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12))
def test_git_takes_every_branch_that_is_let_through(name: str) -> None:
    if branch_fault(name):
        return
    ended = subprocess.run(["git", "check-ref-format", f"refs/heads/{name}"], check=False)
    assert ended.returncode == 0
