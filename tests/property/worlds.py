"""Random worlds and schedules, for the laws of the gate."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from foretaste.core.names import ChangeId
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


KINDS = ["change", "build", "build", "alone", "crash", "push", "edit", "silently", "store"]


def line(data: st.DataObject, world: World) -> str:
    """Draw the next step of a schedule; `do` knows those that scenarios do not have."""
    names = [change.id for change in world.scenario.change]
    running = sorted(world.running())
    kind = data.draw(st.sampled_from(KINDS))
    if kind == "build" and running:
        return f"{data.draw(st.sampled_from(BUILDS))} {data.draw(st.sampled_from(running))}"
    if kind == "alone":
        return data.draw(st.sampled_from(ALONE))
    if kind == "crash":
        return f"crash-at {data.draw(st.integers(1, 12))}"
    if kind == "store":
        return data.draw(st.sampled_from(["store refuses", "store takes"]))
    if kind == "push":
        return f"push {world.scenario.project[0].name} main"
    change = data.draw(st.sampled_from(names))
    if kind == "edit":
        needs = data.draw(st.lists(st.sampled_from(names), max_size=2, unique=True))
        return " ".join(["depends", change, "on", *(need for need in needs if need != change)])
    if kind == "silently":
        return f"silently {data.draw(st.sampled_from(['revise', 'withdraw', 'abandon']))} {change}"
    return f"{data.draw(st.sampled_from(VERBS))} {change}"


def do(world: World, step: str) -> None:
    """Do a step: one of a scenario, or one of a host that says nothing, or of a full disk."""
    if world.store.refuse_writes and step.startswith("crash"):
        return  # no gate starts on a store that refuses; there is nothing to see
    match step.split():
        case ["store", word]:
            world.store.crash_at(0)
            world.store.refuse_writes = word == "refuses"
        case ["silently", verb, name]:
            _silently(world, verb, ChangeId(name))
        case _:
            act(world, step)
    world.settle()


def _silently(world: World, verb: str, change: ChangeId) -> None:
    known = world.forge.changes[change]
    match verb:
        case "revise":
            world.revise(change)
        case "withdraw":
            world.forge.edit(replace(known, approved_by=()))
        case _:
            world.forge.edit(replace(known, open=False))


def rest(world: World) -> None:
    """Let everything come to its end: nothing goes wrong any more, and every build ends."""
    world.store.crash_at(0)
    world.store.refuse_writes = False
    world.duplicating = world.reordering = False
    for step in ("resume", "finish *", "set window=20", "finish *"):
        act(world, step)
