"""Nothing that comes from outside can act on a terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.report.plain import cut, log_text, one_line, plain, width


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain", "plain"),
        ("naïve — 日本", "naïve — 日本"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("a\x07b\x9bc", "a\\x07b\\x9bc"),
        ("user\u202egnp.exe", "user\\u202egnp.exe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\U000e0041", "\\U000e0041"),
        ("line\u2028end", "line\\u2028end"),
        ("no\u00a0break", "no break"),
    ],
)
def test_what_cannot_be_seen_is_shown(text: str, shown: str) -> None:
    assert plain(text) == shown


@given(st.text())
def test_one_line_is_one_line_and_printable(text: str) -> None:
    assert one_line(text).isprintable()


@given(st.text())
def test_plain_text_is_plain_already(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize(
    ("colour", "shown"),
    [
        (False, "ok\tred\n\\x1b]8;;javascript:x\\x07link\n50%\n100%\n"),
        (True, "ok\t\x1b[31mred\x1b[0m\n\\x1b]8;;javascript:x\\x07link\n50%\n100%\n"),
    ],
)
def test_a_log_keeps_its_colours_and_lines_and_nothing_else(*, colour: bool, shown: str) -> None:
    log = "ok\t\x1b[31mred\x1b[0m\r\n\x1b]8;;javascript:x\x07link\n50%\r100%\n"

    assert log_text(log, colour=colour) == shown


@pytest.mark.parametrize(
    ("text", "columns", "shown"),
    [
        ("abcdef", 6, "abcdef"),
        ("abcdefg", 6, "abcde…"),
        ("日本語の", 6, "日本…"),
        ("e\u0301tude", 5, "e\u0301tude"),
        ("e\u0301tudes", 4, "e\u0301tu…"),
    ],
)
def test_a_text_is_cut_by_the_columns_that_it_takes(text: str, columns: int, shown: str) -> None:
    assert cut(text, columns) == shown


@given(st.text(), st.integers(min_value=1, max_value=80))
def test_a_cut_text_fits(text: str, columns: int) -> None:
    assert width(cut(text, columns)) <= columns
