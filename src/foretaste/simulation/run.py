"""Run: scenarios from files through the real core and service, and what differed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from foretaste.core.story import story
from foretaste.plugins.load import Group, names
from foretaste.ports.errors import UserError
from foretaste.report.storyline import storyline
from foretaste.simulation.expect import differences
from foretaste.simulation.memory import MemoryPlace
from foretaste.simulation.scenario import Scenario, load
from foretaste.simulation.steps import act
from foretaste.simulation.world import Place, World


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of one file; `ok` when nothing differed."""

    file: str
    title: str
    differences: tuple[str, ...]
    story: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether everything held."""
        return not self.differences


def run_file(path: Path, place: Callable[[], Place] = MemoryPlace) -> Result:
    """Run one scenario file.

    Raises:
        UserError: the file cannot be read or holds a step that cannot be done.
    """
    scenario = load(path)
    if scenario.policy.planner not in names(Group.PLANNER):
        what = f"key policy.planner: no planner {scenario.policy.planner!r} is installed"
        raise UserError("FT607", what, where=str(path), hint=f"there are: {_listed()}")
    world = World(scenario=scenario, place=place())
    try:
        found = tuple(_differences(world, scenario))
    except UserError as error:
        raise UserError(error.code, error.what, where=error.where or str(path)) from error
    finally:
        world.place.executor.close()
    return Result(
        file=str(path), title=scenario.title, differences=found, story=tuple(_story(world))
    )


def _story(world: World) -> Iterator[str]:
    """Yield what the gate did and why, in order, in the words that people get."""
    lines = [
        (line.seq, change, line.text)
        for change in world.gate.facts.changes
        for line in storyline(change, story(change, world.store.story(change)))
    ]
    for _, change, text in sorted(lines, key=lambda line: line[0]):
        yield f"{change}: {text}"


def _listed() -> str:
    return ", ".join(sorted(names(Group.PLANNER)))


def _differences(world: World, scenario: Scenario) -> Iterator[str]:
    for number, step in enumerate(scenario.step, start=1):
        if step.do is not None:
            act(world, step.do)
        if step.expect is not None:
            world.settle()
            for line in differences(world, step.expect):
                yield f"step {number}: {line}"
