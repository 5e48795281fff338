"""Tags: every way in which people name their releases, and none of another package's."""

from __future__ import annotations

import pytest

from foretaste.taste.tags import looked_for, near, tag_of


@pytest.mark.parametrize(
    ("name", "version", "tag"),
    [
        ("kazoo", "2.1", "2.1"),
        ("kazoo", "2.1", "v2.1.0"),
        ("kazoo", "2.1.0", "kazoo-2.1"),
        ("kazoo", "2.1", "kazoo/v2.1"),
        ("kazoo", "2.1", "release-2.1"),
        ("kazoo", "2.1", "releases/kazoo-2.1"),
        ("kazoo", "2.1", "Version_2.1"),
        ("sqlalchemy", "2.0.0", "rel_2_0_0"),
        ("sqlalchemy", "2.0.0b1", "rel_2_0_0b1"),
        ("psycopg2", "2.9.1", "2_9_1"),
        ("some-lib", "1.0", "some_lib@1.0"),
        ("some-lib", "1.0", "SomeLib-1.0"),
        ("yaml", "6.0", "pyyaml-6.0"),
        ("dateutil", "2.8.2", "python-dateutil-2.8.2"),
        ("h11", "0.14.0", "h11-v0.14.0"),
        ("x", "1!2.0", "v1!2.0"),
        ("x", "2-1", "2-1"),
    ],
)
def test_a_release_is_found_under_its_tag(name: str, version: str, tag: str) -> None:
    others = ["nightly", "other-2.1", "v0.0.1", "2.1-wip", "docs-2.1", "sub/kazoo/2.1x"]
    assert tag_of([*others, tag], name, version) == tag


@pytest.mark.parametrize(
    "tag", ["kazoo-extras-2.1", "2.1rc1", "v2.1.1", "xkazoo-2.1", "2.1 final", "", "2.1\n", "-2.1"]
)
def test_what_stands_for_something_else_is_not_taken(tag: str) -> None:
    assert tag_of([tag], "kazoo", "2.1") == ""


def test_a_tag_that_names_the_package_comes_first_and_then_the_shortest() -> None:
    tags = ["v2.0", "2.0", "core-v2.0.0", "core-2.0"]

    assert tag_of(tags, "core", "2.0") == "core-2.0"
    assert tag_of(tags, "other", "2.0") == "2.0"


def test_a_version_that_is_none_has_no_tag() -> None:
    assert tag_of(["newest", "1.0"], "kazoo", "newest") == ""
    assert near(["newest", "1.0"], "kazoo", "newest") == ("1.0",)


def test_those_nearby_are_shown() -> None:
    tags = [f"v1.{minor}" for minor in range(20)] + ["old", "docs"]

    assert near(tags, "kazoo", "1.7.5") == ("v1.6", "v1.7", "v1.8", "v1.9", "v1.10")
    assert near(tags, "kazoo", "9") == ("v1.15", "v1.16", "v1.17", "v1.18", "v1.19")
    assert near(["docs"], "kazoo", "1.0") == ()
    assert "kazoo-1.0" in looked_for("kazoo", "1.0")
