"""What fails by chance is not blamed on anybody, and hides nobody who is to blame.

The tosses are those of many seeds, so each of these tests is the same every time.
"""

from __future__ import annotations

from collections import Counter

import pytest

from foretaste.taste.finding import Finding, Verdict
from foretaste.taste.outcome import COMMAND
from tests.property.consumers import (
    Consumer,
    Driver,
    lattice_from,
    pointing,
    pointing_nowhere,
    rule,
    tosses,
)

SEEDS = 250
LATTICE = lattice_from("abcdefgh", {"b": ["a"], "c": ["d"], "d": ["c"], "h": ["e"]})
SUITE = frozenset({"test_a", "test_b", "test_race"})


def found_by(consumer: Consumer, *, informed: bool, slots: int = 2) -> list[Finding]:
    """Return what is found with the tosses of each seed."""
    suspects = pointing(LATTICE) if informed else pointing_nowhere
    return [
        Driver(
            lattice=LATTICE,
            consumer=consumer,
            suspects=suspects,
            slots=slots,
            toss=tosses(seed),
        ).find()
        for seed in range(SEEDS)
    ]


def flake(rate: float, *, suite: bool) -> Consumer:
    """Return a consumer that only fails by chance."""
    noise = rule(test="test_race" if suite else COMMAND, message="lost the race", rate=rate)
    return Consumer(rules=(noise,), tests=SUITE if suite else frozenset())


@pytest.mark.parametrize("suite", [True, False])
@pytest.mark.parametrize("rate", [0.02, 0.1, 0.25, 0.5])
def test_nobody_is_blamed_for_a_flake(rate: float, *, suite: bool) -> None:
    found = found_by(flake(rate, suite=suite), informed=False)

    verdicts = Counter(each.verdict for each in found)
    assert not any(each.culprits for each in found)
    assert verdicts[Verdict.REJECT] == 0
    # A script that fails in half of its runs may do so four times on end: then the base is broken.
    assert verdicts[Verdict.ACCEPT] >= (0.98 if suite or rate < 0.5 else 0.9) * SEEDS


@pytest.mark.parametrize("informed", [True, False])
@pytest.mark.parametrize("suite", [True, False])
@pytest.mark.parametrize("rate", [0.05, 0.2])
def test_noise_hides_no_culprit_and_makes_none(rate: float, *, suite: bool, informed: bool) -> None:
    noise = rule(test="test_race" if suite else COMMAND, message="lost the race", rate=rate)
    broken = [rule("b", test="test_a" if suite else COMMAND)]
    consumer = Consumer(rules=(*broken, noise), tests=SUITE if suite else frozenset())

    found = found_by(consumer, informed=informed)

    right = [
        each
        for each in found
        if each.verdict is Verdict.REJECT
        and [culprit.keys for culprit in each.culprits] == [frozenset("b")]
        and {*each.held} == {"b"}
    ]
    blamed = {key for each in found for culprit in each.culprits for key in culprit.keys}
    assert blamed == {"b"}
    assert len(right) >= 0.98 * SEEDS


def test_two_culprits_are_found_through_noise() -> None:
    consumer = Consumer(
        rules=(rule("b"), rule("f"), rule(message="lost the race", rate=0.2)), tests=frozenset()
    )

    found = found_by(consumer, informed=True)

    blamed = Counter(
        frozenset(culprit.keys for culprit in each.culprits)
        for each in found
        if each.verdict is Verdict.REJECT
    )
    assert blamed[frozenset({frozenset("b"), frozenset("f")})] >= 0.98 * SEEDS
    assert {key for each in found for culprit in each.culprits for key in culprit.keys} <= {*"bf"}


@pytest.mark.parametrize("informed", [True, False])
def test_failures_that_come_in_any_order_are_all_explained(*, informed: bool) -> None:
    keys = ("b", "f", "g")
    consumer = Consumer(rules=tuple(rule(key) for key in keys), fickle=True)

    found = found_by(consumer, informed=informed)

    blamed = [frozenset(culprit.keys for culprit in each.culprits) for each in found]
    assert {each.verdict for each in found} == {Verdict.REJECT}
    assert {*blamed} == {frozenset(frozenset(key) for key in keys)}
    assert all({*each.held} == {*keys} for each in found)
    assert max(each.trials for each in found) < 40


@pytest.mark.parametrize("rate", [0.3, 0.6])
def test_what_fails_sometimes_and_never_on_the_base_is_held_and_nobody_blamed(rate: float) -> None:
    noise = rule("f", test="test_race", message="lost the race", rate=rate)

    found = found_by(Consumer(rules=(noise,), tests=SUITE), informed=False)

    failing = [each for each in found if each.verdict is not Verdict.ACCEPT]
    unstable = [each for each in failing if each.unstable == ("test_race",)]
    assert len(failing) >= (rate - 0.05) * SEEDS
    assert len(unstable) >= 0.5 * len(failing)
    assert all(not each.accepted and {*each.held} == LATTICE.every for each in unstable)
