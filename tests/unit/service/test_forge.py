"""The embedded forge asks again, at the last moment, whether exactly this may land."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from foretaste.config.gate import GATE
from foretaste.core.change import Change
from foretaste.core.names import ChangeId, Member, Oid, ProjectName, Ref
from foretaste.service.forge import EmbeddedForge
from foretaste.service.touching import Touching
from tests.unit.core.town import Town

A = ChangeId("A")
MAIN = Ref(ProjectName("R"), "main")
ROLES = {"ann": {"approve"}, "bob": {"push"}, "cyd": {"approve", "config"}, "dan": {"config"}}


def forge(town: Town, *, touching: bool = False, seen: list[Oid] | None = None) -> EmbeddedForge:
    """Return a forge over the town's facts."""

    def touches(_change: Change, tested: Oid) -> bool:
        if seen is not None:
            seen.append(tested)
        return touching

    return EmbeddedForge(
        facts=lambda: town.facts,
        roles=lambda name: frozenset(ROLES.get(name, ())),
        touches_config=touches,
    )


def approved(*people: str, **more: Any) -> Town:
    """Return a town whose change A these people have approved."""
    town = Town("A")("event A")
    facts = town.facts
    change = replace(facts.changes[A], approved_by=people, **more)
    town.world.gate.facts = replace(facts, changes=facts.changes.set(A, change))
    return town


@pytest.mark.parametrize(
    ("people", "touching", "why"),
    [
        (("ann",), False, ""),
        ((), False, "nobody who may approve stands behind change A"),
        (("bob", "zoe"), False, "nobody who may approve stands behind change A"),
        (("ann",), True, "change A alters jobs and needs an approval of someone with role config"),
        (
            ("ann", "dan"),
            True,
            "change A alters jobs and needs an approval of someone with role config",
        ),
        (("ann", "cyd"), True, ""),
    ],
)
def test_who_may_let_a_change_land(people: tuple[str, ...], why: str, *, touching: bool) -> None:
    assert forge(approved(*people), touching=touching).may_land(Member(A, 1)) == why


def test_another_revision_than_the_newest_does_not_land() -> None:
    town = approved("ann", revision=2)

    assert forge(town).may_land(Member(A, 1)) == "change A is at revision 2 now"


def test_a_closed_change_does_not_land() -> None:
    assert forge(approved("ann", open=False)).may_land(Member(A, 1)) == "change A is abandoned"


def test_what_is_compared_is_the_commit_that_would_land() -> None:
    """The change itself may be older than the configuration that its branch has now."""
    seen: list[Oid] = []
    town = approved("ann")
    forge(town, seen=seen).may_land(Member(A, 1))
    town = Town("A")("approve A", "hold", "finish *")
    (prospect,) = town.facts.prospects.values()
    (queue,) = town.facts.queues.values()
    landing = replace(queue, landing=(prospect.key,))
    facts = town.facts
    change = replace(facts.changes[A], approved_by=("ann",))
    town.world.gate.facts = replace(
        facts,
        queues=facts.queues.set(queue.name, landing),
        changes=facts.changes.set(A, change),
    )
    forge(town, seen=seen).may_land(Member(A, 1))

    assert seen == [change.commit, prospect.moves[0].new]


def test_a_family_is_all_that_needs_and_is_needed() -> None:
    changes = [
        {"id": "A", "project": "R"},
        {"id": "B", "project": "R", "depends_on": ["A"]},
        {"id": "C", "project": "R", "depends_on": ["B"]},
        {"id": "D", "project": "R"},
    ]
    town = Town(change=changes)("event A B C D", "depends C on B X")

    names = [change.id for change in forge(town).family(ChangeId("B"))]

    assert names == ["A", "B", "C"]


# --- touching

FILES: Mapping[str, Mapping[str, bytes]] = {
    "old": {"pyproject.toml": b'[project]\nname = "a"\n[tool.foretaste]\ngate = ["tests"]\n'},
    "other": {"pyproject.toml": b'[project]\nname = "b"\n[tool.foretaste]\ngate = ["tests"]\n'},
    "gate": {"pyproject.toml": b'[project]\nname = "a"\n[tool.foretaste]\ngate = []\n'},
    "own": {"foretaste.toml": b'gate = ["tests"]\n'},
    "none": {},
    "odd": {"pyproject.toml": b"tool = 3\n"},
    "broken": {"pyproject.toml": b"[tool\n"},
    "bytes": {"pyproject.toml": b"\xff"},
}


def touching(tip: str | None, *, redefines: bool = False) -> Touching:
    """Return what compares with a branch that holds these files."""
    return Touching(
        redefines=lambda _project, _tip, _tested: redefines,
        read=lambda _project, commit, path: FILES[commit].get(path),
        tip=lambda _ref: None if tip is None else Oid(tip),
    )


@pytest.mark.parametrize(
    ("before", "after", "altered"),
    [
        ("old", "old", False),
        ("old", "other", False),
        ("old", "gate", True),
        ("old", "own", True),
        ("old", "none", True),
        ("old", "broken", True),
        ("broken", "broken", False),
        ("bytes", "broken", True),
        ("none", "odd", False),
        (None, "old", True),
    ],
)
def test_configuration_is_altered_where_what_it_says_to_us_is(
    before: str | None, after: str, *, altered: bool
) -> None:
    change = Change(id=A, project=MAIN.project, branch="main", commit=Oid("none"))

    assert touching(before)(change, Oid(after)) is altered


def test_jobs_that_come_out_otherwise_are_altered_though_what_is_said_to_us_is_not() -> None:
    change = Change(id=A, project=MAIN.project, branch="main", commit=Oid("none"))

    assert touching("old", redefines=True)(change, Oid("other"))


def test_every_change_of_the_gates_own_project_alters_it() -> None:
    change = Change(id=A, project=ProjectName(GATE), branch="main", commit=Oid("old"))

    assert touching("old")(change, Oid("old"))
