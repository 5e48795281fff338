"""What every history shows of builds that the facts have forgotten."""

from __future__ import annotations

import pytest

from foretaste.core.build import BuildState, Fault
from foretaste.core.names import BuildId, ChangeId, Member, ProjectName
from foretaste.ports.history import History, PastBuild
from foretaste.ports.store import Store
from tests.contract import happenings as now
from tests.contract.stores import Place


@pytest.fixture(name="store")
def store_fixture(place: Place) -> Store:
    return place.open()


@pytest.fixture(name="lease")
def lease_fixture(store: Store) -> int:
    return store.acquire("a gate", now=100.0, seconds=30.0)


def found(history: History, name: str) -> PastBuild:
    build = history.build(BuildId(name))
    assert build is not None
    return build


def test_a_build_is_shown_with_what_became_of_it(place: Place, store: Store, lease: int) -> None:
    store.append(lease, 7.0, now.gate_of_two())
    history = place.history()

    assert history.catch_up() == 16

    past = found(history, "B-1")
    assert past.seq == 9
    assert past.build.state is BuildState.FAILED
    assert past.build.fault is Fault.JOB
    assert past.build.evidence.failed == ("test_x", "test_y")
    assert (past.build.wanted_at, past.build.ended_at) == (7.0, 7.0)
    assert (past.project, past.queue, past.pipeline) == (ProjectName("click"), now.QUEUE, "gate")
    assert past.chain == (Member(ChangeId("A"), 1), Member(ChangeId("B"), 1))
    assert past.members == past.chain[1:]
    assert past.voting
    assert not found(history, "B-2").voting
    assert found(history, "B-2").build.state is BuildState.WANTED
    assert history.build(BuildId("none")) is None


def test_builds_are_found_by_change_and_by_age(place: Place, store: Store, lease: int) -> None:
    store.append(lease, 7.0, now.gate_of_two())
    history = place.history()
    history.catch_up()

    assert [past.build.id for past in history.builds(ChangeId("B"))] == ["B-1", "B-2"]
    assert history.builds(ChangeId("none")) == ()
    assert [past.build.id for past in history.recent_builds(2)] == ["B-2", "B-1"]


def test_a_shared_build_is_shown_with_all_that_share_it(
    place: Place, store: Store, lease: int
) -> None:
    item = now.prospect_wanted("p", "XAB", own=2)
    seen = (now.change_seen("A"), now.change_seen("B", ProjectName("click")))
    store.append(lease, 1.0, [*seen, item, now.build_wanted("b1", "p", None)])
    history = place.history()
    history.catch_up()

    for change in "AB":
        assert [past.build.id for past in history.builds(ChangeId(change))] == ["b1"]
    assert history.builds(ChangeId("X")) == ()
    assert found(history, "b1").project == "click"


def test_what_the_log_does_not_say_is_empty(place: Place, store: Store, lease: int) -> None:
    wanted = [now.build_wanted("b1", "p", "A"), now.build_wanted("b2", "p", None)]
    store.append(lease, 1.0, [now.build_started("b0"), *wanted])
    history = place.history()
    history.catch_up()

    assert history.build(BuildId("b0")) is None
    assert found(history, "b1").project == ""
    assert found(history, "b1").pipeline == ""
    assert found(history, "b2").changes == ()


def test_each_step_takes_in_what_came_since(place: Place, store: Store, lease: int) -> None:
    history, events = place.history(), now.gate_of_two()

    for event in events:
        store.append(lease, 7.0, [event])
        assert history.catch_up() == 1
    assert history.catch_up() == 0

    stepwise = history.recent_builds(100)
    assert [past.build.state.value for past in stepwise] == ["wanted", "failed", "passed"]
    assert history.rebuild() == len(events)
    assert history.recent_builds(100) == stepwise


def test_more_than_one_page_is_taken_in_at_once(place: Place, store: Store, lease: int) -> None:
    wanted = [now.build_wanted(f"b{n}", "p", "A") for n in range(700)]
    ended = [now.build_ended(f"b{n}") for n in range(700)]
    store.append(lease, 1.0, [now.change_seen("A"), *wanted, *ended])
    history = place.history()

    assert history.catch_up() == 1401

    states = {past.build.state for past in history.recent_builds(1000)}
    assert states == {BuildState.PASSED}
    assert len(history.builds(ChangeId("A"))) == 700
