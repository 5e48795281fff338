"""A log is read in parts and shown in blocks; a reader can begin anywhere and go on later."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.web import logs
from foretaste.web.ansi import style_of
from foretaste.web.logs import LogView, Read, Reader, last_lines, place_of


def reading(log: bytes, *, done: bool = True, step: int = 2**20) -> Read:
    """Make a reader of a log that gives at most `step` bytes at once."""
    return lambda offset, size: (log[offset : offset + min(size, step)], len(log), done)


def test_each_line_has_its_number_as_a_link() -> None:
    view = LogView(read=reading(b"one\ntwo\n"))

    assert list(view.rows()) == [
        "<div id=L1><a href=#L1>1</a>one</div>",
        "<div id=L2><a href=#L2>2</a>two</div>",
    ]
    assert (view.line, view.offset, view.done, view.more) == (3, 8, True, False)


def test_blocks_hold_a_thousand_lines() -> None:
    log = b"".join(b"line %d\n" % number for number in range(2_500))

    blocks = list(LogView(read=reading(log)).blocks())

    assert [block.count("<div id=") for block in blocks] == [1000, 1000, 500]
    assert [block.startswith('<div class="block full">') for block in blocks] == [True, True, False]


def test_a_line_that_has_not_ended_is_shown_and_asked_for_again() -> None:
    view = LogView(read=reading(b"one\n....", done=False))

    rows = list(view.rows())

    assert rows[-1] == "<div id=L2 class=partial><a href=#L2>2</a>....</div>"
    assert (view.line, view.offset, view.done) == (2, 4, False)


def test_who_follows_goes_on_where_the_page_ended() -> None:
    log = b"\x1b[31mone\ntw"
    first = LogView(read=reading(log, done=False))
    list(first.rows())
    log += b"o\x1b[0m\nthree\n"

    then = LogView(
        read=reading(log), first=first.line, offset=first.offset, style=style_of(first.style.token)
    )

    assert list(then.rows()) == [
        '<div id=L2><a href=#L2>2</a><span class="c1">two</span></div>',
        "<div id=L3><a href=#L3>3</a>three</div>",
    ]


def test_a_page_has_an_end() -> None:
    view = LogView(read=reading(b"x\n" * 30), limit=10)

    assert len(list(view.rows())) == 10
    assert (view.more, view.line, view.offset) == (True, 11, 20)


def test_a_long_line_is_cut_and_says_so() -> None:
    view = LogView(read=reading(b"y" * 3_000 + b"\nz\n"))

    first, second = view.rows()

    assert first.count("y") == logs.LINE_LIMIT + 1  # one is in "bytes"
    assert "<em>… the line has 3,000 bytes</em>" in first
    assert second.endswith("z</div>")


def test_a_line_without_end_does_not_grow_in_memory() -> None:
    reader = Reader(reading(b"y" * 200_000 + b"\nz", step=7_000))

    first, last = reader.lines()

    assert len(first.text) == logs.LINE_BYTES
    assert first.missing == 200_000 - logs.LINE_BYTES
    assert (last.offset, last.text, last.ended) == (200_001, b"z", False)


def test_a_carriage_return_takes_back_what_stood_before() -> None:
    (row,) = LogView(read=reading(b"10%\r50%\r100%\r\n")).rows()

    assert row == "<div id=L1><a href=#L1>1</a>100%</div>"


def test_bytes_that_are_no_text_are_shown_as_such() -> None:
    (row,) = LogView(read=reading(b"caf\xff\n")).rows()

    assert row == "<div id=L1><a href=#L1>1</a>caf\ufffd</div>"


@given(st.lists(st.binary(max_size=9), max_size=20), st.integers(1, 12))
def test_however_it_is_read_the_lines_are_the_same(lines: list[bytes], step: int) -> None:
    log = b"\n".join(lines)
    found = list(Reader(reading(log, step=step)).lines())

    pieces = log.split(b"\n")
    wanted = pieces if pieces[-1] else pieces[:-1]
    assert [line.text for line in found] == wanted
    assert all(log[line.offset :].startswith(line.text) for line in found)


@given(st.lists(st.binary(max_size=5), max_size=20), st.integers(1, 25), st.integers(1, 9))
def test_a_line_is_found_by_its_number(lines: list[bytes], number: int, step: int) -> None:
    log = b"".join(line.replace(b"\n", b"") + b"\n" for line in lines)
    found = list(Reader(reading(log)).lines())

    got, offset = place_of(reading(log, step=step), number)

    if number <= len(found):
        assert (got, offset) == (number, found[number - 1].offset)
    else:
        assert got == len(found) + 1
        assert offset == len(log)


@given(st.lists(st.binary(max_size=5), max_size=20), st.integers(1, 25), st.booleans())
def test_the_last_lines_are_found(lines: list[bytes], count: int, end: bool) -> None:  # noqa: FBT001
    log = b"\n".join(line.replace(b"\n", b"") for line in lines) + (b"\n" if end else b"")
    found = list(Reader(reading(log)).lines())

    number, offset = last_lines(reading(log, step=3), count)

    rest = list(Reader(reading(log), offset).lines())
    assert len(rest) == min(count, len(found))
    assert number == len(found) - len(rest) + 1


@pytest.mark.parametrize("place", [place_of, last_lines])
def test_an_empty_log_begins_at_its_first_line(place: object) -> None:
    assert callable(place)
    assert place(reading(b""), 10) == (1, 0)
