"""An auditor of a gate's folder: reads the log, git and the API, and shares no code with the gate.

It holds the promise of the house: each approved change has ended once, what landed is in its
branch once, and what a branch got is the tree that was tested.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from tests.running_gate import RunningGate


def logged(gate: RunningGate, kind: str) -> list[dict[str, Any]]:
    """Return the bodies of all events of one kind, in the order of the log."""
    rows = gate.rows("select kind, body from event order by seq")
    return [json.loads(body) for name, body in rows if name.replace("_", "").lower() == kind]


def audit(gate: RunningGate, projects: tuple[str, ...] = ("alpha", "beta")) -> None:
    """Hold everything against everything else."""
    changes = gate.ask("changes?limit=500")["changes"]
    numbers = sorted(int(each["change"]) for each in changes)
    assert numbers == list(range(1, len(numbers) + 1))
    merged = [each for each in changes if each["state"] == "merged"]
    judged = Counter(body["change"] for body in logged(gate, "judged"))
    landed = Counter(change for keys in _landed(gate) for change in keys)
    for each in changes:
        ends = {"merged": (0, 1), "failed": (1, 0)}.get(each["state"])
        assert ends is None or ends == (judged[each["change"]], landed[each["change"]])
    _tested(gate)
    for project in projects:
        mine = [each for each in merged if each["project"] == project]
        _in_the_branch_once(gate, project, mine)


def _landed(gate: RunningGate) -> list[list[str]]:
    """Return the changes of each landing, by what the gate had said that it would land."""
    wanted = {body["key"]: body["members"] for body in logged(gate, "landwanted")}
    return [[member[0] for member in wanted[body["key"]]] for body in logged(gate, "landed")]


def _in_the_branch_once(gate: RunningGate, project: str, merged: list[dict[str, Any]]) -> None:
    """Read a branch by its first parents: each landed change came in by one merge, and no other."""
    lines = gate.git(project, "rev-list", "--first-parent", "--parents", "main").splitlines()
    brought = Counter(line.split()[2] for line in lines if len(line.split()) == 3)
    of_main = [each["commit"] for each in merged if each["branch"] == "main"]
    assert brought == Counter(of_main)


def _tested(gate: RunningGate) -> None:
    """Read each landing: its prospect was prepared with that very tree, and its builds passed.

    After a start the same trees may have a prospect of another name; what passed on all the same
    inputs counts for it, too.
    """
    prepared = {body["key"]: body for body in logged(gate, "prepared")}
    inputs = {
        (key, job["name"]): job["inputs"]
        for key, body in prepared.items()
        for plan in body["plans"]
        for job in plan["jobs"]
    }
    states = {body["build"]: body["state"] for body in logged(gate, "buildended")}
    passed = {
        inputs[body["prospect"], body["job"]]
        for body in logged(gate, "buildwanted")
        if states.get(body["build"]) == "passed"
    }
    for landing in logged(gate, "landed"):
        key = landing["key"]
        assert prepared[key]["moves"] == landing["moves"]
        needed = {each for (prospect, _), each in inputs.items() if prospect == key}
        assert needed
        assert needed <= passed - {""}
        for move in landing["moves"]:
            tree = gate.git(move["ref"][0], "rev-parse", f"{move['new']}^{{tree}}")
            assert tree == move["tree"]
