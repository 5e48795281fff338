"""A file is read, or it is said what keeps it from being read; in little time, whatever it is."""

from __future__ import annotations

import pytest

from foretaste.config.document import MOST_BYTES, Document, read_document
from foretaste.config.mistakes import Mistake

HOSTILE = {
    "one long word": b"a" * MOST_BYTES,
    "keys of many parts": (b"a." * 31 + b"a=1\n") * 3000,
    "a key of all parts": b"a." * (MOST_BYTES // 2),
    "quoted parts": b'"a".' * (MOST_BYTES // 4),
    "open quotes": b'"' * MOST_BYTES,
    "backslashes": b'a="' + b"\\" * (MOST_BYTES - 3),
    "lists in lists": b"a=" + b"[" * (MOST_BYTES - 2),
    "tables in tables": b"a=" + b"{a=" * (MOST_BYTES // 3 - 1),
    "a long list": b"a=[" + b"1," * (MOST_BYTES // 2 - 3) + b"]",
    "many tables": b"[[a]]\n" * (MOST_BYTES // 6),
    "a long number": b"a=" + b"9" * (MOST_BYTES - 2),
    "a long hexadecimal": b"a=0x" + b"f" * (MOST_BYTES - 4),
    "nothing": b"\0" * MOST_BYTES,
}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_done_with_soon(name: str) -> None:
    read = read_document("foretaste.toml", HOSTILE[name])

    assert isinstance(read, Document | Mistake)
    assert name in {"a long list", "many tables", "a long hexadecimal"} or isinstance(read, Mistake)


def test_a_file_that_is_too_large_is_not_even_parsed() -> None:
    read = read_document("foretaste.toml", b"#" * (MOST_BYTES + 1))

    assert isinstance(read, Mistake)
    assert read.code == "FT202"
    assert str(MOST_BYTES) in read.what


def test_an_empty_file_says_nothing() -> None:
    read = read_document("foretaste.toml", b"")

    assert isinstance(read, Document)
    assert read.data == {}
    assert read.line(("gate",)) == 0
    assert read.origin(("gate",)) == "foretaste.toml"


def test_a_part_of_a_document_keeps_the_lines_of_the_whole() -> None:
    read = read_document("pyproject.toml", b"[tool.foretaste]\n\ngate = ['a']\n")
    assert isinstance(read, Document)

    part = read.at(("tool", "foretaste"))

    assert part is not None
    assert part.data == {"gate": ["a"]}
    assert part.origin(("gate", 0)) == "pyproject.toml:3"
    assert part.origin(("check",)) == "pyproject.toml:1"
    assert str(part.mistake("FT206", ("gate", 0), "no")) == (
        "pyproject.toml:3: tool.foretaste.gate[0]: no [FT206]"
    )


@pytest.mark.parametrize("root", [("tool", "other"), ("tool", "foretaste", "gate")])
def test_what_is_no_table_is_no_part(root: tuple[str, ...]) -> None:
    read = read_document("pyproject.toml", b"[tool.foretaste]\ngate = ['a']\n")
    assert isinstance(read, Document)

    assert read.at(root) is None
