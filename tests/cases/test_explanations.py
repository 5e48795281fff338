"""What is said of a change after some steps: its cause, and the sentences of why and what next."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from foretaste.core.cause import Cause
from foretaste.report.words import what_next, why
from tests.unit.core.town import Town

CASES = tomllib.loads(Path(__file__).with_name("explanations.toml").read_text("utf-8"))["case"]


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['change']}: {case['steps']}")
def test_a_change_is_explained_by_what_happened(case: dict[str, Any]) -> None:
    said = Town(**case.get("world", {}))(*case["steps"]).explain(case["change"])

    assert said.cause is Cause[case["cause"]]
    assert ("" if said.reason is None else said.reason.value) == case["reason"]
    assert why(said) == case["why"]
    assert what_next(said) == case["next"]
