"""Forty people push at once; every change is there once, and everything lands."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.gate.audit import audit
from tests.running_gate import RunningGate

PUSHERS = 40


def test_forty_parallel_pushers_lose_nothing_and_all_land(
    gate: RunningGate, tmp_path: Path
) -> None:
    clone = gate.clone("alpha", tmp_path / "alpha")
    for number in range(PUSHERS):
        clone.git("checkout", "-q", "-B", f"b{number}", "origin/main")
        clone.commit(f"f{number}.txt", f"Change of pusher {number}")

    def push(number: int) -> list[str]:
        said = clone.push(f"-otopic=t{number}", f"b{number}:refs/for/main", token=gate.token)
        return re.findall(r"change (\d+) ", said)

    with ThreadPoolExecutor(PUSHERS) as pushers:
        told = [number for numbers in pushers.map(push, range(PUSHERS)) for number in numbers]

    # Number 1 made the projects.
    mine = range(2, PUSHERS + 2)
    assert sorted(map(int, told)) == list(mine)
    changes = gate.ask("changes?limit=500&project=alpha")["changes"]
    assert {each["topic"] for each in changes} == {f"t{number}" for number in range(PUSHERS)}
    gate.cli("approve", *map(str, mine))
    assert gate.ended(*mine) == ["merged"] * PUSHERS
    assert len(gate.git("alpha", "ls-tree", "--name-only", "main").split()) == PUSHERS + 2
    audit(gate)


def test_an_atomic_push_proposes_to_both_branches_or_to_none(
    gate: RunningGate, tmp_path: Path
) -> None:
    clone = gate.clone("alpha", tmp_path / "alpha")
    clone.commit("a.txt", "For both")

    targets = ("HEAD:refs/for/main", "HEAD:refs/for/nowhere")
    said = clone.push("--atomic", "-otopic=x", *targets, token=gate.token, fails=True)
    assert "FT321" in said
    assert [each["change"] for each in gate.ask("changes")["changes"]] == ["1"]
    targets = ("HEAD:refs/for/main", "HEAD:refs/for/stable")
    clone.push("--atomic", "-otopic=x", "-oapprove", *targets, token=gate.token)

    assert gate.ended(2, 3) == ["merged"] * 2
    assert {gate.change(number)["branch"] for number in (2, 3)} == {"main", "stable"}
    audit(gate)
