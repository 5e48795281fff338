"""Explanation: the smallest set of moves that breaks the base in one way.

Of a state that shows a break, the most suspected moves are put on the base by themselves, ever
more of them until it shows; the one that made the difference is part of the cause. With what is
known to be part of it already at the bottom, this is repeated until nothing more is needed
(QuickXplain's idea, by suspicion instead of halves).
"""

from __future__ import annotations

from dataclasses import dataclass

from foretaste.taste.breaks import Break, View
from foretaste.taste.holding import STRONG, Question, half
from foretaste.taste.units import Bits, each_of, is_within

ALONE = "what breaks by itself"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """Units that break the base together; with what they need, they are the state `at`.

    `breaks` are those of which they are the cause.
    """

    units: Bits
    at: Bits
    breaks: tuple[Break, ...]


def explain(view: View, each: Break) -> Question | Cause:
    """Return the state to try next, or the cause of a break."""
    smallest = each.smallest(view.units.every)
    needed = _needed(view, each, smallest)
    bottom = view.units.with_needs(needed)
    if bottom == smallest:
        return Cause(units=_tops(view, needed), at=smallest, breaks=(each,))
    if needed and not each.is_likely_out(bottom):
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
    odds = view.suspicion(each, smallest, bottom)
    if not odds:
        return Question(at=_rising(view, each, smallest, bottom), why=ALONE, hope=0.0)
    order = sorted(odds, key=lambda unit: (-odds[unit], -unit))
    hope = odds[order[0]]
    some = [half(odds, view.units.below)] if hope < STRONG else []
    for units in (*some, *(1 << unit for unit in order)):
        state = bottom | view.units.with_needs(units)
        if state != smallest and not each.is_likely_out(state):
            return Question(at=state, why=ALONE, hope=hope)
    return Question(at=_rising(view, each, smallest, bottom), why=ALONE, hope=hope)


def _rising(view: View, each: Break, smallest: Bits, bottom: Bits) -> Bits:
    """Return a state between, where no single unit more can be what is missing.

    Units come in one by one, the most suspected first, until the break shows: half of those
    numbers of which it is not known whether that is enough.
    """
    weights = view.ranking.of(each.signature)
    rest = smallest & ~bottom
    order = sorted(each_of(rest), key=lambda unit: (-weights[unit], unit))
    states: list[Bits] = []
    for unit in order:
        states.append((states[-1] if states else bottom) | view.units.below[unit])
    low = max(
        (place for place, state in enumerate(states) if each.is_likely_out(state)), default=-1
    )
    high = states.index(smallest)
    if high - low > 1:
        return states[(low + high) // 2]
    return view.units.without(smallest, 1 << order[high])


def is_covered(each: Break, cause: Cause) -> bool:
    """Whether a break is another face of a cause that is known.

    It was seen only where that is, and by itself it makes the same tests fail in other ways.
    """
    return cause.at in each.hidden and all(is_within(cause.at, state) for state in each.seen)
