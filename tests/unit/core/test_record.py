"""Noting what happened decides nothing, and what is late, doubled or unknown is no news."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest

from foretaste.core.build import BuildState, Fault
from foretaste.core.events import (
    BuildEnded,
    BuildStarted,
    BuildWanted,
    ChangesSeen,
    CheckEnded,
    Conflicted,
    DequeueAsked,
    EnqueueAsked,
    Event,
    Held,
    Landed,
    LandingRefused,
    Misconfigured,
    Prepared,
    ProspectWanted,
    Recorded,
    TipsSeen,
    Unprepared,
)
from foretaste.core.facts import Facts
from foretaste.core.job import Job
from foretaste.core.names import BuildId, ChangeId, JobName, Oid, ProjectName, ProspectKey, Ref
from foretaste.core.prospect import ProspectState
from foretaste.core.record import record
from foretaste.core.verdict import Outcome, Verdict
from foretaste.ports.executor import CaseResult, Ending, Finished
from tests.unit.core.town import FAMILY, Town

A, B, NOBODY = ChangeId("A"), ChangeId("B"), ProspectKey("nobody")
STRANGER, NO_BUILD = ChangeId("X"), BuildId("b99")


def after(facts: Facts, *events: Event) -> Facts:
    """Return the facts after these events."""
    for event in events:
        facts = record(facts, Recorded(seq=facts.seq + 1, at=7.0, event=event))
    return facts


def same(before: Facts, later: Facts) -> bool:
    """Whether nothing but the number of the last event differs."""
    return replace(later, seq=before.seq) == before


@pytest.mark.parametrize(
    "event",
    [
        Prepared(key=NOBODY, moves=(), state=(), plans=()),
        Conflicted(key=NOBODY, change=A),
        Misconfigured(key=NOBODY, change=A, detail="x"),
        Unprepared(key=NOBODY),
        BuildStarted(build=NO_BUILD),
        BuildEnded(build=NO_BUILD, state=BuildState.PASSED),
        Landed(key=NOBODY, moves=()),
        LandingRefused(key=NOBODY, detail="x"),
        CheckEnded(change=STRANGER, verdict=None),
        DequeueAsked(change=STRANGER),
        DequeueAsked(change=B),
        EnqueueAsked(change=STRANGER),
    ],
    ids=lambda event: type(event).__name__,
)
def test_a_word_about_what_is_not_there_any_more_changes_nothing(event: Event) -> None:
    facts = Town("A B")("event B", "approve A").facts

    assert same(facts, after(facts, event))


def test_an_event_that_was_noted_already_is_not_noted_again() -> None:
    facts = Town("A").facts

    assert record(facts, Recorded(seq=facts.seq, at=0.0, event=Held(why="x"))) is facts


def test_a_kind_of_event_that_nobody_can_note_is_a_bug() -> None:
    strange = cast("Event", object())

    with pytest.raises(NotImplementedError, match=r"no way to note object \(event 1\)"):
        record(Facts(), Recorded(seq=1, at=0.0, event=strange))


def test_a_prospect_that_was_prepared_is_not_forgotten_by_a_late_word() -> None:
    facts = Town("A")("approve A").facts
    (key,) = facts.prospects

    assert same(facts, after(facts, Unprepared(key=key)))


def test_what_could_not_be_prepared_may_be_asked_for_again() -> None:
    facts = Town("A")("approve A").facts
    ((key, prospect),) = facts.prospects.items()
    wanted = ProspectWanted(
        key=NOBODY,
        base=prospect.base,
        queue=prospect.queue,
        pipeline="gate",
        members=prospect.members,
        chain=prospect.chain,
    )

    facts = after(facts, wanted)
    assert facts.prospects[NOBODY].status is ProspectState.WANTED
    facts = after(facts, Unprepared(key=NOBODY))

    assert set(facts.prospects) == {key}
    assert facts.tried[A] == (key,)


def test_what_a_merge_and_a_configuration_say_is_kept_for_people() -> None:
    facts = Town("A")("approve A").facts
    (key,) = facts.prospects

    clash = after(facts, Conflicted(key=key, change=A, paths=("f",), detail="d")).prospects[key]
    wrong = after(facts, Misconfigured(key=key, change=A, detail="x:3")).prospects[key]

    assert (clash.status, clash.culprit, clash.paths, clash.why) == (
        ProspectState.CONFLICT,
        A,
        ("f",),
        "d",
    )
    assert (wrong.status, wrong.culprit, wrong.why) == (ProspectState.MISCONFIGURED, A, "x:3")


def test_a_tip_of_a_project_that_is_not_ours_is_known_and_moves_no_queue() -> None:
    facts = Town("A").facts
    ref = Ref(ProjectName("elsewhere"), "main")

    later = after(facts, TipsSeen(tips=((ref, Oid("1")),)))

    assert later.tips[ref] == "1"
    assert later.queues == facts.queues


def test_a_tip_that_is_where_it_was_is_no_news_and_one_that_moved_is_a_new_base() -> None:
    facts = Town("A").facts
    ((ref, tip),) = facts.tips.items()
    (queue,) = facts.queues.values()

    assert same(facts, after(facts, TipsSeen(tips=((ref, tip),))))
    moved = after(facts, TipsSeen(tips=((ref, Oid("other")),)))

    assert moved.queues[queue.name].base not in {queue.base, ""}


def test_an_older_copy_of_a_change_is_no_news() -> None:
    facts = Town("A")("approve A").facts
    old = replace(facts.changes[A], version=0, approved_by=())

    later = after(facts, ChangesSeen(changes=(old,), about=(), why="late"))

    assert same(facts, later)


@pytest.mark.parametrize(
    "news",
    [{"revision": 2}, {"open": False}, {"landable": False}, {"approved_by": ()}],
    ids=str,
)
def test_a_queued_change_that_is_shown_otherwise_is_to_be_looked_at(news: dict[str, Any]) -> None:
    facts = Town("A B")("approve A", "event B").facts
    shown = tuple(replace(facts.changes[name], version=9, **news) for name in (A, B))

    later = after(facts, ChangesSeen(changes=shown, about=(B,), why="x"))

    assert later.disturbed == (A,)  # B stands in no queue, and the event is about it anyway
    assert later.noticed == (B,)


def test_what_a_change_needs_is_known_from_both_ends_and_forgotten_when_it_is_edited() -> None:
    town = Town("A B C")("depends C on A B", "depends C on B")

    assert town.facts.needed_by[A] == ()
    assert town.facts.needed_by[B] == ("C",)


def test_a_build_of_a_job_that_nobody_knows_has_no_inputs_and_takes_no_semaphore() -> None:
    facts = Town("A")("approve A").facts
    (key,) = facts.prospects
    wanted = BuildWanted(
        build=NO_BUILD, job=JobName("gone"), prospect=key, change=A, attempt=1, cause="first"
    )

    build = after(facts, wanted).builds[NO_BUILD]

    assert (build.inputs, build.semaphore) == ("", "")


def test_a_build_takes_inputs_and_semaphore_of_its_own_job() -> None:
    town = Town("A", job=[{"name": "M"}, {"name": "N", "semaphore": "db"}])("approve A")

    taken = {build.job: build.semaphore for build in town.facts.builds.values()}

    assert taken == {"M": "", "N": "db"}


def test_a_build_ends_once_and_a_late_start_is_no_news() -> None:
    facts = Town("A")("approve A", "hold", "finish M[A]").facts
    (build,) = facts.builds
    lost = BuildEnded(build=build, state=BuildState.LOST, fault=Fault.RESTART)

    assert same(facts, after(facts, lost))
    assert same(facts, after(facts, BuildStarted(build=build)))


def test_a_landing_tells_how_many_tests_each_passed_job_had() -> None:
    town = Town("A", job=[{"name": "M"}, {"name": "N", "voting": False}])("approve A")
    three = tuple(CaseResult(name=str(i), outcome="passed") for i in range(3))
    for name, status in (("M", 0), ("N", 1)):
        build = town.world.running()[f"{name}[A]"].id
        done = Finished(attempt=build, ending=Ending.EXITED, exit_status=status, cases=three)
        town.world.gate.tell(done)
    town.world.settle()

    ref = town.facts.changes[A].ref
    assert town.merged == ["A"]
    assert dict(town.facts.counts) == {(ref, "M"): 3}


def test_a_landing_keeps_the_base_for_what_stands_behind_it() -> None:
    town = Town("A B")("approve A B", "finish M[A]")

    behind = next(p for p in town.facts.prospects.values() if p.members[0].change == B)
    (queue,) = town.facts.queues.values()

    assert town.merged == ["A"]
    assert behind.base == queue.base
    assert queue.window == 21


def test_a_landing_after_somebody_pushed_gives_the_queue_a_base_of_its_own() -> None:
    facts = Town("A B")("approve A B").facts
    first = next(p for p in facts.prospects.values() if p.members[0].change == A)
    other = TipsSeen(tips=((first.moves[0].ref, Oid("pushed")),))

    later = after(facts, other, Landed(key=first.key, moves=first.moves))

    (queue,) = later.queues.values()
    assert queue.base == f"landed:{queue.name}:{later.seq}"
    assert later.note(A).landed == first.moves[0].new


def test_a_refusal_counts_only_where_the_host_was_asked() -> None:
    facts = Town("A")("approve A").facts
    (key,) = facts.prospects
    (queue,) = facts.queues.values()
    landing = replace(queue, landing=(key,))
    facts = replace(facts, queues=facts.queues.set(queue.name, landing))

    asked = after(facts, LandingRefused(key=key, detail="no"))
    unasked = after(facts, LandingRefused(key=key, detail="moved", counts=False))

    assert asked.queues[queue.name] == replace(queue, refusals=1, refusal="no")
    assert unasked.queues[queue.name] == queue


def test_a_check_that_passed_is_noted_for_its_revision() -> None:
    facts = Town("A", job=[{"name": "K", "pipeline": "check"}])("event A").facts

    later = after(facts, CheckEnded(change=A, verdict=Verdict(outcome=Outcome.PASSED)))

    note = later.note(A)
    assert note.checked is not None
    assert (note.checked.outcome, note.checked_revision) == (Outcome.PASSED, 1)
    assert not later.checks


def test_what_the_settings_leave_out_is_gone_and_what_is_queued_there_is_looked_at() -> None:
    town = Town(
        project=FAMILY,
        change=[{"id": "A", "project": "R1"}, {"id": "B", "project": "R2"}],
        semaphores={"db": 2},
    )("approve A B")
    settings = town.world.settings()

    later = after(town.facts, replace(settings, projects=settings.projects[1:], semaphores=()))

    assert set(later.projects) == {"R2"}
    assert not later.semaphores
    assert later.disturbed == (A,)
    assert later.place(A) is not None  # it stands there until it is answered


def test_other_rules_of_a_project_have_what_waits_in_its_queue_read_anew() -> None:
    """A01: what the gate requires from now on is required of what was prepared before, too."""
    town = Town(
        project=[{"name": "R"}, {"name": "S"}],
        change=[{"id": "A", "project": "R"}, {"id": "B", "project": "S"}],
    )("approve A B", "hold", "finish *")
    before = set(town.facts.prospects)
    settings = town.world.settings()
    stricter = replace(settings.projects[0], rules="stricter")
    strict = (stricter, *settings.projects[1:])

    town.world.gate.tell(replace(settings, projects=strict))
    town("resume")

    assert town.merged == ["B"]
    assert set(town.facts.prospects) - before
    assert town.running == {"M[A]"}
    town.world.gate.tell(replace(settings, projects=strict))
    town("finish *")
    assert town.merged == ["B", "A"]


def proved(facts: Facts, evidence: str) -> Facts:
    """Return the facts in which the one running build reads `i`, has this evidence, and passed."""
    (build,) = facts.live
    ((key, prospect),) = facts.prospects.items()
    (plan,) = prospect.plans
    job = replace(plan.jobs[0], inputs="i", evidence=evidence)
    altered = replace(prospect, plans=(replace(plan, jobs=(job,)),))
    facts = replace(facts, prospects=facts.prospects.set(key, altered))
    return after(facts, BuildEnded(build=build, state=BuildState.PASSED))


def test_a_pass_is_kept_under_all_that_the_build_read() -> None:
    facts = Town("A")("approve A").facts
    (build,) = facts.builds

    assert dict(proved(facts, "").results) == {"i": build}


def test_a_pass_that_was_measured_by_its_branch_is_kept_for_that_branch_only() -> None:
    """Else a branch that never had a test would vouch for a report that is too small elsewhere."""
    facts = Town("A")("approve A").facts
    (build,) = facts.builds
    job = Job(name=JobName("M"), inputs="i", evidence="junit")
    main, other = facts.changes[A].ref, Ref(ProjectName("R"), "next")

    assert dict(proved(facts, "junit").results) == {job.verdict_key(main): build}
    assert job.verdict_key(main) != job.verdict_key(other)
    assert replace(job, inputs="").verdict_key(main) == ""
