"""A scenario is told the same in memory and on git."""

from __future__ import annotations

from pathlib import Path

from foretaste import wiring

SCENARIO = """title = "one"
[[project]]
name = "R"
[[job]]
name = "J"
[[change]]
id = "A"
project = "R"
[[step]]
do = "approve A"
[[step]]
expect = { running = ["J[A]"] }
"""


def test_both_worlds_tell_what_came_of_it(tmp_path: Path) -> None:
    file = tmp_path / "one.toml"
    file.write_text(SCENARIO, encoding="utf-8")

    memory, git = (wiring.simulate(file, on) for on in ("memory", "git"))

    assert memory["ok"]
    assert memory["differences"] == []
    assert memory["story"] == git["story"]
    assert git["ok"]
