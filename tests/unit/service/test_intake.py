"""What people ask becomes events, or an answer that says why not and what to do."""

from __future__ import annotations

import pytest

from foretaste.core.events import ChangesSeen, DequeueAsked, EnqueueAsked, Held, Promoted, Resumed
from foretaste.core.names import ChangeId, Oid, ProjectName
from foretaste.service.intake import take
from foretaste.service.intents import (
    Abandon,
    Approve,
    Dequeue,
    Enqueue,
    Hold,
    Intent,
    Promote,
    Proposal,
    Propose,
    Reopen,
    Resume,
    Withdraw,
)
from tests.unit.core.town import Town

A, B, X = ChangeId("A"), ChangeId("B"), ChangeId("X")


def seen(town: Town, intent: Intent) -> ChangesSeen:
    """Return the one event that an intent about a change comes to."""
    taken = take(town.facts, intent)
    assert taken.answer.taken
    assert taken.answer.changes == (A,)
    (event,) = taken.events
    assert isinstance(event, ChangesSeen)
    assert event.about == (A,)
    return event


def test_an_approval_is_of_the_revision_that_was_looked_at() -> None:
    town = Town("A")("event A")
    before = town.facts.changes[A]

    event = seen(town, Approve(change=A, revision=1, by="ann"))

    (change,) = event.changes
    assert (event.why, event.by) == ("approved", "ann")
    assert change.approved_by == ("ann",)
    assert change.approval == before.approval + 1
    assert change.version == before.version + 1


def test_approving_twice_counts_twice_and_names_once() -> None:
    """A second approval of what failed says that somebody wants it tried again."""
    town = Town("A")("approve A")
    before = town.facts.changes[A]

    (change,) = seen(town, Approve(change=A, by="reviewer")).changes

    assert change.approved_by == ("reviewer",)
    assert change.approval == before.approval + 1


def test_withdrawing_takes_ones_own_approval_only() -> None:
    town = Town("A")("approve A")

    (change,) = seen(town, Withdraw(change=A, by="ann")).changes
    assert change.approved_by == ("reviewer",)
    (change,) = seen(town, Withdraw(change=A, by="reviewer")).changes
    assert change.approved_by == ()


def test_what_is_abandoned_is_closed_and_can_be_opened_again() -> None:
    town = Town("A")("event A")

    closed, opened = seen(town, Abandon(change=A)), seen(town, Reopen(change=A))

    assert (closed.why, closed.changes[0].open) == ("abandoned", False)
    said = seen(town, Abandon(change=A, by="ann", why="it was yanked"))
    assert said.why == "abandoned: it was yanked"
    assert (opened.why, opened.changes[0].open) == ("reopened", True)


@pytest.mark.parametrize(
    ("steps", "intent", "code"),
    [
        ((), Approve(change=X), "FT410"),
        ((), Promote(changes=(X,)), "FT410"),
        (("approve A", "finish *"), Approve(change=A), "FT411"),
        (("approve A", "finish *"), Abandon(change=A), "FT411"),
        (("event A",), Dequeue(change=A), "FT412"),
        (("approve B",), Promote(changes=(B, A)), "FT412"),
        (("abandon A",), Approve(change=A), "FT413"),
        (("event A",), Approve(change=A, revision=2), "FT414"),
    ],
)
def test_a_refusal_says_why_and_what_to_do_and_changes_nothing(
    steps: tuple[str, ...], intent: Intent, code: str
) -> None:
    taken = take(Town("A B")("event A B", *steps).facts, intent)

    assert taken.answer.code == code
    assert taken.answer.what
    assert taken.answer.hint
    assert taken.events == ()


@pytest.mark.parametrize(
    ("intent", "event"),
    [
        (Promote(changes=(B, A), by="op"), Promoted(changes=(B, A), by="op")),
        (Dequeue(change=A, by="op"), DequeueAsked(change=A, by="op")),
        (Enqueue(change=A, by="op"), EnqueueAsked(change=A, by="op")),
        (Hold(why="lunch", by="op"), Held(why="lunch", by="op")),
        (Resume(by="op"), Resumed(by="op")),
    ],
)
def test_what_an_operator_asks_is_taken_as_it_is(intent: Intent, event: object) -> None:
    taken = take(Town("A B")("approve A B").facts, intent)

    assert taken.answer.taken
    assert taken.events == (event,)


def test_a_push_becomes_a_change() -> None:
    pushed = Propose(
        project=ProjectName("R"),
        branch="main",
        topic="t",
        proposals=(Proposal(commit=Oid("c"), parent=Oid("p"), subject="s"),),
    )

    taken = take(Town("A").facts, pushed)

    assert taken.answer.changes == ("1",)
    assert len(taken.events) == 1
