"""A log's escape sequences become classes or nothing; its text stays, escaped."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foretaste.web.ansi import PLAIN, Style, render_line, restyled, style_of

ESC = "\x1b"
TAG = re.compile(r'<span class="(?:b|[cg]1?[0-9])(?: (?:b|c1?[0-9]))*">|</span>')


@pytest.mark.parametrize(
    ("line", "html"),
    [
        ("plain", "plain"),
        ("a < b & c", "a &lt; b &amp; c"),
        (f"{ESC}[31mred{ESC}[0m", '<span class="c1">red</span>'),
        (f"{ESC}[1;32mgood{ESC}[m!", '<span class="c2 b">good</span>!'),
        (f"{ESC}[91mbright{ESC}[39m", '<span class="c9">bright</span>'),
        (f"{ESC}[41;37m F {ESC}[0m", '<span class="g1"> F </span>'),
        (f"{ESC}[102mon{ESC}[49m", '<span class="g10">on</span>'),
        (f"{ESC}[1mbold{ESC}[22m not", '<span class="b">bold</span> not'),
        (f"{ESC}[38;5;196mtable{ESC}[0m", '<span class="c9">table</span>'),
        (f"{ESC}[38;5;3mbasic{ESC}[0m", '<span class="c3">basic</span>'),
        (f"{ESC}[38;5;244mgrey{ESC}[0m", '<span class="c7">grey</span>'),
        (f"{ESC}[38;2;10;200;10mtrue{ESC}[0m", '<span class="c10">true</span>'),
        (f"{ESC}[48;2;0;0;40mdark{ESC}[0m", '<span class="g0">dark</span>'),
        (f"{ESC}[38;7mnonsense", "nonsense"),
        (f"{ESC}[4;7;58mother{ESC}[0m", "other"),
        (f"{ESC}[2K{ESC}[1Gmoved{ESC}[?25l", "moved"),
        (f"{ESC}]8;;javascript:alert(1){ESC}\\link{ESC}]8;;{ESC}\\", "link"),
        (f"{ESC}]0;title\x07text", "text"),
        (f"{ESC}Pq#0;2;0;0;0{ESC}\\sixel", "sixel"),
        (f"{ESC}(B{ESC}7{ESC}=x", "x"),
        (f"a{ESC}", "a"),
        ("bell\x07", "bell\\x07"),
        ("right\u202eleft", "right\\u202eleft"),
        ("tab\there", "tab\there"),
    ],
)
def test_a_line_is_rendered(line: str, html: str) -> None:
    assert render_line(line, PLAIN)[0] == html


def test_a_style_goes_on_in_the_next_line() -> None:
    _, style = render_line(f"{ESC}[1;35mon", PLAIN)

    html, after = render_line(f"and on{ESC}[0m off", style)

    assert html == '<span class="c5 b">and on</span> off'
    assert after == PLAIN


def test_a_style_can_be_handed_over() -> None:
    style = Style(ink=3, ground=12, bold=True)

    assert style_of(style.token) == style


@pytest.mark.parametrize("token", ["", "x", "1.2", '"><script>', "1.2.3", "99.1.0", "1.1.1\n"])
def test_a_token_that_is_none_is_the_plain_style(token: str) -> None:
    assert style_of(token) == PLAIN


def test_numbers_beyond_the_palette_stay_within_it() -> None:
    assert style_of("19.17.0") == Style(ink=15, ground=15)


def test_what_is_unknown_changes_nothing() -> None:
    assert restyled(Style(ink=2), "99;108;3;118") == Style(ink=2)


@given(
    st.text(alphabet=st.sampled_from("ab<>&\"'[]m;0135 8\\\x1b\x07\x9b\x00\u202e\r"), max_size=60)
)
def test_only_our_own_spans_come_out(line: str) -> None:
    html, _ = render_line(line, PLAIN)

    rest = TAG.sub("", html)

    assert "<" not in rest
    assert ">" not in rest
    assert unescape(rest).isprintable()


@given(st.text(alphabet=st.sampled_from("\x1b]P[8;mx"), min_size=1, max_size=12))
def test_a_hostile_line_takes_linear_time(piece: str) -> None:
    html, _ = render_line(piece * 2_000, PLAIN)

    assert "\x1b" not in html
