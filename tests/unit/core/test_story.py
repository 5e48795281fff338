"""A story tells what happened to one change, in order, and nothing of what happened to others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from foretaste.core.build import BuildState, Evidence, Fault
from foretaste.core.cause import Cause
from foretaste.core.change import Change
from foretaste.core.events import (
    BuildEnded,
    BuildStarted,
    BuildWanted,
    ChangesSeen,
    CheckEnded,
    CheckStarted,
    Conflicted,
    DequeueAsked,
    EnqueueAsked,
    Enqueued,
    Event,
    Held,
    Judged,
    Landed,
    LandingRefused,
    LandWanted,
    Misconfigured,
    Prepared,
    Promoted,
    ProspectWanted,
    Recorded,
    Unprepared,
    Waited,
)
from foretaste.core.names import (
    BuildId,
    ChangeId,
    JobName,
    Member,
    Oid,
    ProjectName,
    ProspectKey,
    QueueName,
    Ref,
)
from foretaste.core.prospect import Move
from foretaste.core.reasons import Reason
from foretaste.core.story import story
from foretaste.core.told import Step, Told
from foretaste.core.verdict import Outcome, Verdict
from tests.unit.core.town import Town

A, B = ChangeId("A"), ChangeId("B")
KEY, ELSEWHERE = ProspectKey("k1"), ProspectKey("k2")
MAIN = Ref(ProjectName("R"), "main")


def told(*events: Event, change: ChangeId = A) -> tuple[Told, ...]:
    log = [Recorded(seq=seq, at=float(seq), event=event) for seq, event in enumerate(events, 1)]
    return story(change, log)


def steps(*events: Event, change: ChangeId = A) -> list[Step]:
    return [one.step for one in told(*events, change=change)]


def wanted(key: ProspectKey, *chain: ChangeId, pipeline: str = "gate") -> ProspectWanted:
    members = tuple(Member(change, 1) for change in chain)
    own = members if pipeline == "check" else members[-1:]
    return ProspectWanted(
        key=key,
        base=ProspectKey("root"),
        queue=QueueName("R"),
        pipeline=pipeline,
        members=own,
        chain=members,
    )


def build(name: str, key: ProspectKey, change: ChangeId | None, attempt: int = 1) -> BuildWanted:
    return BuildWanted(
        build=BuildId(name),
        job=JobName("M"),
        prospect=key,
        change=change,
        attempt=attempt,
        cause="first",
    )


def ended(name: str, state: BuildState, fault: Fault = Fault.NONE, why: str = "") -> BuildEnded:
    return BuildEnded(
        build=BuildId(name), state=state, fault=fault, evidence=Evidence(why=why, seconds=2.5)
    )


def test_a_change_behind_a_failing_one_is_tested_anew_and_lands() -> None:
    town = Town()("approve A B C", "fail M[A,B]", "finish *")

    tale = town.story("C")

    assert [one.step for one in tale] == [
        Step.APPROVED,
        Step.ENQUEUED,
        Step.ASSUMED,
        Step.PREPARED,
        Step.BUILD_STARTED,
        Step.ASSUMED_ANEW,
        Step.PREPARED,
        Step.BUILD_CANCELLED,
        Step.BUILD_STARTED,
        Step.BUILD_PASSED,
        Step.LANDING,
        Step.LANDED,
    ]
    assert tale[2].others == ("A", "B")
    assert (tale[5].others, tale[5].gone) == (("A",), ("B",))
    assert tale[7].detail == "superseded"
    assert [tale[4].label, tale[8].label] == ["M[A,B,C]", "M[A,C]"]
    assert tale[-1].commit == town.facts.note(ChangeId("C")).landed
    assert [one.seq for one in tale] == sorted({one.seq for one in tale})


def test_a_failed_change_is_told_with_what_failed() -> None:
    tale = Town()("approve A").end("M[A]", failed=["t::x"]).story("A")

    assert [one.step for one in tale[-2:]] == [Step.BUILD_FAILED, Step.FAILED]
    assert tale[-1].reason is Reason.JOB_FAILED
    assert tale[-1].blame is not None
    assert (tale[-1].blame.cause, tale[-1].blame.tests) == (Cause.TESTS_FAILED, ("t::x",))


def test_a_check_is_told_from_its_start_to_its_end() -> None:
    tables = {"job": [{"name": "K", "pipeline": "check"}, {"name": "M"}]}
    passed = Town(**tables)("event A", "finish *")  # type: ignore[arg-type]
    failed = Town(**tables)("event A", "fail K[A]")  # type: ignore[arg-type]
    given_up = Town(**tables)("event A", "approve A")  # type: ignore[arg-type]

    seen = [Step.SEEN, Step.CHECK_STARTED, Step.PREPARED, Step.BUILD_STARTED]
    assert [one.step for one in passed.story("A")] == [*seen, Step.BUILD_PASSED, Step.CHECK_PASSED]
    assert [one.step for one in failed.story("A")] == [*seen, Step.BUILD_FAILED, Step.CHECK_FAILED]
    assert Step.CHECK_GIVEN_UP in [one.step for one in given_up.story("A")]


def test_what_brings_a_change_along_is_named() -> None:
    stack = [{"id": "A", "project": "R"}, {"id": "B", "project": "R", "parent": "A"}]
    town = Town(change=stack)("approve B", "approve A")

    along = next(one for one in town.story("B") if one.step is Step.BROUGHT_ALONG)

    assert (along.others, along.place) == (("A",), "R")
    waited = next(one for one in town.story("B") if one.step is Step.WAITED)
    assert (waited.reason, waited.others) == (Reason.DEPENDENCY_WAITS, ("A",))


def test_the_members_of_a_cycle_enter_together() -> None:
    item = (Member(A, 1), Member(B, 1))
    entered = Enqueued(queue=QueueName("R"), items=(item,), about=B)

    (one,) = told(entered)

    assert (one.step, one.others) == (Step.ENQUEUED, (B,))
    assert steps(Enqueued(queue=QueueName("R"), items=((Member(B, 1),),), about=B)) == []


def test_a_lost_build_and_its_next_attempt_are_told() -> None:
    tale = Town()("approve A", "lose M[A]").story("A")

    assert [one.step for one in tale[-3:]] == [
        Step.BUILD_LOST,
        Step.BUILD_AGAIN,
        Step.BUILD_STARTED,
    ]
    assert tale[-2].count == 2


def test_what_operators_ask_is_told_of_those_they_name() -> None:
    for who, known in ((A, True), (B, False)):
        asked: list[Event] = [
            Promoted(changes=(who,), by="ann"),
            DequeueAsked(change=who, by="ann"),
            EnqueueAsked(change=who),
        ]
        expected = [Step.PROMOTE_ASKED, Step.DEQUEUE_ASKED, Step.ENQUEUE_ASKED]
        assert steps(*asked) == (expected if known else [])


def test_what_happens_to_others_is_not_told() -> None:
    events = (
        wanted(KEY, B),
        Prepared(key=KEY, moves=(), state=(), plans=()),
        build("b1", KEY, B),
        build("b2", ProspectKey("gone"), None, attempt=2),
        BuildStarted(build=BuildId("b1")),
        ended("b1", BuildState.PASSED),
        Conflicted(key=KEY, change=B),
        Misconfigured(key=KEY, change=B, detail="x"),
        Unprepared(key=KEY),
        Waited(change=B, reason=Reason.FROZEN),
        CheckStarted(change=B, queue=QueueName("R"), needs=(), base=KEY, state=()),
        CheckEnded(change=B, verdict=None),
        Landed(key=KEY, moves=()),
        LandingRefused(key=KEY, detail="no"),
        LandWanted(key=KEY, queue=QueueName("R"), members=(), moves=(), attempt=1),
        Judged(queue=QueueName("R"), change=B, revision=1, verdict=Verdict(outcome=Outcome.LEFT)),
        Held(why="x"),
    )

    assert steps(*events) == []


def test_a_prospect_that_cannot_be_used_says_why() -> None:
    events = (
        wanted(KEY, A),
        Conflicted(key=KEY, change=A, paths=("x.txt",), detail="both changed it"),
        wanted(ELSEWHERE, B, A),
        Misconfigured(key=ELSEWHERE, change=A, detail="pyproject.toml:3: no such key"),
        Unprepared(key=ELSEWHERE),
    )

    tale = told(*events)

    assert [one.step for one in tale] == [
        Step.ASSUMED,
        Step.CONFLICTED,
        Step.ASSUMED_ANEW,
        Step.MISCONFIGURED,
        Step.UNPREPARED,
    ]
    assert tale[1].blame is not None
    assert tale[1].blame.paths == ("x.txt",)
    assert tale[3].blame is not None
    assert tale[3].blame.detail == "pyproject.toml:3: no such key"


def test_a_shared_build_is_told_to_every_member() -> None:
    both = replace(wanted(KEY, A, B), members=(Member(A, 1), Member(B, 1)))
    events = (both, build("b1", KEY, None), BuildStarted(build=BuildId("b1")))

    for change in (A, B):
        assert steps(*events, change=change) == [Step.ASSUMED, Step.BUILD_STARTED]


def test_late_and_doubled_news_of_a_build_is_told_once() -> None:
    started = BuildStarted(build=BuildId("b1"))
    events = (
        wanted(KEY, A),
        build("b1", KEY, A),
        started,
        started,
        BuildEnded(build=BuildId("b1"), state=BuildState.RUNNING),
        ended("b1", BuildState.PASSED),
    )

    assert steps(*events) == [Step.ASSUMED, Step.BUILD_STARTED, Step.BUILD_PASSED]


def test_a_landing_that_was_not_tried_is_not_told_as_refused() -> None:
    events = (
        wanted(KEY, A),
        LandingRefused(key=KEY, detail="what stood ahead did not land", counts=False),
        LandingRefused(key=KEY, detail="the host said no"),
    )

    tale = told(*events)

    assert [one.step for one in tale] == [Step.ASSUMED, Step.LANDING_REFUSED]
    assert tale[1].detail == "the host said no"


def test_a_landing_names_its_commit_where_the_branch_is_known() -> None:
    move = Move(ref=MAIN, old=Oid("0"), new=Oid("1"), tree=Oid("2"))
    known = Change(id=A, project=MAIN.project, branch=MAIN.branch, commit=Oid("9"))
    landed = Landed(key=KEY, moves=(move,))

    unknown = told(wanted(KEY, A), landed)[-1]
    assert (unknown.commit, unknown.place) == ("", "")
    seen = ChangesSeen(changes=(known,), about=(B,), why="pushed")
    tale = told(seen, wanted(KEY, A), landed)
    assert (tale[-1].commit, tale[-1].place) == ("1", "R main")
    assert Step.PUSHED not in [one.step for one in tale]


def test_a_revision_is_told_with_its_number_and_its_author() -> None:
    known = Change(id=A, project=MAIN.project, branch=MAIN.branch, commit=Oid("9"), revision=3)

    (one,) = told(ChangesSeen(changes=(known,), about=(A,), why="pushed", by="ann"))
    (other,) = told(ChangesSeen(changes=(), about=(A,), why="labelled"))

    assert (one.step, one.count, one.by) == (Step.PUSHED, 3, "ann")
    assert (other.step, other.detail) == (Step.SEEN, "labelled")
    (closed,) = told(ChangesSeen(changes=(), about=(A,), why="abandoned: it was yanked: why"))
    assert (closed.step, closed.detail) == (Step.CLOSED, "it was yanked: why")
    (odd,) = told(ChangesSeen(changes=(), about=(A,), why="labelled: so"))
    assert (odd.step, odd.detail) == (Step.SEEN, "labelled: so")


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.LEFT])
def test_a_verdict_is_told_as_what_it_is(outcome: Outcome) -> None:
    verdict = Verdict(outcome=outcome, reason=Reason.DEQUEUED)

    (one,) = told(Judged(queue=QueueName("R"), change=A, revision=2, verdict=verdict))

    assert one.step is (Step.FAILED if outcome is Outcome.FAILED else Step.LEFT)
    assert one.count == 2


def test_results_that_were_used_again_are_named_when_it_lands() -> None:
    town = Town(job=[{"name": "M"}, {"name": "N", "voting": False}])("approve A", "finish *")
    log = town.world.store.story("A")
    without = [one for one in log if not isinstance(one.event, BuildWanted)]

    reused = [one for one in story(A, without) if one.step is Step.RESULT_REUSED]

    assert [one.names for one in reused] == [("M",)]
    assert not [one for one in town.story("A") if one.step is Step.RESULT_REUSED]
