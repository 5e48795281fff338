"""Breaks: failures that came and went together so far, and which moves they may come from.

All tests that fail in the same way in the same states are one *break*: a search looks for its
cause once. As soon as a trial tells two of them apart, they are two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import reduce
from operator import and_, or_

from foretaste.taste.belief import POINTING, SETTLED, is_settled, odds_of_chance
from foretaste.taste.compare import BASE, Key, Record
from foretaste.taste.outcome import Failure, Signature
from foretaste.taste.units import Bits, Units, any_around, any_within, each_of, is_within

ELSEWHERE = 0.05
"""How much less a move is suspected where a break was also seen without it."""
TOGETHER = 0.05
"""How much rarer it is that one more move has to do with it (`culprits.md`: 1 pair in 34)."""
HEALED = 0.1
"""How much rarer it is that a break goes away when even more moves."""
DOUBT = 0.1
"""At these odds of chance and above, a failure that was seen once is run again before all else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """One way of failing.

    `seen` are the states that show it, `out` those where its tests pass, `hidden` those where they
    fail in other ways or were not reached. It is not there either where what it used to hide is seen
    instead: those are `quiet`. Where its tests pass with all the moves of a state that shows
    it, and more, that is `healed`: nothing follows from it for other states. `failed` counts the
    runs in which its first test failed in the states that show it, in whichever of several ways,
    `passed` those in which it passed, everywhere. `causes` are the sets of units that each show it,
    as far as they are known.
    """

    signature: Signature
    tests: tuple[str, ...]
    failures: tuple[Failure, ...]
    seen: frozenset[Bits]
    out: frozenset[Bits]
    hidden: frozenset[Bits]
    healed: frozenset[Bits]
    quiet: frozenset[Bits] = frozenset()
    failed: int
    passed: int
    causes: tuple[Bits, ...] = ()

    @property
    def odd(self) -> float:
        """How much rarer a break is that more moves heal, most of all where no single one does."""
        if not self.healed:
            return 1.0
        healer = reduce(and_, self.healed) & ~reduce(or_, self.seen)
        return HEALED if healer else HEALED**3

    def smallest(self, within: Bits) -> Bits:
        """Return the smallest state within another that shows it."""
        found = [each for each in self.seen if is_within(each, within)]
        return min(found, key=lambda each: (each.bit_count(), each))

    def is_out(self, state: Bits) -> bool:
        """Whether a state does not show it: it was tried, or lies within one where tests pass."""
        return state in self.hidden or state in self.healed or any_around(state, self.out)

    def is_likely_out(self, state: Bits) -> bool:
        """Whether a state most probably does not show it, by what others hide and show."""
        return self.is_out(state) or any_around(state, self.quiet)

    def is_in(self, state: Bits) -> bool:
        """Whether a state shows it, or has all that is in one that does and is never healed."""
        return state in self.seen or any(
            is_within(each, state) and not any_around(each, self.healed) for each in self.seen
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """How much each unit is suspected: by itself, and after a failure of each signature."""

    plain: tuple[float, ...]
    by_signature: Mapping[Signature, tuple[float, ...]]

    def of(self, signature: Signature) -> tuple[float, ...]:
        """Return the weights of the units after such a failure."""
        return self.by_signature[signature]

    def pointing(self, signature: Signature, units: Bits) -> float:
        """Return how much such a failure points at one of the units, at most `POINTING`."""
        weights = self.by_signature[signature]
        found = max(weights[each] / self.plain[each] for each in each_of(units))
        return min(found, POINTING)

    def evidence(self, signature: Signature, causes: Iterable[Bits]) -> float:
        """Return how much less likely chance is, when just these sets are said to break it.

        A trace that does not point at a unit leaves it open which one it is: then it is the unit's
        share in all suspicion that counts.
        """
        weights = self.by_signature[signature]
        found = (SETTLED if is_settled(signature) else 1.0) / TOGETHER
        for unit in (each for units in causes for each in each_of(units)):
            pointing = self.pointing(signature, 1 << unit)
            found *= TOGETHER * (pointing if pointing > 1.0 else weights[unit] / sum(weights))
        return found


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """All that the next trial is chosen from; `pending` are states that are being tried."""

    units: Units
    record: Record
    breaks: tuple[Break, ...]
    ranking: Ranking
    pending: frozenset[Bits] = frozenset()

    def doubted(self, each: Break) -> bool:
        """Whether a break that was seen once is to be seen again before it is believed."""
        if each.failed > 1:
            return False
        pointing = self.ranking.pointing(each.signature, self.units.every)
        settled = SETTLED if is_settled(each.signature) else 1.0
        return odds_of_chance(1, each.passed, pointing * settled * each.odd) >= DOUBT

    def suspicion(self, each: Break, state: Bits, bottom: Bits = 0) -> dict[int, float]:
        """Return the probability of each unit to be the break's cause in a state.

        It is alone, or all that is missing beside those of `bottom`.
        """
        weights = self.ranking.of(each.signature)
        smallest = each.smallest(state)
        found: dict[int, float] = {}
        for unit in each_of(smallest & ~bottom):
            below = self.units.below[unit] | bottom
            if below in each.healed or any_around(below, each.out):
                continue
            found[unit] = weights[unit]
            elsewhere = below in each.hidden or any_around(below, each.quiet)
            if elsewhere or not all(is_within(below, one) for one in each.seen):
                found[unit] *= ELSEWHERE
        total = sum(found.values())
        return {unit: weight / total for unit, weight in found.items()}


def breaks_of(record: Record) -> tuple[Break, ...]:
    """Return the breaks that were seen, those that were met first before the others."""
    where: dict[Key, list[Bits]] = {}
    for state, keys in record.regressions.items():
        for key in keys:
            where.setdefault(key, []).append(state)
    groups: dict[tuple[Signature, frozenset[Bits], frozenset[Bits]], list[Key]] = {}
    for key, seen in where.items():
        tallies = record.tallies[key[0]]
        out = frozenset({BASE, *(state for state, each in tallies.items() if each.passes)})
        groups.setdefault((key[1], frozenset(seen), out), []).append(key)
    found = [_break(record, keys, seen, out) for (_, seen, out), keys in groups.items()]
    return tuple(replace(each, quiet=_quiet(record, each)) for each in found)


def _quiet(record: Record, each: Break) -> frozenset[Bits]:
    """Return the states in which it would have hidden what they show, as it did elsewhere.

    A script that fails in any order hides one thing behind another by chance: that tells nothing.
    """
    test = each.tests[0]
    tallies = record.tallies[test]
    found = set()
    for state in each.hidden:
        if not any_around(state, each.seen):
            continue
        others = {key[1] for key in record.regressions.get(state, ()) if key[0] == test}
        hiding = (at for at, tally in tallies.items() if others & {*tally.fails})
        if not any(any_within(each.seen, at) for at in hiding):
            found.add(state)
    return frozenset(found)


def _break(record: Record, keys: list[Key], seen: frozenset[Bits], out: frozenset[Bits]) -> Break:
    test, signature = keys[0]
    tallies = record.tallies[test]
    healed = frozenset(state for state in out if any_within(seen, state))
    return Break(
        signature=signature,
        tests=tuple(test for test, _ in keys),
        failures=tuple(record.samples[key] for key in keys),
        seen=seen,
        out=out - healed,
        hidden=frozenset({*record.regressions, *record.clean}) - seen - out,
        healed=healed,
        failed=sum(tallies[state].fails.total() for state in seen),
        passed=sum(tally.passes for tally in tallies.values()),
    )
