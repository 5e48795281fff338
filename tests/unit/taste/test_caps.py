"""What is written to hold a release back admits the base's version and keeps the new one out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from foretaste.taste.caps import cap_of, exclusion_of

releases = st.lists(st.integers(0, 20), min_size=1, max_size=4).map(
    lambda numbers: ".".join(map(str, numbers))
)
versions = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["", "1!"]),
    releases,
    st.sampled_from(["", "a1", "b2", "rc1"]),
    st.sampled_from(["", ".post1"]),
    st.sampled_from(["", ".dev3", "+local.1"]),
)


@pytest.mark.parametrize(
    ("old", "new", "cap"),
    [
        ("2.0.1", "2.1.0", "<2.1.0"),
        (None, "2.0.1", "<2.0.1"),
        ("1.16.0", None, "==1.16.0"),
        ("2.0rc1", "2.0", "!=2.0"),  # "<2.0" does not admit 2.0's own pre-releases
        ("2.0", "2.0+cpu", "!=2.0+cpu"),
        ("1.0", "2.0+cpu", "<2.0"),
        ("1.0", "1!0.5", "<1!0.5"),
        ("2015b", "2015g", "===2015b"),  # not of PEP 440: nothing can be compared
        ("2.0", "1.0", "!=1.0"),
    ],
)
def test_a_cap_is_the_loosest_that_holds(old: str | None, new: str | None, cap: str) -> None:
    assert cap_of(old, new) == cap


@given(versions, versions)
def test_a_cap_admits_the_old_and_keeps_the_new_out(old: str, new: str) -> None:
    if Version(old) == Version(new):
        return

    cap = SpecifierSet(cap_of(old, new))

    assert cap.contains(old, prereleases=True)
    assert not cap.contains(new, prereleases=True)


@pytest.mark.parametrize(
    ("failing", "cap"),
    [
        (("3.0.1", "3.0.2"), "<3.0.1"),
        (("3.1.0",), "<3.1.0"),
        (("2.9", "3.0.2"), "<3.0.2,!=2.9"),
    ],
)
def test_a_cap_begins_at_the_first_that_fails_beyond_what_passes(
    failing: tuple[str, ...], cap: str
) -> None:
    assert cap_of("3.0.0", "3.1.0", failing) == cap


def test_versions_that_cannot_be_compared_leave_the_new_one() -> None:
    assert cap_of(None, "2015g", ("3.0", "2015e")) == "<2015g"
    assert cap_of("1.0", "2.0", ("2015e",)) == "===1.0"


def test_an_exclusion_names_each_that_fails_once() -> None:
    assert exclusion_of("2.1.1", ("2.1.0", "2.1.1")) == "!=2.1.0,!=2.1.1"
    assert exclusion_of(None, ("2.1.0",)) == "!=2.1.0"
