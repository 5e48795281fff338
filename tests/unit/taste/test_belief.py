"""How sure is sure: one toss is never enough, and what a trace says counts for so much only."""

from __future__ import annotations

import pytest

from foretaste.taste.belief import (
    CHANCE,
    EQUAL,
    POINTING,
    SETTLED,
    UNEQUAL,
    is_settled,
    odds_of_chance,
    odds_of_same,
    repeated_by_chance,
    sure,
)
from foretaste.taste.outcome import Signature


def test_before_anything_one_failure_in_five_is_chance() -> None:
    assert sure(odds_of_chance(1, 0, 1.0)) == pytest.approx(0.8)
    assert sure(CHANCE) == pytest.approx(0.8)


def test_one_failure_that_names_what_is_not_there_is_believed() -> None:
    assert sure(odds_of_chance(1, 1, POINTING * SETTLED)) > 0.999
    assert sure(odds_of_chance(1, 1, POINTING)) < 0.999
    assert sure(odds_of_chance(1, 1, SETTLED)) < 0.999


def test_four_of_four_and_none_of_four_are_believed_without_a_trace() -> None:
    assert sure(odds_of_chance(5, 5, 1.0)) > 0.999
    assert sure(odds_of_chance(2, 2, 1.0)) < 0.98


def test_every_failure_and_every_pass_makes_it_surer() -> None:
    odds = [odds_of_chance(failed, 3, 1.0) for failed in range(1, 5)]
    assert odds == sorted(odds, reverse=True)
    odds = [odds_of_chance(3, passed, 1.0) for passed in range(5)]
    assert odds == sorted(odds, reverse=True)


def test_no_rate_makes_what_was_seen_more_likely() -> None:
    for rate in (0.01, 0.1, 0.25, 0.5, 0.75, 0.99):
        assert odds_of_chance(4, 3, 1.0) >= CHANCE * rate**3 * (1 - rate) ** 3


@pytest.mark.parametrize(
    ("kind", "settled"),
    [
        ("ImportError", True),
        ("pydantic.errors.PydanticImportError", True),
        ("TypeError", True),
        ("AssertionError", False),
        ("Hang", False),
        ("exit 1", False),
        ("ConnectionError", False),
    ],
)
def test_what_is_not_there_is_so_every_time(kind: str, *, settled: bool) -> None:
    assert is_settled(Signature(type=kind, message="")) is settled


def test_a_flake_on_end_becomes_unlikely() -> None:
    assert repeated_by_chance(1, 4, 1) == pytest.approx(2 / 7)
    assert repeated_by_chance(1, 4, 12) < 0.001


def test_rates_differ_when_one_fails_often_and_the_other_never() -> None:
    assert odds_of_same(1, 0, 0) == pytest.approx(1 / CHANCE)
    assert odds_of_same(6, 4, 20) <= UNEQUAL
    assert odds_of_same(1, 20, 20) > EQUAL
