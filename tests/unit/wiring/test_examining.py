"""What doctor is told: the programs that are here, the sandbox's level, and every probe."""

from __future__ import annotations

from pathlib import Path

import pytest

from foretaste import wiring
from foretaste.adapters.sandbox.probes import _TRIED


def test_every_part_is_looked_at_and_holds_here() -> None:
    records = {record["probe"]: record for record in wiring.examine()}

    assert list(records)[:4] == ["git", "python", "bubblewrap", "sandbox level"]
    assert set(_TRIED) <= set(records)
    assert [name for name, record in records.items() if not record["ok"]] == []
    assert records["host-files"]["found"].endswith(": kept out")


def test_a_machine_without_programs_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    records = {}
    for record in wiring.examine():
        records[record["probe"]] = record
        if record["probe"] == "bubblewrap":
            break

    assert not records["git"]["ok"]
    assert records["git"]["found"]
    assert records["bubblewrap"] == {
        "probe": "bubblewrap",
        "ok": False,
        "found": "not on PATH",
        "hint": "install bubblewrap; without it jobs are refused",
    }
