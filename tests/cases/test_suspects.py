"""Of real incidents, the failure points at who it was, among a dozen others that moved as far."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from foretaste.taste.lattice import Lattice
from foretaste.taste.moves import Move
from foretaste.taste.outcome import Failure, Signature
from foretaste.taste.suspicion import weigh

INCIDENTS = tomllib.loads(Path(__file__).with_name("suspects.toml").read_text("utf-8"))
OTHERS = (
    *("attrs", "build", "certifi", "click", "idna", "mock", "numpy", "packaging", "pytz"),
    *("requests", "rich", "six", "typing-extensions", "urllib3"),
)
# One failure names nobody, the other one who did not move.
POINTING_AT_NOBODY = {"docutils-0.18-traverse", "func-args-1.0-s3pathlib"}


def _weights(incident: dict[str, Any], *, others: bool) -> dict[str, float]:
    moves = {
        key: Move(key=key, old=old or None, new=new or None)
        for key, (old, new) in incident["moves"].items()
    }
    if others:
        moves = {name: Move(key=name, old="1.0", new="2.0") for name in OTHERS} | moves
    lattice = Lattice(base={}, moves=moves, needs={key: frozenset({key}) for key in moves})
    line = incident.get("line", "")
    failure = Failure(
        test="t",
        signature=Signature(type=incident["type"], message=incident["message"]),
        message=incident["message"],
        trace=f'  File "test_consumer.py", line 3, in <module>\n    {line}\n' if line else "",
        frames=tuple(incident["frames"]),
    )
    return weigh(lattice, [failure], incident["owners"])


def _is_first(incident: dict[str, Any], *, others: bool) -> bool:
    weights = _weights(incident, others=others)
    culprits = {*incident["culprits"]}
    best = max(weights[key] for key in culprits)
    return all(best > weight for key, weight in weights.items() if key not in culprits)


@pytest.mark.parametrize("name", INCIDENTS)
def test_a_culprit_is_suspected_first_of_what_moved(name: str) -> None:
    assert _is_first(INCIDENTS[name], others=False)


def test_a_culprit_is_suspected_first_among_many_that_moved_far() -> None:
    missed = {name for name in INCIDENTS if not _is_first(INCIDENTS[name], others=True)}

    assert missed == POINTING_AT_NOBODY
