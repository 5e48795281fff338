"""A04 against a running gate: approve one revision, push another at each step on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live_forge import Clone
from tests.running_gate import RunningGate

SLOW = "for wait in 1 2 3 4 5 6; do sleep 0.25; done\n"


def first(gate: RunningGate, clone: Clone, *options: str) -> None:
    clone.git("config", "user.name", "Pat")
    (clone.path / "check.sh").write_text(SLOW, encoding="utf-8")
    clone.git("add", ".")
    clone.commit("good.txt", "Harmless", "Change-Id: Isame")
    clone.push(*options, "HEAD:refs/for/main", token=gate.token)


def second(gate: RunningGate, clone: Clone) -> None:
    (clone.path / "evil.txt").write_text("evil\n", encoding="utf-8")
    clone.git("add", ".")
    clone.git("commit", "-q", "--amend", "--no-edit")
    clone.push("HEAD:refs/for/main", token=gate.token)


def builds(gate: RunningGate) -> list[str]:
    return [build["state"] for build in gate.change(2)["builds"]]


@pytest.mark.parametrize("step", ["approved", "enqueued", "tested", "passed"])
def test_the_new_revision_does_not_land_on_the_old_ones_approval(
    gate: RunningGate, tmp_path: Path, step: str
) -> None:
    clone = gate.clone("alpha", tmp_path / "alpha")
    tip = gate.git("alpha", "rev-parse", "main")
    if step == "approved":
        gate.cli("hold", "--why", "A04")
    first(gate, clone, "-oapprove")
    if step == "enqueued":
        gate.until(lambda: gate.change(2)["position"] == 1)
    if step == "tested":
        gate.until(lambda: builds(gate) == ["running"])
    if step == "passed":
        gate.until(lambda: builds(gate) == ["running"])
        gate.cli("hold", "--why", "A04")
        gate.until(lambda: builds(gate) == ["passed"])
    assert gate.change(2)["approved_by"] == ["admin"]

    second(gate, clone)
    if step in {"approved", "passed"}:
        gate.cli("resume")

    gate.until(lambda: gate.change(2)["state"] == "open")
    change = gate.change(2)
    assert (change["revision"], change["approved_by"]) == (2, [])
    assert gate.git("alpha", "rev-parse", "main") == tip
    # Back to the start, from where it goes its way with an approval of its own.
    gate.cli("approve", "2", "--revision", "1", status=1)
    gate.cli("approve", "2", "--revision", "2")
    assert gate.ended(2) == ["merged"]
    assert "evil.txt" in gate.git("alpha", "ls-tree", "--name-only", "main")
    assert gate.git("alpha", "rev-list", "--count", "--first-parent", "main") == "2"
