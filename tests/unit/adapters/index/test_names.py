"""Names are normalised, and one that only looks like another is refused (attack C39)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from packaging.utils import canonicalize_name

from foretaste.adapters.index.names import normalised
from foretaste.ports.errors import UserError


@pytest.mark.parametrize(
    ("given_name", "expected"),
    [("Foo_Bar", "foo-bar"), ("foo.bar", "foo-bar"), ("foo--bar", "foo-bar"), ("a", "a")],
)
def test_one_project_has_one_name(given_name: str, expected: str) -> None:
    assert normalised(given_name) == expected


@pytest.mark.parametrize("name", ["", "-foo", "foo-", "foo bar", "foo/../bar", "foo\n", "a" * 300])
def test_what_is_no_name_is_refused(name: str) -> None:
    with pytest.raises(UserError, match="FT647"):
        normalised(name)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("b\u043eto3", "boto3"),
        ("\uff52equests", "requests"),
        ("click\u2212log", "click-log"),
        ("\u212aazoo", "kazoo"),
    ],
)
def test_letters_that_only_look_alike_are_named(name: str, meant: str) -> None:
    with pytest.raises(UserError, match="FT647") as caught:
        normalised(name)

    assert f"it looks like {meant}, and is another name" in caught.value.hint


def test_strange_letters_that_look_like_none_are_named_too() -> None:
    with pytest.raises(UserError) as caught:
        normalised("foo\u2603")

    assert caught.value.hint == "it has SNOWMAN"


@settings(deadline=None)
@given(st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,20}[A-Za-z0-9])?", fullmatch=True))
def test_every_name_of_the_index_passes(name: str) -> None:
    if name.isascii() and not name.endswith("\n"):
        assert normalised(name) == canonicalize_name(name)


@settings(deadline=None)
@given(st.text(max_size=12))
def test_nothing_else_comes_through(name: str) -> None:
    try:
        found = normalised(name)
    except UserError:
        return
    assert found.isascii()
    assert found == canonicalize_name(found)
