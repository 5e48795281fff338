"""A planner proposes builds; anything else that it says is refused, and nothing is done."""

from __future__ import annotations

from typing import Any, cast

import pytest

from foretaste.core.events import CancelWanted, Judged, Proposal
from foretaste.core.facts import Facts
from foretaste.core.names import BuildId, ChangeId, QueueName
from foretaste.core.plan import PlannerError, plan
from foretaste.core.verdict import Outcome, Verdict


def test_what_a_planner_proposes_is_planned() -> None:
    wanted = CancelWanted(build=BuildId("b1"), cause="mine")

    assert plan(Facts(), lambda _: (wanted,)) == (wanted,)


def test_a_planner_cannot_give_a_verdict() -> None:
    verdict = Judged(
        queue=QueueName("q"),
        change=ChangeId("1"),
        revision=1,
        verdict=Verdict(outcome=Outcome.PASSED),
    )

    with pytest.raises(PlannerError, match="cannot say Judged"):
        plan(Facts(), lambda _: cast("tuple[Proposal, ...]", cast("Any", (verdict,))))
