"""Whatever happens, in whatever order: nothing untested lands, nothing is lost, all comes to rest.

Random worlds and schedules run through the real core and service. A landing that broke an
invariant would freeze its queue (`core.invariants`), so a frozen queue fails the law too.
"""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foretaste.core.build import BuildState
from foretaste.core.events import BuildEnded, BuildWanted, Landed, Prepared, ReportWanted
from foretaste.simulation.memory import MemoryPlace
from foretaste.simulation.scenario import Scenario
from foretaste.simulation.steps import act
from foretaste.simulation.world import World

NAMES = ["A", "B", "C", "D", "E"]


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Draw a world: projects in one or two queues, jobs, and changes that need each other."""
    flag = st.booleans()
    names = NAMES[: draw(st.integers(1, len(NAMES)))]
    some = st.lists(st.sampled_from(names), max_size=2, unique=True)
    projects = [
        {"name": f"R{i}", "queue": f"q{i % 2}", "allow_cycles": draw(flag)}
        for i in range(draw(st.integers(1, 3)))
    ]
    jobs: list[dict[str, Any]] = [
        {
            "name": f"J{i}",
            "needs": [f"J{i - 1}"] if i and draw(flag) else [],
            "holds": draw(flag),
            "voting": draw(st.sampled_from([True, True, False])),
            "fail_fast": draw(st.sampled_from([False, False, True])),
            "semaphore": draw(st.sampled_from(["", "", "s"])),
            "fails_with": draw(some),
            "shared": draw(flag),
        }
        for i in range(draw(st.integers(1, 3)))
    ]
    jobs += [{"name": "K", "pipeline": "check"}] if draw(flag) else []
    changes = [
        {
            "id": name,
            "project": draw(st.sampled_from(projects))["name"],
            "depends_on": [need for need in draw(some) if need != name],
            "files": draw(st.sampled_from([{}, {}, {"f.txt": name}])),
        }
        for name in names
    ]
    policy = {
        "window": draw(st.sampled_from([0, 1, 2, 20])),
        "window_floor": 1,
        "workers": draw(st.sampled_from([0, 1, 2])),
    }
    return Scenario.model_validate(
        {"policy": policy, "project": projects, "job": jobs, "change": changes}
    )


VERBS = [
    "approve", "approve", "approve", "approve-silently", "event", "withdraw", "abandon", "reopen",
    "revise", "refuse-once", "unmergeable", "promote", "dequeue", "enqueue",
]  # fmt: skip
ALONE = ["hold", "resume", "set window=1", "set workers=2", "crash", "duplicate", "reorder"]
BUILDS = ["finish", "finish", "finish", "fail", "lose"]


def _line(data: st.DataObject, world: World) -> str:
    """Draw the next step of a schedule."""
    names = [change.id for change in world.scenario.change]
    running = sorted(world.running())
    kind = data.draw(
        st.sampled_from(["change", "build", "build", "alone", "crash", "push", "edit"])
    )
    if kind == "build" and running:
        return f"{data.draw(st.sampled_from(BUILDS))} {data.draw(st.sampled_from(running))}"
    if kind == "alone":
        return data.draw(st.sampled_from(ALONE))
    if kind == "crash":
        return f"crash-at {data.draw(st.integers(1, 12))}"
    if kind == "push":
        return f"push {world.scenario.project[0].name} main"
    change = data.draw(st.sampled_from(names))
    if kind == "edit":
        needs = data.draw(st.lists(st.sampled_from(names), max_size=2, unique=True))
        return " ".join(["depends", change, "on", *(need for need in needs if need != change)])
    return f"{data.draw(st.sampled_from(VERBS))} {change}"


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(scenarios(), st.data())
def test_nothing_untested_lands_and_everything_comes_to_rest(
    scenario: Scenario, data: st.DataObject
) -> None:
    world = World(scenario=scenario, place=MemoryPlace())
    for _ in range(data.draw(st.integers(2, 18))):
        act(world, _line(data, world))
    world.store.crash_at(0)
    world.duplicating = world.reordering = False
    for line in ("resume", "finish *", "set window=20", "finish *"):
        act(world, line)

    _rests(world)
    _landed_only_what_passed(world)
    _told_once(world)


def _rests(world: World) -> None:
    facts = world.gate.facts
    for queue in facts.queues.values():
        assert not queue.frozen
        assert not queue.entries
    assert not (facts.checks)
    assert not (facts.live)
    assert not (facts.noticed)
    assert not (facts.disturbed)
    assert not (facts.untold)
    assert not (facts.prospects)
    assert not (facts.builds)
    assert not (facts.runs)
    assert not (facts.tried)
    assert dict(facts.tips) == world.place.repository.tips()


def _landed_only_what_passed(world: World) -> None:
    events = [recorded.event for recorded in world.history]
    prepared = {event.key: event for event in events if isinstance(event, Prepared)}
    wanted = {event.build: event for event in events if isinstance(event, BuildWanted)}
    passed = {
        (wanted[event.build].prospect, wanted[event.build].job, wanted[event.build].change)
        for event in events
        if isinstance(event, BuildEnded) and event.state is BuildState.PASSED
    }
    for event in events:
        if not isinstance(event, Landed):
            continue
        assert event.moves == prepared[event.key].moves
        jobs = [(plan, job) for plan in prepared[event.key].plans for job in plan.jobs]
        for plan, job in jobs:
            run = (event.key, job.name, None if job.shared else plan.change)
            assert run in passed or not job.voting


def _told_once(world: World) -> None:
    told = [r.event for r in world.history if isinstance(r.event, ReportWanted)]
    assert len({(event.change, event.report) for event in told}) == len(told)
