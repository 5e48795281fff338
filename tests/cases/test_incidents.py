"""The real incidents, where their folder lies beside this one: each must get the right answer.

The runner is the benchmark's, so that what is measured and what is tested is the same.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "cases"
NAMES = sorted(path.parent.name for path in SHARED.glob("*/case.json"))
SECONDS = 280.0


@pytest.mark.network
@pytest.mark.parametrize("name", NAMES)
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
