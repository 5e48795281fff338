"""A search finds what breaks, holds no more than it must, and is not led astray by order or chance.

Against brute force over every state of small lattices.
"""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from foretaste.taste.finding import Finding, Verdict
from foretaste.taste.isolate import Effort, Suspects
from foretaste.taste.lattice import Lattice, Moved
from foretaste.taste.outcome import COMMAND, Failure, Signature
from tests.property.consumers import (
    Consumer,
    Driver,
    Rule,
    lattice_from,
    pointing,
    pointing_nowhere,
    states_of,
)

KEYS = ("a", "b", "c", "d", "e", "f")
BUDGET = 60


@st.composite
def lattices(draw: st.DrawFn) -> Lattice:
    """Lattices of one to six moves, some of which need others."""
    keys = KEYS[: draw(st.integers(1, len(KEYS)))]
    pairs = st.tuples(st.sampled_from(keys), st.sampled_from(keys))
    needs: dict[str, list[str]] = {}
    for key, needed in draw(st.lists(pairs, max_size=6)):
        needs.setdefault(key, []).append(needed)
    return lattice_from(keys, needs)


@st.composite
def consumers(draw: st.DrawFn, lattice: Lattice) -> Consumer:
    """Consumers that up to three sets of moves break: with tests, or as a script."""
    some = st.frozensets(st.sampled_from(sorted(lattice.moves)), min_size=1, max_size=3)
    causes = draw(st.lists(some, max_size=3))
    script = draw(st.booleans())
    alike = draw(st.booleans())
    rules = tuple(
        Rule(
            needs=cause,
            test=COMMAND if script else f"test_{number}",
            message="broken" if alike else f"broken {number} {min(cause)}",
        )
        for number, cause in enumerate(causes)
    )
    tests = frozenset() if script else frozenset({"test_0", "test_1", "test_2", "test_fine"})
    return Consumer(rules=rules, tests=tests)


def shown(consumer: Consumer, state: Moved) -> frozenset[tuple[str, Signature]]:
    """Return what a state shows."""
    failures = consumer.run(state, (), lambda: 0.5).failures
    return frozenset((failure.test, failure.signature) for failure in failures)


def seen(failures: Sequence[Failure]) -> frozenset[tuple[str, Signature]]:
    """Return failures as they are recognised again."""
    return frozenset((failure.test, failure.signature) for failure in failures)


@st.composite
def problems(draw: st.DrawFn) -> tuple[Lattice, Consumer, Suspects]:
    """Lattices with consumers, and suspicion that is right, idle or wrong."""
    lattice = draw(lattices())
    consumer = draw(consumers(lattice))
    wrong = {key: draw(st.sampled_from([1.0, 3.0, 6.0, 90.0])) for key in sorted(lattice.moves)}
    suspects = draw(
        st.sampled_from([pointing(lattice), pointing_nowhere, pointing(lattice, 1.0, wrong)])
    )
    return lattice, consumer, suspects


def right(lattice: Lattice, consumer: Consumer, found: Finding) -> None:
    """Check a finding against every state that there is."""
    states = states_of(lattice)
    assert {*found.held} | found.accepted == lattice.every
    assert not {*found.held} & found.accepted
    if not shown(consumer, lattice.every):
        assert found.verdict is Verdict.ACCEPT
        assert found.trials == 2
        return
    assert found.verdict is Verdict.REJECT
    assert lattice.is_closed(found.accepted)
    assert not shown(consumer, found.accepted)
    assert all(shown(consumer, state) for state in states if state > found.accepted)
    assert found.culprits
    for culprit in found.culprits:
        state = lattice.below(culprit.keys)
        assert state == culprit.keys | culprit.needed
        failures = seen(culprit.failures)
        assert failures
        assert failures <= shown(consumer, state)
        smaller = [shown(consumer, each) for each in states if each < state]
        assert any(all(failure not in each for each in smaller) for failure in failures)


@settings(max_examples=400, deadline=None)
@given(problems(), st.integers(1, 5), st.data())
def test_what_is_held_is_minimal_and_what_is_blamed_breaks(
    problem: tuple[Lattice, Consumer, Suspects], slots: int, data: st.DataObject
) -> None:
    lattice, consumer, suspects = problem
    driver = Driver(
        lattice=lattice,
        consumer=consumer,
        suspects=suspects,
        effort=Effort(budget=BUDGET, confidence=0.5),
        slots=slots,
        pick=lambda running: data.draw(st.sampled_from(running)),
    )

    found = driver.find()

    right(lattice, consumer, found)
    assert found.trials == len(driver.trials) <= BUDGET
    assert all(lattice.is_closed(trial.moved) for trial in driver.trials)


@settings(max_examples=200, deadline=None)
@given(problems(), st.integers(1, 12), st.integers(1, 3))
def test_a_budget_is_never_exceeded_and_never_passed_over_in_silence(
    problem: tuple[Lattice, Consumer, Suspects], budget: int, slots: int
) -> None:
    lattice, consumer, suspects = problem
    effort = Effort(budget=budget)
    driver = Driver(
        lattice=lattice, consumer=consumer, suspects=suspects, effort=effort, slots=slots
    )

    found = driver.find()

    assert len(driver.trials) == found.trials <= budget
    assert not shown(consumer, found.accepted)
    if found.verdict is Verdict.UNDECIDED:
        assert "budget" in found.reason or "base" in found.reason
    else:
        right(lattice, consumer, found)
        assert all(culprit.confidence >= 0.999 for culprit in found.culprits)


@settings(max_examples=200, deadline=None)
@given(lattices(), st.data(), st.integers(1, 4))
def test_one_cause_is_found_in_whatever_order_trials_end(
    lattice: Lattice, data: st.DataObject, slots: int
) -> None:
    key = data.draw(st.sampled_from(sorted(lattice.moves)))
    consumer = Consumer(rules=(Rule(needs=frozenset({key}), message=f"broken {key}"),))
    suspects = data.draw(st.sampled_from([pointing(lattice), pointing_nowhere]))
    one = Driver(lattice=lattice, consumer=consumer, suspects=suspects)
    other = Driver(
        lattice=lattice,
        consumer=consumer,
        suspects=suspects,
        slots=slots,
        pick=lambda running: data.draw(st.sampled_from(running)),
    )

    first, second = one.find(), other.find()

    assert {*first.held} == {*second.held} == lattice.above({key})
    assert [culprit.keys for culprit in first.culprits] == [lattice.unit(key)]
    assert [culprit.keys for culprit in second.culprits] == [lattice.unit(key)]


@settings(max_examples=200, deadline=None)
@given(lattices(), st.data())
def test_moves_that_mend_one_another_lead_to_nothing_that_was_not_seen(
    lattice: Lattice, data: st.DataObject
) -> None:
    keys = sorted(lattice.moves)
    some = st.frozensets(st.sampled_from(keys), min_size=1, max_size=2)
    rules = tuple(
        Rule(
            needs=data.draw(some),
            unless=data.draw(st.none() | some),
            test=f"test_{number}",
            message=f"broken {number}",
        )
        for number in range(3)
    )
    consumer = Consumer(rules=rules, tests=frozenset({"test_0", "test_1", "test_2", "test_fine"}))
    driver = Driver(
        lattice=lattice,
        consumer=consumer,
        suspects=pointing_nowhere,
        effort=Effort(budget=200),
        slots=2,
        pick=lambda running: data.draw(st.sampled_from(running)),
    )

    found = driver.find()

    tried = {trial.moved for trial in driver.trials}
    assert found.verdict is (Verdict.REJECT if shown(consumer, lattice.every) else Verdict.ACCEPT)
    assert found.accepted in tried
    assert not shown(consumer, found.accepted)
    for culprit in found.culprits:
        state = culprit.keys | culprit.needed
        assert state in tried
        assert seen(culprit.failures) <= shown(consumer, state)
