"""A window grows on a landing, shrinks on a failure, and keeps to its bounds."""

from __future__ import annotations

from typing import Any

import pytest

from foretaste.core.policy import Operator, Policy, Step


@pytest.mark.parametrize(
    ("operator", "amount", "size"),
    [
        (Operator.PLUS, 2, 9),
        (Operator.MINUS, 2, 5),
        (Operator.TIMES, 3, 21),
        (Operator.OVER, 2, 3),
    ],
)
def test_a_step_from_seven(operator: Operator, amount: int, size: int) -> None:
    assert Step(operator=operator, amount=amount).apply(7) == size


@pytest.mark.parametrize(
    ("operator", "amount", "fixed"),
    [
        (Operator.TIMES, 1, True),
        (Operator.OVER, 1, True),
        (Operator.PLUS, 0, True),
        (Operator.MINUS, 0, True),
        (Operator.TIMES, 2, False),
        (Operator.PLUS, 1, False),
    ],
)
def test_a_step_that_changes_nothing_is_fixed(
    operator: Operator, amount: int, *, fixed: bool
) -> None:
    assert Step(operator=operator, amount=amount).fixed is fixed


def test_the_defaults_are_those_of_the_format_of_scenarios() -> None:
    policy = Policy()

    assert (policy.opened(20), policy.narrowed(20), policy.narrowed(5)) == (21, 10, 3)


def test_a_window_stays_within_floor_and_ceiling() -> None:
    policy = Policy(window_floor=2, window_ceiling=8)

    assert (policy.opened(8), policy.narrowed(3), policy.narrowed(1)) == (8, 2, 2)


def test_a_window_without_limit_never_gets_one() -> None:
    policy = Policy(window=0)

    assert (policy.opened(0), policy.narrowed(0)) == (0, 0)


STILL: dict[str, Any] = {
    "window_increase": Step(operator=Operator.TIMES, amount=1),
    "window_decrease": Step(operator=Operator.OVER, amount=1),
}


@pytest.mark.parametrize(
    ("policy", "before", "after"),
    [
        (Policy(window=5), 12, 12),
        (Policy(window=5, window_floor=15), 12, 15),
        (Policy(window=5), 0, 5),
        (Policy(window=5, **STILL), 12, 5),
        (Policy(window=0, **STILL), 12, 0),
    ],
)
def test_a_running_queue_keeps_its_window_unless_it_is_a_setting(
    policy: Policy, before: int, after: int
) -> None:
    assert policy.reconfigured(before) == after
