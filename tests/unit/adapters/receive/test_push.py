"""A push proposes, and its sender reads what became of it: real git, real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.core.names import Oid, ProjectName, Ref
from foretaste.ports.errors import TransientError
from foretaste.service.intents import Answer
from tests.live_forge import LiveForge, live_forge


@pytest.fixture(name="forge")
def forge_fixture(tmp_path: Path) -> Iterator[LiveForge]:
    with live_forge(tmp_path) as forge:
        yield forge


def test_a_push_with_a_topic_proposes_its_commit(forge: LiveForge) -> None:
    clone = forge.clone()
    base = clone.head()
    commit = clone.commit("a.txt", "Add a", "Why it is there.")

    said = clone.push("-otopic=a", "HEAD:refs/for/main")

    (asked,) = forge.service.asked
    (proposal,) = asked.proposals
    assert (asked.project, asked.branch, asked.topic, asked.by) == ("flask", "main", "a", "pat")
    assert (proposal.commit, proposal.parent, proposal.subject) == (commit, base, "Add a")
    assert not asked.approve
    assert "remote: Foretaste: 1 change proposed to main of flask" in said
    assert "remote:   change 1  Add a" in said
    assert "remote:     waits for approval" in said
    assert "remote:     http://gate.example/changes/1" in said
    assert forge.tip() == base


def test_a_stack_proposes_a_change_a_commit_lowest_first(forge: LiveForge) -> None:
    clone = forge.clone()
    base = clone.head()
    low = clone.commit("a.txt", "Low", "Change-Id: Ilow")
    top = clone.commit("b.txt", "Top", "Depends-On: click/7\nChange-Id: Itop")

    said = clone.push("HEAD:refs/for/main")

    (asked,) = forge.service.asked
    assert [(one.commit, one.parent) for one in asked.proposals] == [(low, base), (top, low)]
    assert [one.change_key for one in asked.proposals] == ["Ilow", "Itop"]
    assert [one.depends_on for one in asked.proposals] == [(), ("click/7",)]
    assert "2 changes proposed" in said


def test_an_amended_commit_is_a_revision_of_the_same_change(forge: LiveForge) -> None:
    clone = forge.clone()
    first = clone.commit("a.txt", "Add a", "Change-Id: Ia")
    clone.push("HEAD:refs/for/main")
    (clone.path / "a.txt").write_text("better\n", encoding="utf-8")
    clone.git("commit", "-q", "-a", "--amend", "--no-edit")

    clone.push("HEAD:refs/for/main")

    assert forge.service.revisions["flask", "main", "Ia"] == [first, clone.head()]


def test_the_same_commit_again_is_no_other_revision(forge: LiveForge) -> None:
    clone = forge.clone()
    commit = clone.commit("a.txt", "Add a")

    clone.push("-otopic=a", "HEAD:refs/for/main")
    clone.push("-otopic=a", "HEAD:refs/for/main")

    assert list(forge.service.revisions.values()) == [[commit]]


def test_a_topic_can_stand_in_the_ref(forge: LiveForge) -> None:
    clone = forge.clone()
    clone.commit("a.txt", "Add a")

    clone.push("HEAD:refs/for/main%topic=part/a,approve", token="approve-token")

    (asked,) = forge.service.asked
    assert (asked.topic, asked.approve, asked.by) == ("part/a", True, "ann")


def test_an_atomic_push_to_two_branches_proposes_to_both(forge: LiveForge) -> None:
    clone = forge.clone()
    forge.repository.set_branch(Ref(ProjectName("flask"), "stable"), Oid(clone.head()))
    clone.commit("a.txt", "Add a")

    refs = ("HEAD:refs/for/main", "HEAD:refs/for/stable")
    clone.push("--atomic", "-otopic=a", *refs)

    assert {asked.branch for asked in forge.service.asked} == {"main", "stable"}


def test_what_the_service_refuses_is_told_and_nothing_stays(forge: LiveForge) -> None:
    clone = forge.clone()
    clone.commit("a.txt", "Add a")
    forge.service.refusal = Answer(code="FT399", what="the project is closed", hint="wait")

    said = clone.push("-otopic=a", "HEAD:refs/for/main", fails=True)

    assert "remote: error[FT399]: the project is closed" in said
    assert "remote: hint: wait" in said
    assert set(forge.refs()) == {"refs/heads/main"}


def test_an_error_of_the_gate_refuses_without_a_traceback(forge: LiveForge) -> None:
    clone = forge.clone()
    clone.commit("a.txt", "Add a")
    forge.service.error = RuntimeError("disk on fire")

    said = clone.push("-otopic=a", "HEAD:refs/for/main", fails=True)

    assert "error[FT323]" in said
    assert "Traceback" not in said
    assert "disk on fire" not in said


def test_an_error_of_the_gate_refuses_every_part_of_an_atomic_push(forge: LiveForge) -> None:
    clone = forge.clone()
    forge.repository.set_branch(Ref(ProjectName("flask"), "stable"), Oid(clone.head()))
    before = forge.refs()
    clone.commit("a.txt", "Add a")
    forge.service.error = TransientError("FT801", "the store cannot be written", hint="free space")

    refs = ("HEAD:refs/for/main", "HEAD:refs/for/stable")
    said = clone.push("--atomic", "-otopic=a", *refs, fails=True)

    assert "error[FT801]: the store cannot be written" in said
    assert said.count("[remote rejected]") == 2
    assert forge.refs() == before


def test_revisions_that_are_kept_can_be_fetched_and_never_move(forge: LiveForge) -> None:
    clone = forge.clone()
    commit = clone.commit("a.txt", "Add a")
    clone.push("-otopic=a", "HEAD:refs/for/main")
    base = Oid(clone.git("rev-parse", "HEAD^"))

    assert forge.repository.keep("flask", 1, 1, Oid(commit))
    assert forge.repository.keep("flask", 1, 1, Oid(commit))
    assert not forge.repository.keep("flask", 1, 1, base)

    clone.git("fetch", "-q", forge.address(), "refs/changes/1/1")
    assert clone.git("rev-parse", "FETCH_HEAD") == commit
