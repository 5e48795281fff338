"""A face's questions are answered from facts, and from the log for what facts have forgotten."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from foretaste.core.events import Recorded
from foretaste.core.names import BuildId
from foretaste.ports.errors import TransientError
from foretaste.service import faces
from foretaste.service.queries import Queries
from foretaste.simulation.history import MemoryHistory
from foretaste.simulation.store import MemoryStore
from tests.unit.core.town import Town


def asked(town: Town) -> Queries:
    store = town.world.store
    queries = Queries(lambda: town.facts, store, MemoryHistory(store))
    protocol: faces.Queries = queries
    assert protocol is queries
    return queries


def test_the_glance_is_made_once_for_each_set_of_facts() -> None:
    town = Town()("approve A")
    queries = asked(town)

    first = queries.gate()
    assert queries.gate() is first
    town("finish *")
    assert queries.gate() is not first
    assert [change.state for change in queries.gate().recent] == ["merged"]


def test_changes_are_listed_and_found() -> None:
    town = Town()("approve A B", "fail M[A]", "finish *")
    queries = asked(town)

    assert [one.change for one in queries.changes()] == ["B", "A"]
    assert [one.change for one in queries.changes(state="failed")] == ["A"]
    assert queries.changes(project="S") == ()
    assert [one.change for one in queries.changes(limit=1)] == ["B"]
    found = queries.change("A")
    assert found is not None
    assert found.why == "M[A] failed with exit status 1."
    assert queries.change("nobody") is None


def test_a_story_is_told_of_changes_that_are_known() -> None:
    queries = asked(Town()("approve A", "finish *"))

    story = queries.story("A")

    assert story is not None
    assert [line.code for line in story][-1] == "LANDED"
    assert queries.story("nobody") is None


def test_a_build_is_found_while_it_runs_and_long_after() -> None:
    town = Town()("approve A")
    queries = asked(town)

    running = queries.build("b1")
    assert running is not None
    assert (running.label, running.state) == ("M[A]", "running")
    town("fail M[A]")
    assert BuildId("b1") not in town.facts.builds
    ended = queries.build("b1")
    assert ended is not None
    assert (ended.label, ended.state, ended.project) == ("M[A]", "failed", "R")
    assert queries.build("nobody") is None


def test_builds_are_those_of_one_change_or_the_newest_of_all() -> None:
    town = Town()("approve A", "finish *", "approve B C")
    queries = asked(town)

    assert [one.label for one in queries.builds()] == ["M[B,C]", "M[B]", "M[A]"]
    assert [one.label for one in queries.builds(limit=1)] == ["M[B,C]"]
    assert [one.label for one in queries.builds(change="B")] == ["M[B]"]
    assert queries.builds(change="nobody") == ()


def test_past_builds_of_cycles_and_checks_are_named_as_they_were() -> None:
    cycle = Town(
        project=[{"name": "R", "allow_cycles": True}],
        change=[
            {"id": "A", "project": "R", "depends_on": ["B"]},
            {"id": "B", "project": "R", "depends_on": ["A"]},
        ],
    )("approve A B", "finish *")
    check = Town(job=[{"name": "K", "pipeline": "check"}])("event A", "finish *")

    assert {one.label for one in asked(cycle).builds()} == {"M[A+B:A]", "M[A+B:B]"}
    assert [one.label for one in asked(check).builds()] == ["K[A]"]


class Full(MemoryHistory):
    """A history whose disk is full."""

    def catch_up(self) -> int:
        """Fail as a full disk does."""
        raise TransientError("FT801", "the disk is full")


def test_a_full_disk_shows_what_is_known_without_it() -> None:
    town = Town()("approve A")
    store = town.world.store

    queries = Queries(lambda: town.facts, store, Full(store))

    assert [one.label for one in queries.builds()] == ["M[A]"]


class Counting:
    """A store that counts how often a story is read."""

    def __init__(self, store: MemoryStore) -> None:
        self.store = store
        self.read = 0

    def story(self, change: str) -> tuple[Recorded, ...]:
        """Read a story."""
        self.read += 1
        return self.store.story(change)


def test_what_ended_is_read_once_and_the_oldest_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    town = Town()("approve A B C", "fail M[A]", "fail M[B]", "finish *")
    store = Counting(town.world.store)
    history = MemoryHistory(town.world.store)
    queries = Queries(lambda: town.facts, store, history)  # type: ignore[arg-type]

    for _ in range(3):
        assert [one.state for one in queries.changes()] == ["merged", "failed", "failed"]
    assert store.read == 2
    monkeypatch.setattr("foretaste.service.queries.KEPT", 1)
    narrow = Queries(lambda: town.facts, store, history)  # type: ignore[arg-type]
    for _ in range(3):
        narrow.changes()
    assert store.read == 2 + 6


def rows(queries: Queries) -> Iterator[tuple[str, str, str]]:
    for project in queries.projects():
        for branch in project.branches:
            yield project.project, branch.branch, branch.commit


def test_projects_are_shown_with_what_their_branches_point_at() -> None:
    town = Town(project=[{"name": "S", "branches": ["main", "old"]}, {"name": "R"}])
    queries = asked(town)

    tips = {(str(ref.project), ref.branch): oid for ref, oid in town.facts.tips.items()}

    assert list(rows(queries)) == [
        ("R", "main", tips["R", "main"]),
        ("S", "main", tips["S", "main"]),
        ("S", "old", tips["S", "old"]),
    ]
    assert [(one.queue, one.clone) for one in queries.projects()] == [
        ("R", "/git/R"),
        ("S", "/git/S"),
    ]
