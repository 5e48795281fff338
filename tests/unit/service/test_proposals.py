"""A push becomes changes: new ones, new revisions of old ones, or a refusal of all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from foretaste.core.change import Change
from foretaste.core.events import ChangesSeen, Recorded
from foretaste.core.facts import Facts, Note
from foretaste.core.names import ChangeId, Oid, ProjectName
from foretaste.core.record import record
from foretaste.service.intents import Answer, Proposal, Propose
from foretaste.service.proposals import propose

ONE, TWO = ChangeId("1"), ChangeId("2")
R = ProjectName("R")


def commit(name: str, **more: Any) -> Proposal:
    """Return a commit of a push."""
    return Proposal(commit=Oid(name), parent=Oid("p"), subject=f"say {name}", **more)


def push(*proposals: Proposal, **more: Any) -> Propose:
    """Return a push of these commits to R's main."""
    fields = {"project": R, "branch": "main", "topic": "t", "by": "ann", **more}
    return Propose(proposals=proposals, **fields)


def pushed(facts: Facts, *pushes: Propose) -> Facts:
    """Return the facts after these pushes, which must all be taken."""
    for each in pushes:
        answer, events = propose(facts, each)
        assert answer.taken, answer
        for event in events:
            facts = record(facts, Recorded(seq=facts.seq + 1, at=0.0, event=event))
    return facts


def changes(facts: Facts) -> Sequence[Change]:
    """Return the changes by number."""
    return sorted(facts.changes.values(), key=lambda change: change.number)


def refused(facts: Facts, intent: Propose) -> Answer:
    """Return the answer to a push that is refused, of which nothing is kept."""
    answer, events = propose(facts, intent)
    assert events == ()
    assert answer.hint
    return answer


def test_a_push_is_a_new_change_with_the_next_number() -> None:
    facts = pushed(Facts(), push(commit("a"), topic="x"), push(commit("b"), topic="y"))

    one, two = changes(facts)
    assert (one.id, one.number, one.commit, one.owner) == ("1", 1, "a", "ann")
    assert (one.subject, one.topic, one.parent) == ("say a", "x", None)
    assert (two.id, two.number) == ("2", 2)


def test_a_stack_is_a_change_a_commit_each_on_the_one_below() -> None:
    facts = pushed(Facts(), push(commit("a"), commit("b"), commit("c")))

    assert [(change.id, change.parent) for change in changes(facts)] == [
        ("1", None),
        ("2", "1"),
        ("3", "2"),
    ]


@pytest.mark.parametrize("key", ["", "I123"])
def test_a_new_commit_of_the_same_key_is_a_new_revision_that_nobody_approved(key: str) -> None:
    first, second = commit("a", change_key=key), commit("b", change_key=key)

    facts = pushed(Facts(), push(first, approve=True), push(second))

    (one,) = changes(facts)
    assert (one.revision, one.commit, one.approved_by, one.version) == (2, "b", (), 2)


def test_the_same_push_twice_says_the_same_and_stores_nothing() -> None:
    facts = pushed(Facts(), push(commit("a"), approve=True))

    answer, events = propose(facts, push(commit("a"), approve=True))

    assert answer == Answer(changes=(ONE,))
    assert events == ()


def test_a_push_may_approve_what_it_brings() -> None:
    _, (event,) = propose(Facts(), push(commit("a"), approve=True))

    assert isinstance(event, ChangesSeen)
    assert (event.why, event.by) == ("pushed and approved", "ann")
    (one,) = event.changes
    assert (one.approved_by, one.approval) == (("ann",), 1)


def test_a_push_by_another_adds_an_approval_to_the_same_commit() -> None:
    facts = pushed(Facts(), push(commit("a"), approve=True))

    facts = pushed(facts, push(commit("a"), approve=True, by="bob"))

    (one,) = changes(facts)
    assert (one.approved_by, one.approval, one.revision) == (("ann", "bob"), 2, 1)


def test_the_same_key_on_another_branch_or_project_is_another_change() -> None:
    mine = commit("a", change_key="I1")

    facts = pushed(
        Facts(), push(mine), push(mine, branch="next"), push(mine, project=ProjectName("S"))
    )

    assert len(changes(facts)) == 3


def landed(facts: Facts) -> Facts:
    """Return the facts in which change 1 has landed."""
    return replace(facts, notes=facts.notes.set(ONE, Note(landed=Oid("a"))))


def closed(facts: Facts) -> Facts:
    """Return the facts in which change 1 is abandoned."""
    return replace(facts, changes=facts.changes.set(ONE, replace(facts.changes[ONE], open=False)))


@pytest.mark.parametrize("end", [landed, closed])
def test_a_topic_is_free_again_when_its_change_has_ended(end: Any) -> None:
    facts = end(pushed(Facts(), push(commit("a"))))

    facts = pushed(facts, push(commit("b")))

    assert [change.id for change in changes(facts)] == ["1", "2"]


@pytest.mark.parametrize(("end", "state"), [(landed, "has landed"), (closed, "is abandoned")])
def test_a_change_id_is_not(end: Any, state: str) -> None:
    facts = end(pushed(Facts(), push(commit("a", change_key="I1"))))

    answer = refused(facts, push(commit("b", change_key="I1")))

    assert (answer.code, answer.what) == ("FT417", f"change 1 with this Change-Id {state}")


def test_two_commits_of_one_key_are_refused_with_all_that_came_along() -> None:
    twice = push(commit("a", change_key="I1"), commit("b", change_key="I1"))

    assert refused(Facts(), twice).code == "FT416"


def test_a_stack_may_stand_on_a_commit_that_is_somebody_elses_change() -> None:
    facts = pushed(Facts(), push(commit("a"), topic="theirs", by="bob"))

    facts = pushed(facts, push(commit("a"), commit("b"), topic="mine"))

    assert [(c.id, c.owner, c.parent) for c in changes(facts)] == [
        ("1", "bob", None),
        ("2", "ann", "1"),
    ]


def test_a_change_on_an_older_revision_does_not_land_before_it_is_pushed_again() -> None:
    """A04: the commit of change 2 holds revision 1 of change 1, which nobody approves any more."""
    below, above = commit("a", change_key="I1"), commit("b", change_key="I2")
    facts = pushed(Facts(), push(below, above, approve=True))
    assert facts.changes[TWO].ready

    facts = pushed(facts, push(commit("a2", change_key="I1"), approve=True))

    one, two = facts.changes[ONE], facts.changes[TWO]
    assert (one.revision, one.ready) == (2, True)
    assert (two.commit, two.version, two.ready) == ("b", 2, False)
    facts = pushed(facts, push(commit("a2", change_key="I1"), commit("b2", change_key="I2")))
    assert (facts.changes[TWO].landable, facts.changes[TWO].approved_by) == (True, ())


def test_a_change_whose_older_revision_comes_back_below_it_may_land_again() -> None:
    below, above = commit("a", change_key="I1"), commit("b", change_key="I2")
    facts = pushed(Facts(), push(below, above), push(commit("a2", change_key="I1")))
    assert not facts.changes[TWO].landable

    facts = pushed(facts, push(below, above, approve=True))

    assert [(each.revision, each.ready) for each in changes(facts)] == [(3, True), (1, True)]


def test_a_change_that_only_depends_on_another_holds_nothing_of_its_commits() -> None:
    need = commit("b", change_key="I2", depends_on=("R/1",))
    facts = pushed(Facts(), push(commit("a", change_key="I1")), push(need))

    facts = pushed(facts, push(commit("a2", change_key="I1")))

    assert facts.changes[TWO].landable


@pytest.mark.parametrize(
    "name", ["R/1", " R/1 ", "http://gate.example/changes/1", "http://gate.example/changes/1/"]
)
def test_a_depends_on_names_a_change_by_project_and_number_or_by_its_url(name: str) -> None:
    facts = pushed(Facts(), push(commit("a"), topic="x"))

    facts = pushed(facts, push(commit("b", depends_on=(name,)), topic="y"))

    assert facts.changes[TWO].depends_on == (ONE,)
    assert facts.needed_by[ONE] == (TWO,)


@pytest.mark.parametrize("name", ["R/9", "S/1", "1", "R", "http://gate.example/1", ""])
def test_a_depends_on_that_names_nothing_refuses_the_whole_push(name: str) -> None:
    facts = pushed(Facts(), push(commit("a"), topic="x"))

    both = push(commit("b"), commit("c", depends_on=(name,)), topic="y")

    assert refused(facts, both).code == "FT418"


def test_a_change_cannot_need_itself() -> None:
    facts = pushed(Facts(), push(commit("a", change_key="I1")))

    answer = refused(facts, push(commit("b", change_key="I1", depends_on=("R/1",))))

    assert answer.code == "FT419"
