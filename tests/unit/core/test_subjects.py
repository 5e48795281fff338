"""An event is about what its fields name, and not about what it only mentions."""

from __future__ import annotations

import typing

import pytest

from foretaste.core.events import (
    BuildWanted,
    CheckStarted,
    Configured,
    Event,
    Frozen,
    Held,
    Promoted,
    Waited,
)
from foretaste.core.names import ChangeId, Member, ProspectKey, QueueName
from foretaste.core.policy import Policy
from foretaste.core.reasons import Reason
from foretaste.core.subjects import Sort, Subject, subjects
from tests.contract import happenings as now
from tests.unit.core.town import Town

A, B = (Sort.CHANGE, "A"), (Sort.CHANGE, "B")
QUEUE = (Sort.QUEUE, now.QUEUE)


@pytest.mark.parametrize(
    ("event", "about"),
    [
        (now.change_seen("A"), {A}),
        (now.enqueued("A", "B"), {QUEUE, A, B}),
        (now.prospect_wanted("p", "AB"), {(Sort.PROSPECT, "p"), QUEUE, B}),
        (now.build_wanted("b", "p", "A"), {(Sort.BUILD, "b"), (Sort.PROSPECT, "p"), A}),
        (now.build_wanted("b", "p", None), {(Sort.BUILD, "b"), (Sort.PROSPECT, "p")}),
        (now.build_ended("b"), {(Sort.BUILD, "b")}),
        (now.landed("p", "A"), {(Sort.PROSPECT, "p")}),
        (now.judged("B", because="A"), {QUEUE, B}),
        (Promoted(changes=(ChangeId("A"), ChangeId("B"), ChangeId("A"))), {A, B}),
        (Frozen(queue=now.QUEUE, why="x"), {QUEUE}),
        (Held(why="x"), set()),
        (Configured(policy=Policy(), projects=()), set()),
        (
            Waited(change=ChangeId("A"), reason=Reason.NOT_APPROVED, because=ChangeId("B")),
            {A},
        ),
        (
            CheckStarted(
                change=ChangeId("A"),
                queue=now.QUEUE,
                needs=(Member(ChangeId("B"), 1),),
                base=ProspectKey("p"),
                state=(),
            ),
            {QUEUE, A},
        ),
    ],
    ids=lambda value: type(value).__name__,
)
def test_an_event_is_about(event: Event, about: set[Subject]) -> None:
    assert set(subjects(event)) == about
    assert len(subjects(event)) == len(about)


def test_every_kind_of_event_can_be_asked() -> None:
    named = {sort for sort, _ in subjects(Frozen(queue=QueueName("q"), why=""))}

    assert named == {Sort.QUEUE}
    assert len(typing.get_args(Event)) > 20


def test_the_story_of_a_build_is_its_own_events_and_how_its_prospect_was_made() -> None:
    town = Town("A B")("approve A B", "finish M[A]")
    store = town.world.store
    first = next(r.event.build for r in store.since(0) if isinstance(r.event, BuildWanted))

    kinds = [type(recorded.event).__name__ for recorded in store.build_events(first)]

    assert kinds == ["ProspectWanted", "Prepared", "BuildWanted", "BuildStarted", "BuildEnded"]
    assert store.build_events("b99") == ()
