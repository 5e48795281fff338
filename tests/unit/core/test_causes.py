"""Each step brings a change into a state that has its own cause."""

from __future__ import annotations

from typing import Any

import pytest

from foretaste.core.cause import Cause
from tests.unit.core.town import Town

CHECK = [{"name": "M"}, {"name": "K", "pipeline": "check"}]
HOLDS = [{"name": "H", "holds": True}, {"name": "M"}]
TAKES = [{"name": "M", "semaphore": "db"}]
STACK = [{"id": "A", "project": "R"}, {"id": "B", "project": "R", "depends_on": ["A"]}]


@pytest.mark.parametrize(
    ("steps", "name", "cause", "tables"),
    [
        ("event A", "A", Cause.CHECK_RUNNING, {"job": CHECK}),
        ("event A; finish K[A]", "A", Cause.CHECK_PASSED, {"job": CHECK}),
        ("event A; fail K[A]", "A", Cause.CHECK_FAILED, {"job": CHECK}),
        ("approve A; revise A", "A", Cause.CHECK_RUNNING, {"job": CHECK}),
        ("approve A; revise A; finish *", "A", Cause.NEW_REVISION, {"job": CHECK}),
        ("unmergeable A; approve A", "A", Cause.NOT_LANDABLE, {}),
        ("abandon A; approve B", "B", Cause.NEED_CLOSED, {"change": STACK}),
        ("approve B", "B", Cause.NEED_NOT_APPROVED, {"change": STACK}),
        ("approve A; hold; lose M[A]", "A", Cause.GATE_HELD, {}),
        ("approve A B C", "C", Cause.OUT_OF_WINDOW, {"policy": {"window": 2}}),
        ("approve A B C D E", "E", Cause.WORKERS_BUSY, {"policy": {"workers": 1}}),
        ("approve A B", "B", Cause.JOB_HOLDS, {"job": HOLDS}),
        ("approve A B C; fail M[A,B]", "B", Cause.FAILING, {}),
        (
            "approve C A B; fail M[C,A]",
            "B",
            Cause.NEED_FAILING,
            {"change": [*STACK, {"id": "C", "project": "R"}]},
        ),
        ("approve A B; finish M[A,B]", "B", Cause.PASSED_BEHIND, {}),
        ("approve A B", "B", Cause.SEMAPHORE_TAKEN, {"job": TAKES}),
        ("approve A B C", "B", Cause.WORKERS_BUSY, {"policy": {"workers": 1}}),
    ],
    ids=str,
)
def test_a_change_stands_so_because(
    steps: str, name: str, cause: Cause, tables: dict[str, Any]
) -> None:
    town = Town("A B C D E", **tables)(*steps.split("; "))

    assert town.explain(name).cause is cause
