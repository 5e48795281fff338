"""Times, sizes, chains and sentences as people read them; nothing hidden gets through."""

from __future__ import annotations

import pytest

from foretaste.web.rendering import asset, chain, clock, lasting, moment, size, spoken, url_name


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 s"),
        (14.25, "14.2 s"),
        (60.0, "1 min 00 s"),
        (754.6, "12 min 35 s"),
        (3600.0, "1 h 00 min"),
        (9000.0, "2 h 30 min"),
    ],
)
def test_a_duration(seconds: float, text: str) -> None:
    assert lasting(seconds) == text


@pytest.mark.parametrize(
    ("count", "text"), [(0, "0 B"), (1023, "1023 B"), (2048, "2.0 KiB"), (3 * 2**20, "3.0 MiB")]
)
def test_a_size(count: int, text: str) -> None:
    assert size(count) == text


def test_a_time_that_is_not_known() -> None:
    assert (moment(0.0), clock(0.0)) == ("—", "—")
    assert moment(1_764_072_000.0) == "2025-11-25 12:00:00"


def test_a_long_chain_shows_its_ends() -> None:
    assert chain(("1", "2")) == ["1", "2"]
    assert chain(tuple("123456789")) == ["1", "2", 4, "7", "8", "9"]


def test_a_sentence_is_escaped_and_its_code_is_code() -> None:
    assert spoken("run `a <b>` & \u202ego") == ("run <code>a &lt;b&gt;</code> &amp; \\u202ego")


def test_a_name_is_one_part_of_an_address() -> None:
    assert url_name("a/b?c#d") == "a%2Fb%3Fc%23d"


def test_an_address_changes_with_the_file() -> None:
    assert asset("page.css") != asset("log.css")
    assert asset("page.css").startswith("/static/page.css?v=")
