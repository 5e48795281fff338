"""Belief: how sure it is that a test fails because of what moved, and not by chance.

Before anything is tried again, one failure of a candidate in five is taken to be chance. Of a test
that fails by chance nobody knows how often it does: so the rate counts that makes what was seen
most likely, which is never kinder to a release than to chance. Under a break that is really there,
all runs had to come as they came. What the trace says is evidence of its own.
"""

from __future__ import annotations

from math import exp, lgamma

from foretaste.taste.outcome import Signature

CHANCE = 0.25
"""The odds that the first failure of a candidate is chance: 1 to 4."""
SETTLED = 25.0
"""How much less often chance raises an exception that says what a program lacks.

Three of four incidents do (`culprits.md`); of failures by chance it is taken to be 3 in 100.
"""
POINTING = 30.0
"""The most that a trace is believed: a network that fails is named in traces, too."""
# What is not there, or not of this form, is so every time (`culprits.md`: nearly all incidents).
SETTLED_TYPES = (
    "AttributeError",
    "Broken",
    "ImportError",
    "ModuleNotFoundError",
    "NameError",
    "NotImplementedError",
    "SyntaxError",
    "TypeError",
    "VersionConflict",
)
UNEQUAL, EQUAL = 0.005, 0.5
"""Odds at and below which two rates are taken to differ, and above which to be the same."""


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def is_settled(signature: Signature) -> bool:
    """Whether the exception says something that cannot be otherwise in another run."""
    return signature.type.endswith(SETTLED_TYPES)


def odds_of_chance(failed: int, passed: int, pointing: float) -> float:
    """Return the odds that a test which failed and passed so often did so by chance.

    Its first failure is what they start from. `pointing` is how much less likely the trace makes
    it; below 1, it makes it more likely.
    """
    again = failed - 1
    rate = again / max(1, again + passed)
    return CHANCE * rate**again * (1.0 - rate) ** passed / pointing


def sure(odds: float) -> float:
    """Return the probability that it is not chance."""
    return 1.0 / (1.0 + odds)


def repeated_by_chance(failed: int, passed: int, times: int) -> float:
    """Return how likely a test that is known to fail by chance fails so many times on end.

    It failed and passed so often elsewhere.
    """
    return exp(_log_beta(failed + 1 + times, passed + 1) - _log_beta(failed + 1, passed + 1))


def odds_of_same(failed: int, passed: int, base_passed: int) -> float:
    """Return the odds that a test fails as often on the base, where it never did so far.

    It failed and passed so often where something moved. The other possibility is that it never
    fails on the base; before, the same chance on both is four times as likely.
    """
    log = _log_beta(failed + 1, passed + base_passed + 1) - _log_beta(failed + 1, passed + 1)
    return exp(log) / CHANCE
