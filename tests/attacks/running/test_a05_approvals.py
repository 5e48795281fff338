"""A05: approvals by those who may not, and by those who may no more when it comes to landing."""

from __future__ import annotations

from pathlib import Path

from tests.running_gate import RunningGate


def test_without_the_role_and_with_a_revoked_token(gate: RunningGate, tmp_path: Path) -> None:
    clone = gate.clone("alpha", tmp_path / "alpha")
    clone.commit("a.txt", "A change")
    pat, ann = gate.mint("pat", "push"), gate.mint("ann", "push", "approve")
    gate.cli("token", "revoke", ann.split("_")[1])

    said = clone.push("-otopic=a", "-oapprove", "HEAD:refs/for/main", token=pat, fails=True)
    clone.push("-otopic=a", "HEAD:refs/for/main", token=pat)
    statuses = [gate.post("changes/2/approve", token=who).status_code for who in (pat, ann)]
    gate.cli("approve", "2", "--token", pat, status=4)

    assert "error[FT320]" in said
    assert statuses == [403, 401]
    change = gate.change(2)
    assert (change["state"], change["approved_by"]) == ("open", [])


def test_a_role_that_was_taken_away_before_landing(gate: RunningGate, tmp_path: Path) -> None:
    clone = gate.clone("alpha", tmp_path / "alpha")
    clone.commit("a.txt", "A change")
    ann = gate.mint("ann", "push", "approve")
    tip = gate.git("alpha", "rev-parse", "main")
    gate.cli("hold", "--why", "A05")
    clone.push("-otopic=a", "-oapprove", "HEAD:refs/for/main", token=ann)
    assert gate.change(2)["approved_by"] == ["ann"]

    gate.cli("token", "revoke", ann.split("_")[1])
    gate.cli("resume")

    gate.until(lambda: gate.change(2)["state"] in {"failed", "left"})
    assert gate.change(2)["builds"]
    assert "nobody who may approve" in gate.cli("explain", "2")
    assert gate.git("alpha", "rev-parse", "main") == tip
    gate.cli("approve", "2")
    assert gate.ended(2) == ["merged"]
