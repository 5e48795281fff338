"""A glob is what the manual says of it, and costs no more than its path is long."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.config.globs import any_matches, compile_glob, wrong_glob

CASES = [
    ("src/**", "src/a.py", True),
    ("src/**", "src/a/b.py", True),
    ("src/**", "src", False),
    ("src/**", "lib/src/a.py", False),
    ("src/", "src/a/b.py", True),
    ("**", "a/b/c", True),
    ("**/x.py", "x.py", True),
    ("**/x.py", "a/b/x.py", True),
    ("**/x.py", "ax.py", False),
    ("a/**/b", "a/b", True),
    ("a/**/b", "a/x/y/b", True),
    ("a/**/b", "ab", False),
    ("a/**/**/b", "a/b", True),
    ("*.py", "a.py", True),
    ("*.py", "d/a.py", False),
    ("d/*", "d/a", True),
    ("d/*", "d/a/b", False),
    ("?.py", "a.py", True),
    ("?.py", "/.py", False),
    ("?.py", "ab.py", False),
    ("a*b*c", "axxbyyc", True),
    ("a*b*c", "axxbyy", False),
    ("tests/**/test_*.py", "tests/test_a.py", True),
    ("tests/**/test_*.py", "tests/x/test_.py", True),
    ("a.b", "axb", False),
]


@pytest.mark.parametrize(("glob", "path", "expected"), CASES)
def test_a_glob_matches_as_the_manual_says(glob: str, path: str, *, expected: bool) -> None:
    assert wrong_glob(glob) == ""
    assert compile_glob(glob).matches(path) is expected


@pytest.mark.parametrize(
    "glob",
    ["", "/src", "a//b", "../a", "./a", "a/..", "**a", "a**/b", "[ab]", "{a,b}", "!a", "a\\b"],
)
def test_what_is_no_glob_is_said_to_be_none(glob: str) -> None:
    assert wrong_glob(glob)


def test_a_glob_that_kills_a_backtracking_matcher_is_as_quick_as_any() -> None:
    glob = "*a" * 127 + "*b"
    assert wrong_glob(glob) == ""
    # A backtracking matcher needs longer than the sun has left for this one.
    assert not compile_glob(glob).matches("a" * 4096)


def test_one_path_and_one_glob_are_enough() -> None:
    assert any_matches(["docs/**", "src/*.py"], ["README", "src/a.py"])
    assert not any_matches(["docs/**"], ["README", "src/a.py"])
    assert not any_matches([], ["README"])


def as_regex(glob: str) -> str:
    """Write the glob as a regular expression, by another road than the program's."""
    glob = f"{glob}**" if glob.endswith("/") else glob
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", glob)
    spelled = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(spelled.get(part, re.escape(part)) for part in parts)


@given(
    st.lists(
        st.sampled_from(["a", "b", "*", "?", "**", "a*", "*b", "a?b"]), min_size=1, max_size=5
    ),
    st.lists(st.text("ab", max_size=3), min_size=1, max_size=5),
)
def test_a_glob_means_what_its_regular_expression_means(names: list[str], path: list[str]) -> None:
    glob, joined = "/".join(names), "/".join(path)

    expected = re.fullmatch(as_regex(glob), joined) is not None

    assert compile_glob(glob).matches(joined) is expected
