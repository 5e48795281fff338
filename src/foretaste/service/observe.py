"""Observe: what an executor tells of a build becomes events, with what is believed of it."""

from __future__ import annotations

from foretaste.core.believe import believe
from foretaste.core.build import Build, BuildState, Evidence, Fault
from foretaste.core.events import BuildEnded, BuildStarted, Event
from foretaste.core.facts import Facts
from foretaste.core.names import BuildId
from foretaste.ports.executor import Ending, Finished, Observation, Output, Started

FAULTS = {
    Ending.TIMED_OUT: (BuildState.FAILED, Fault.TIMED_OUT),
    Ending.LIMIT: (BuildState.FAILED, Fault.LIMIT),
    Ending.REFUSED: (BuildState.FAILED, Fault.REFUSED),
    Ending.CANCELLED: (BuildState.CANCELLED, Fault.NONE),
    Ending.LOST: (BuildState.LOST, Fault.NONE),
}
"""What each ending is worth where the command did not exit by itself: never a pass."""

NAMED_FAILURES = 200
"""How many failed tests are kept by name; a page of more helps nobody, and events stay small."""


def observe(facts: Facts, seen: Observation) -> tuple[Event, ...]:
    """Return the events of one observation; none where it is no news."""
    match seen:
        case Started():
            return (BuildStarted(build=BuildId(seen.attempt)),)
        case Output():
            return ()
        case Finished():
            build = facts.builds.get(BuildId(seen.attempt))
            return () if build is None or build.final else (_ended(facts, build, seen),)


def _ended(facts: Facts, build: Build, seen: Finished) -> BuildEnded:
    evidence = evidence_of(seen)
    owned = facts.owner(build)
    state, fault = FAULTS.get(seen.ending, (BuildState.FAILED, Fault.REFUSED))
    if seen.ending is Ending.EXITED and owned is not None:
        owner, job = owned
        counted = facts.counts.get((facts.changes[owner].ref, job.name))
        state, fault = believe(job, evidence, counted, facts.policy.evidence_floor)
    return BuildEnded(build=build.id, state=state, fault=fault, evidence=evidence)


def evidence_of(seen: Finished) -> Evidence:
    """Return what a build left, in the core's words."""
    cases = seen.cases
    bad = () if cases is None else tuple(c.name for c in cases if c.outcome in {"failed", "error"})
    return Evidence(
        exit_status=seen.exit_status,
        tests=None if cases is None else sum(case.outcome != "skipped" for case in cases),
        failed=bad[:NAMED_FAILURES],
        skipped=0 if cases is None else sum(case.outcome == "skipped" for case in cases),
        seconds=sum(seen.phases.values()),
        phases=tuple(sorted(seen.phases.items())),
        lock=seen.lock,
        log_size=seen.log_size,
        artefacts=seen.artefacts,
        why=seen.why,
    )
