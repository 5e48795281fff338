"""Other ways to find a culprit, written from the ideas of their papers, on the same lattice.

Each is given what ours is given: base and candidate have been run, the failures of the candidate
rank the units, and a set of units stands for the state with all that they need. Each must come to
the same answer: what may land, run as that state and passing, with nothing more that could land;
and for each culprit a smallest set that breaks the base, run as that state.

A failure is believed when it came `believed` times of as many runs (1 where nothing flakes), a
pass at once; so it was measured to be enough (`culprits.md`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Final

from _instances import Consumer, Instance

from foretaste.taste.lattice import Moved
from foretaste.taste.outcome import Ending
from foretaste.taste.units import Bits, Units, each_of, units_of

# What a unit is taken for before anything is known of it (ProbDD's own default).
FIRST: Final = 0.1
PATIENCE: Final = 400
"""Runs after which a search is given up."""


class GivenUpError(Exception):
    """More runs than `PATIENCE`."""


@dataclass(slots=True)
class Bench:
    """Runs states of one instance for a rival, each question once, and counts the runs."""

    instance: Instance
    believed: int
    units: Units = field(init=False)
    order: list[int] = field(init=False)
    trials: int = 0
    _consumer: Consumer = field(init=False)
    _known: dict[Bits, bool] = field(init=False)

    def __post_init__(self) -> None:
        """Rank the units by the failures of the candidate, the most suspected first."""
        lattice = self.instance.lattice
        self.units = units_of(lattice)
        self._consumer = Consumer(instance=self.instance)
        failures = self._consumer.run(lattice.every).failures
        weights = self.instance.suspects(lattice, failures)
        ranked = [max(weights[key] for key in keys) for keys in self.units.members]
        self.order = sorted(range(len(ranked)), key=lambda unit: (-ranked[unit], unit))
        self._known = {0: False, self.units.every: True}

    def fails(self, state: Bits) -> bool:
        """Return whether a state fails."""
        if state not in self._known:
            self._known[state] = all(self._run(state) for _ in range(self.believed))
        return self._known[state]

    def _run(self, state: Bits) -> bool:
        self.trials += 1
        if self.trials > PATIENCE:
            raise GivenUpError
        return self._consumer.run(self.units.moved(state)).ending is Ending.FAILED

    def breaks(self, units: Sequence[int]) -> bool:
        """Return whether these units, with what they need, break the base."""
        return self.fails(self.units.with_needs(bits(units)))

    def remains(self, state: Bits, units: Sequence[int]) -> bool:
        """Return whether a state still fails without these units."""
        return self.fails(self.units.without(state, bits(units)))


def bits(units: Sequence[int]) -> Bits:
    """Return a set of units."""
    return sum(1 << unit for unit in set(units))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a rival came to: what may land, and what breaks."""

    landing: Moved
    culprits: frozenset[Moved]


Finder = Callable[[Bench, Bits], Sequence[int]]
"""Finds in a state that fails the units of one smallest set that breaks the base."""


def one_by_one(bench: Bench, find: Finder) -> Answer:
    """Find a set that breaks, hold its most suspected unit, and go on until the rest passes."""
    state = bench.units.every
    found: list[Bits] = []
    while bench.fails(state):
        cause = tops(bench, bits(find(bench, state)))
        found.append(cause)
        state = bench.units.without(state, 1 << min(each_of(cause), key=bench.order.index))
    return _answer(bench, state, found)


def from_above(bench: Bench, held: Sequence[int]) -> Answer:
    """Explain what is held: each by itself where it breaks so, else by what it breaks with."""
    state = bench.units.without(bench.units.every, bits(held))
    bench.fails(state)
    found = []
    for unit in held:
        with_it = state | bench.units.below[unit]
        needed = [unit] if bench.breaks([unit]) else quickxplain(bench, with_it)
        found.append(tops(bench, bits(needed)))
    return _answer(bench, state, found)


def tops(bench: Bench, units: Bits) -> Bits:
    """Return the units of a set that no other of them needs."""
    above = bench.units.above
    return bits([unit for unit in each_of(units) if not above[unit] & units & ~(1 << unit)])


def _answer(bench: Bench, state: Bits, found: Sequence[Bits]) -> Answer:
    moved = bench.units.moved
    return Answer(landing=moved(state), culprits=frozenset(moved(cause) for cause in found))


def fastdiag(bench: Bench) -> Answer:
    """FastDiag (Felfernig, Schubert and Zehentner 2012): the diagnosis by halving what is held."""
    every = bench.units.every

    def diagnose(gone: Sequence[int], units: Sequence[int], held: Sequence[int]) -> list[int]:
        if gone and not bench.remains(every, held):
            return []
        if len(units) == 1:
            return list(units)
        half = len(units) // 2
        first, second = units[:half], units[half:]
        left = diagnose(first, second, [*held, *first])
        right = diagnose(left, first, [*held, *left])
        return [*left, *right]

    held = diagnose([], bench.order, []) if bench.fails(every) else []
    return from_above(bench, _shrunk(bench, held))


def _shrunk(bench: Bench, held: Sequence[int]) -> list[int]:
    """Return the units that must be held when all comes back that can, the least suspected first.

    Those that need others of them go with them, and are left out.
    """
    state = bench.units.without(bench.units.every, bits(held))
    for unit in reversed(bench.order):
        more = state | bench.units.below[unit]
        if more != state and not bench.fails(more):
            state = more
    away = bench.units.every & ~state
    return [unit for unit in each_of(away) if not bench.units.below[unit] & away & ~(1 << unit)]


def quickxplain(bench: Bench, state: Bits) -> list[int]:
    """QuickXplain (Junker 2004): the most suspected explanation, by halves."""

    def explain(known: Sequence[int], fresh: bool, units: Sequence[int]) -> list[int]:  # noqa: FBT001
        if fresh and bench.breaks(known):
            return []
        if len(units) == 1:
            return list(units)
        half = (len(units) + 1) // 2
        first, second = units[:half], units[half:]
        right = explain([*known, *first], True, second)  # noqa: FBT003
        left = explain([*known, *right], bool(right), first)
        return [*left, *right]

    found = explain([], False, [unit for unit in bench.order if state >> unit & 1])  # noqa: FBT003
    return _needed(bench, found)


def ddmin(bench: Bench, state: Bits) -> list[int]:
    """Delta debugging (Zeller and Hildebrandt 2002), on units in the order of suspicion."""
    units = [unit for unit in bench.order if state >> unit & 1]
    parts = 2
    while len(units) > 1:
        size = -(-len(units) // parts)
        chunks = [units[start : start + size] for start in range(0, len(units), size)]
        rests = [[u for u in units if u not in chunk] for chunk in chunks] if parts > 2 else []  # noqa: PLR2004
        smaller = next((each for each in (*chunks, *rests) if bench.breaks(each)), None)
        if smaller is None and parts >= len(units):
            break
        if smaller is None:
            parts = min(2 * parts, len(units))
        else:
            parts = 2 if smaller in chunks else max(parts - 1, 2)
            units = smaller
    return _needed(bench, units)


def probdd(bench: Bench, state: Bits) -> list[int]:
    """ProbDD (Wang and others 2021): leave out what most probably is not needed."""
    odds = dict.fromkeys(each_of(state), FIRST)
    while any(0.0 < chance < 1.0 for chance in odds.values()):
        out = _worth_leaving(bench, odds)
        left = [unit for unit, chance in odds.items() if chance > 0.0 and unit not in out]
        if bench.breaks(left):
            odds |= dict.fromkeys(out, 0.0)
            continue
        kept = 1.0 - prod(1.0 - odds[unit] for unit in out)
        odds |= {unit: min(1.0, odds[unit] / kept) for unit in out}
        if len(out) == 1:
            odds[out[0]] = 1.0
    return _needed(bench, [unit for unit, chance in odds.items() if chance >= 1.0])


def _worth_leaving(bench: Bench, odds: dict[int, float]) -> list[int]:
    """Return the units to leave out: as many as are worth the risk that one is needed."""
    open_ = [unit for unit in odds if 0.0 < odds[unit] < 1.0]
    ranked = sorted(open_, key=lambda unit: (odds[unit], -bench.order.index(unit)))
    gains = [
        count * prod(1.0 - odds[unit] for unit in ranked[:count])
        for count in range(1, len(ranked) + 1)
    ]
    return ranked[: 1 + max(range(len(gains)), key=gains.__getitem__)]


def _needed(bench: Bench, units: Sequence[int]) -> list[int]:
    """Return the units without what only came along: no enabler is blamed."""
    state = bench.units.with_needs(bits(units))
    for unit in list(each_of(state)):
        if state >> unit & 1 and bench.remains(state, [unit]):
            state = bench.units.without(state, 1 << unit)
    return list(each_of(state))


def bisection(bench: Bench, state: Bits) -> list[int]:
    """Prefix bisection, as in git: the first unit in an order with which it fails, and so on."""
    order = _installable(bench, state)
    needed: list[int] = []
    while not (needed and bench.breaks(needed)):
        low, high = 0, len(order)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (
                (low, middle) if bench.breaks([*needed, *order[:middle]]) else (middle, high)
            )
        needed.append(order[high - 1])
        order = order[: high - 1]
    return needed


def _installable(bench: Bench, state: Bits) -> list[int]:
    """Return the units of a state in an order in which each comes after all that it needs."""
    order: list[int] = []
    for unit in (each for each in bench.order if state >> each & 1):
        below = [each for each in each_of(bench.units.below[unit]) if each not in order]
        order += sorted(below, key=lambda each: bench.units.below[each].bit_count())
    return order
