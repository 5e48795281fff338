"""Units of a lattice as bits: closed downwards and upwards as the lattice says."""

from __future__ import annotations

from foretaste.taste.units import any_around, any_within, each_of, is_within, units_of
from tests.property.consumers import lattice_from

LATTICE = lattice_from("abcd", {"a": ["b"], "b": ["a"], "c": ["a"], "d": ["c"]})


def test_moves_that_need_each_other_are_one_unit() -> None:
    units = units_of(LATTICE)

    assert units.members == (frozenset("ab"), frozenset("c"), frozenset("d"))
    assert units.every == 0b111
    assert units.below == (0b001, 0b011, 0b111)
    assert units.above == (0b111, 0b110, 0b100)


def test_states_have_what_they_need_and_lose_what_needs_what_is_taken() -> None:
    units = units_of(LATTICE)

    assert units.with_needs(0b010) == 0b011
    assert units.without(0b111, 0b010) == 0b001
    assert units.without(0b001, 0b010) == 0b001
    assert units.moved(0b011) == frozenset("abc")
    assert units.moved(0) == frozenset()


def test_sets_lie_within_each_other() -> None:
    assert list(each_of(0b101)) == [0, 2]
    assert is_within(0b001, 0b101)
    assert not is_within(0b010, 0b101)
    assert any_within([0b010, 0b100], 0b101)
    assert not any_within([0b010], 0b101)
    assert any_around(0b001, [0b010, 0b011])
    assert not any_around(0b001, [])
