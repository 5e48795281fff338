"""Holding: the smallest set of moves without which the candidate passes.

From the candidate downwards: of a state that is broken, the moves that are suspected of it are
taken away, until what is left passes. Then what was taken away comes back, one by one, unless it is
known to break: what stays away is what must be held.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from foretaste.taste.breaks import Break, View
from foretaste.taste.units import Bits, each_of, is_within

STRONG = 1 / 4
"""From this probability on, one unit is tried by itself instead of half of them."""
SURE = 0.5
"""From this probability on, a unit goes together with another that is suspected of another break."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A state to try: all tests, or only some again; `hope` is how likely it settles something.

    One that is a `step` is not asked beside another one: its answer decides which is the next.
    """

    at: Bits
    tests: tuple[str, ...] = ()
    why: str
    hope: float = 1.0
    step: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """A state that passes: what may go on."""

    at: Bits


def hold(view: View) -> Question | Landing:
    """Return the state to try next, or the largest known one that may land."""
    state = view.units.every
    while not view.record.is_passing(state):
        there = [each for each in view.breaks if each.is_in(state)]
        if not there:
            return Question(at=state, why="what may go on", step=True)
        state = view.units.without(state, _suspects(view, state, there))
    around = [each for each in view.record.clean if is_within(state, each)]
    return Landing(at=max(around, key=lambda each: (each.bit_count(), each)))


def grow(view: View, landing: Landing) -> Question | None:
    """Return an addition to what may land that is not known to break it; None for none."""
    away = view.units.every & ~landing.at
    weights = view.ranking.plain
    for unit in sorted(each_of(away), key=lambda each: (weights[each], each)):
        more = landing.at | view.units.below[unit]
        if not any(each.is_in(more) for each in view.breaks):
            return Question(at=more, why="whether less need be held")
    return None


def _suspects(view: View, state: Bits, there: Sequence[Break]) -> Bits:
    """Return units to take away from a broken state.

    Of breaks that have always come together one is enough, but for those whose trace points at
    somebody else: more than one thing may be broken.
    """
    chosen: Bits = 0
    for each in sorted(there, key=lambda each: (-_strength(view, each), -len(each.tests))):
        if each.is_in(view.units.without(state, chosen)):
            chosen |= _suspects_of(view, state, each)
        elif _strength(view, each) > 1.0 >= view.ranking.pointing(each.signature, chosen):
            odds = view.suspicion(each, state)
            chosen |= sum(1 << unit for unit in odds if odds[unit] >= SURE)
    return chosen


def _strength(view: View, each: Break) -> float:
    return view.ranking.pointing(each.signature, view.units.every)


def _suspects_of(view: View, state: Bits, each: Break) -> Bits:
    odds = view.suspicion(each, state)
    if not odds:
        return 1 << _together(view, state, each)
    best = max(odds, key=lambda unit: (odds[unit], unit))
    if odds[best] >= STRONG:
        return 1 << best
    return half(odds, view.units.above)


def _together(view: View, state: Bits, each: Break) -> int:
    """Return one of several units that only break together."""
    weights = view.ranking.of(each.signature)
    smallest = each.smallest(state)
    inside = [one for one in each.seen if is_within(one, state)]

    def worth(unit: int) -> tuple[int, float, int]:
        """Prefer what all states have that show it, and then the most suspected."""
        met = sum(bool(view.units.above[unit] & one) for one in inside)
        return met, weights[unit], unit

    open_ = [
        unit
        for unit in each_of(smallest)
        if not each.is_in(view.units.without(smallest, 1 << unit))
    ]
    return max(open_ or each_of(smallest), key=worth)


def half(odds: dict[int, float], closure: Sequence[Bits]) -> Bits:
    """Return units whose closure has about half of the probability, the most suspected first."""
    chosen: Bits = 0
    covered: Bits = 0
    mass = 0.0
    for unit in sorted(odds, key=lambda each: (-odds[each], each)):
        more = covered | closure[unit]
        grown = sum(odds.get(each, 0.0) for each in each_of(more))
        if not chosen or abs(grown - 0.5) < abs(mass - 0.5):
            chosen, covered, mass = chosen | 1 << unit, more, grown
    return chosen
