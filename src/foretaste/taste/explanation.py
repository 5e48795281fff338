"""Explanation: the smallest set of moves that breaks the base in one way.

Of a state that shows a break, the most suspected moves are put on the base by themselves, ever
more of them until it shows; the one that made the difference is part of the cause. With what is
known to be part of it already at the bottom, this is repeated until nothing more is needed
(QuickXplain's idea, by suspicion instead of halves).
"""

from __future__ import annotations

from dataclasses import dataclass

from foretaste.taste.breaks import Break, View
from foretaste.taste.holding import STRONG, Question
from foretaste.taste.units import Bits, each_of, is_within

ALONE = "what breaks by itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Units that break the base together; with what they need, they are the state `at`."""

    units: Bits
    at: Bits


def explain(view: View, each: Break) -> Question | Cause:
    """Return the state to try next, or the cause of a break."""
    smallest = each.smallest(view.units.every)
    needed = _needed(view, each, smallest)
    bottom = view.units.with_needs(needed)
    if bottom == smallest:
        return Cause(units=_tops(view, needed), at=smallest)
    if needed and bottom not in each.hidden and not each.is_out(bottom):
        return Question(at=bottom, why=ALONE)
    return _more(view, each, smallest, bottom)


def _needed(view: View, each: Break, smallest: Bits) -> Bits:
    """Return the units of a state without which it is known not to show the break."""
    return sum(
        1 << unit
        for unit in each_of(smallest)
        if each.is_out(view.units.without(smallest, 1 << unit))
    )


def _tops(view: View, units: Bits) -> Bits:
    """Return the units that no other of them needs."""
    return sum(
        1 << unit for unit in each_of(units) if not view.units.above[unit] & units & ~(1 << unit)
    )


def _more(view: View, each: Break, smallest: Bits, bottom: Bits) -> Question:
    """Ask for a state between what is needed and what shows the break."""
    odds = view.suspicion(each, smallest) if not bottom else {}
    weights = view.ranking.of(each.signature)
    rest = smallest & ~bottom
    odds = odds or {unit: weights[unit] for unit in each_of(rest)}
    order = sorted(each_of(rest), key=lambda unit: (-odds.get(unit, 0.0), -weights[unit], unit))
    states: list[Bits] = []
    masses: list[float] = []
    for unit in order:
        more = (states[-1] if states else bottom) | view.units.below[unit]
        states.append(more)
        masses.append(sum(odds.get(one, 0.0) for one in each_of(more & ~bottom)))
    low = max((k for k, state in enumerate(states) if each.is_out(state)), default=-1)
    high = min(k for k, state in enumerate(states) if state == smallest)
    floor = masses[low] if low >= 0 else 0.0
    whole = masses[high] - floor
    between = range(low + 1, high)
    if not between:
        return Question(at=view.units.without(smallest, 1 << order[high]), why=ALONE)
    first = between[0]
    hope = (masses[first] - floor) / whole if whole else 0.0
    if hope >= STRONG:
        return Question(at=states[first], why=ALONE, hope=hope)
    best = min(between, key=lambda k: abs(masses[k] - floor - whole / 2))
    return Question(at=states[best], why=ALONE, hope=hope)


def is_explained(each: Break, cause: Cause) -> bool:
    """Whether a cause shows a break by itself."""
    return cause.at in each.seen


def is_covered(each: Break, cause: Cause) -> bool:
    """Whether a break is another face of a cause that is known.

    It was seen only where that is, and by itself it makes the same tests fail in other ways.
    """
    return cause.at in each.hidden and all(is_within(cause.at, state) for state in each.seen)
