"""Real incidents, where their folder lies beside this one: each must get the right answer.

The runner is the benchmark's, so that what is measured and what is tested is the same. Here are the
three that Foretaste exists for, and of every other kind the one with the fewest packages, since the
index is asked for all of them anew; `benchmarks/cases.py` runs the rest.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "cases"
SECONDS = 280.0
ALWAYS = "historical"


def chosen() -> list[str]:
    """Return the cases to run: all of the kind that is always run, and the least of each other."""
    cases = [json.loads(path.read_text(encoding="utf-8")) for path in SHARED.glob("*/case.json")]
    least: dict[str, dict[str, Any]] = {}
    for case in sorted(cases, key=lambda case: (len(case["base"]), case["name"])):
        least.setdefault(case["kind"], case)
    always = {case["name"] for case in cases if case["kind"] == ALWAYS}
    return sorted(always | {case["name"] for case in least.values()})


@pytest.mark.network
@pytest.mark.parametrize("name", chosen())
def test_the_incident_is_answered_rightly(name: str) -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "cases.py"), str(SHARED)]
    ended = subprocess.run(
        [*command, "--only", name, "--json"],
        capture_output=True,
        check=False,
        encoding="utf-8",
        timeout=SECONDS,
    )

    assert ended.stdout, ended.stderr
    (row,) = [each for each in json.loads(ended.stdout)["cases"] if each["case"] == name]
    assert row["faults"] == [], row
    assert ended.returncode == 0
