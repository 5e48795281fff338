"""Noting what executors said of builds."""

from __future__ import annotations

from dataclasses import replace

from foretaste.core.build import Build, BuildState, advance
from foretaste.core.events import BuildEnded, BuildStarted, Recorded
from foretaste.core.facts import Facts
from foretaste.core.message import Message
from foretaste.core.names import ProspectKey
from foretaste.core.record.fold import fold
from foretaste.core.record.parts import forget_prospect, in_queue, owe, with_note


@fold.register
def build_started(event: BuildStarted, facts: Facts, _recorded: Recorded) -> Facts:
    """Move the build on; the first one of an item is its start, which is told."""
    build = facts.builds.get(event.build)
    if build is None or build.final:
        return facts
    moved = advance(build, BuildState.RUNNING)
    facts = replace(facts, builds=facts.builds.set(build.id, moved))
    return _tell_start(facts, build.prospect)


def _tell_start(facts: Facts, key: ProspectKey) -> Facts:
    """Owe the report of a start to the members of a prospect that have not had one."""
    prospect = facts.prospects.get(key)
    for member in () if prospect is None else prospect.members:
        note, check = facts.note(member.change), facts.checks.get(member.change)
        if prospect is not None and prospect.pipeline == "check":
            if check is not None and not check.started:
                begun = replace(check, started=True)
                facts = replace(facts, checks=facts.checks.set(member.change, begun))
                facts = owe(facts, member.change, Message.CHECK_STARTED, check.number)
        elif note.enqueued and not note.started:
            facts = with_note(facts, member.change, replace(note, started=True))
            facts = owe(facts, member.change, Message.STARTED, note.enqueued)
    return facts


@fold.register
def build_ended(event: BuildEnded, facts: Facts, recorded: Recorded) -> Facts:
    """Move the build to its end and keep its evidence."""
    build = facts.builds.get(event.build)
    if build is None or build.final:
        return facts
    ended = replace(
        advance(build, event.state),
        fault=event.fault,
        evidence=event.evidence,
        ended_at=recorded.at,
        cancelling=False,
    )
    facts = replace(
        facts,
        builds=facts.builds.set(build.id, ended),
        live=facts.live.delete(build.id),
    )
    if event.state is BuildState.PASSED:
        facts = _keep_verdict(facts, ended)
    if event.state in {BuildState.PASSED, BuildState.FAILED}:
        facts = _tell_start(facts, build.prospect)  # its start may come late, or not at all
    prospect = facts.prospects.get(build.prospect)
    if prospect is not None and not in_queue(facts, prospect):
        facts = forget_prospect(facts, build.prospect)
    return facts


def _keep_verdict(facts: Facts, build: Build) -> Facts:
    """Remember a pass for builds that read the very same."""
    owned = facts.owner(build)
    key = "" if owned is None else owned[1].verdict_key(facts.changes[owned[0]].ref)
    return replace(facts, results=facts.results.set(key, build.id)) if key else facts
