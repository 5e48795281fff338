"""Every key and element of a TOML text has the line that it stands on."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.config.document import Document, read_document
from foretaste.config.spots import Path, find_spots
from foretaste.config.written import toml

TEXT = """\
# a comment with [brackets]
a = 1
[tool.foretaste]
check = ["x", # c ]
  "y",
  ["z", {q = 1, "r.s".t = "}"}],
]
"w\\u0041".x = \"""
a = [ "" \\\"""
""\"""
b.'c.d' = 1979-05-27 07:32:00
e = ''\'it's
two lines''\'
[[l]]
k = 1
[[l]]
k = 2
[l.sub]
v = true
[[l.m]]
w = 1
"""
LINES: dict[Path, int] = {
    ("a",): 2,
    ("tool",): 3,
    ("tool", "foretaste"): 3,
    ("tool", "foretaste", "check"): 4,
    ("tool", "foretaste", "check", 0): 4,
    ("tool", "foretaste", "check", 1): 5,
    ("tool", "foretaste", "check", 2): 6,
    ("tool", "foretaste", "check", 2, 0): 6,
    ("tool", "foretaste", "check", 2, 1): 6,
    ("tool", "foretaste", "check", 2, 1, "q"): 6,
    ("tool", "foretaste", "check", 2, 1, "r.s"): 6,
    ("tool", "foretaste", "check", 2, 1, "r.s", "t"): 6,
    ("tool", "foretaste", "wA"): 8,
    ("tool", "foretaste", "wA", "x"): 8,
    ("tool", "foretaste", "b"): 11,
    ("tool", "foretaste", "b", "c.d"): 11,
    ("tool", "foretaste", "e"): 12,
    ("l",): 14,
    ("l", 0): 14,
    ("l", 0, "k"): 15,
    ("l", 1): 16,
    ("l", 1, "k"): 17,
    ("l", 1, "sub"): 18,
    ("l", 1, "sub", "v"): 19,
    ("l", 1, "m"): 20,
    ("l", 1, "m", 0): 20,
    ("l", 1, "m", 0, "w"): 21,
}


def paths(value: Any, path: Path = ()) -> Iterator[Path]:
    """Yield the path of everything in a parsed document."""
    inner = dict(enumerate(value)) if isinstance(value, list) else value
    for part, each in inner.items() if isinstance(inner, dict) else ():
        yield (*path, part)
        yield from paths(each, (*path, part))


def test_every_key_and_element_has_its_line() -> None:
    assert set(paths(tomllib.loads(TEXT))) == set(LINES)
    assert find_spots(TEXT) == LINES


def test_lines_are_the_same_with_the_line_ends_of_windows() -> None:
    read = read_document("foretaste.toml", TEXT.replace("\n", "\r\n").encode())

    assert isinstance(read, Document)
    assert read.spots == LINES


@pytest.mark.parametrize("cut", range(0, len(TEXT), 3))
def test_what_is_left_of_a_document_is_read_or_refused_and_never_raises(cut: int) -> None:
    read = read_document("foretaste.toml", (TEXT[:cut] + TEXT[cut + 2 :]).encode())

    assert not isinstance(read, Document) or set(read.spots) == set(paths(read.data))


VALUES = st.recursive(
    st.one_of(st.booleans(), st.integers(-9, 9), st.text(max_size=6)),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=4), VALUES, max_size=4))
def test_whatever_a_document_holds_has_a_line_of_it(table: dict[str, Any]) -> None:
    text = toml(table, ("top",))

    spots = find_spots(text)

    assert set(spots) == set(paths(tomllib.loads(text)))
    assert all(1 <= line <= text.count("\n") for line in spots.values())
