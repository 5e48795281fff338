"""Each event concerns the gate, and the changes and builds that it names."""

from __future__ import annotations

import pytest

from foretaste.core import events as ev
from foretaste.core.build import BuildState
from foretaste.core.names import BuildId, ChangeId, JobName, Member, ProspectKey, QueueName
from foretaste.core.prospect import Plans
from foretaste.service.faces import Notice
from foretaste.service.notices import StoreFeed, notices
from foretaste.simulation.store import MemoryStore

ONE, TWO, B1 = ChangeId("1"), ChangeId("2"), BuildId("b1")
QUEUE, KEY = QueueName("q"), ProspectKey("k")
PAIR = (Member(ONE, 1), Member(TWO, 3))


@pytest.mark.parametrize(
    ("event", "named"),
    [
        (ev.Resumed(), []),
        (ev.Promoted(changes=(ONE, TWO)), ["change:1", "change:2"]),
        (ev.ChangesSeen(changes=(), about=(TWO,), why="pushed"), ["change:2"]),
        (ev.Enqueued(queue=QUEUE, items=(PAIR,), about=ONE), ["change:1", "change:2"]),
        (
            ev.Prepared(key=KEY, moves=(), state=(), plans=(Plans(change=ONE, jobs=()),)),
            ["change:1"],
        ),
        (ev.DequeueAsked(change=ONE), ["change:1"]),
        (
            ev.BuildWanted(
                build=B1, job=JobName("j"), prospect=KEY, change=ONE, attempt=1, cause=""
            ),
            ["change:1", "build:b1"],
        ),
        (
            ev.BuildWanted(
                build=B1, job=JobName("j"), prospect=KEY, change=None, attempt=1, cause=""
            ),
            ["build:b1"],
        ),
        (ev.BuildEnded(build=B1, state=BuildState.PASSED), ["build:b1"]),
    ],
)
def test_an_event_concerns_what_it_names(event: ev.Event, named: list[str]) -> None:
    told = notices(ev.Recorded(seq=7, at=0.0, event=event))

    assert told[0] == Notice(seq=7, kind="gate")
    assert [f"{notice.kind}:{notice.subject}" for notice in told[1:]] == named
    assert {notice.seq for notice in told} == {7}


def test_the_feed_reads_the_log() -> None:
    store = MemoryStore()
    lease = store.acquire("test", 0.0, 100.0)
    store.append(lease, 1.0, [ev.Resumed(), ev.DequeueAsked(change=ONE)])
    feed = StoreFeed(store, lambda seq, _: max(seq, 2))

    assert feed.newest() == 2
    assert feed.wait(1, 0.0) == 2
    assert feed.since(1, 10) == (
        Notice(seq=2, kind="gate"),
        Notice(seq=2, kind="change", subject="1"),
    )
