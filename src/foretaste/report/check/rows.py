"""Rows: a check as records, one for each move, for the formats of every command."""

from __future__ import annotations

from typing import Any

from foretaste.report.check.data import moment
from foretaste.taste.dossier import Dossier, MoveFacts

COLUMNS = ("name", "from", "to", "fate", "why", "write", "uploaded")
"""`fate` is culprit, held, accepted or ""; `write` what to write to hold it back."""


def rows(dossier: Dossier) -> list[dict[str, Any]]:
    """Return the moves: culprits first, then what else is held, then what goes on."""
    blamed = {move.key for each in dossier.culprits for move in each.moves}
    found = [_row(dossier, move, blamed) for move in dossier.moves]
    order = ("culprit", "held", "", "accepted")
    return sorted(found, key=lambda row: order.index(row["fate"]))


def _row(dossier: Dossier, move: MoveFacts, blamed: set[str]) -> dict[str, Any]:
    held = dossier.hold_back.get(move.key, dossier.hold_back.get(move.name, ""))
    is_held = move.fate == "held" and held != ""
    return {
        "name": move.name + " (build)" * move.builds,
        "from": move.old,
        "to": move.new,
        "fate": "culprit" if move.key in blamed else move.fate,
        "why": move.why,
        "write": f"{move.name}{held}" if is_held else "",
        "uploaded": moment(move.uploaded),
    }
