"""A town: a scenario's world that a test builds and walks through, with real facts to look at."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from foretaste.core.build import BuildState
from foretaste.core.cause import Explanation
from foretaste.core.events import Event
from foretaste.core.explain import explain
from foretaste.core.facts import Facts
from foretaste.core.names import ChangeId
from foretaste.core.past import past_of
from foretaste.core.story import story
from foretaste.core.told import Told
from foretaste.ports.executor import CaseResult, Ending, Finished
from foretaste.simulation.expect import Seen
from foretaste.simulation.memory import MemoryPlace
from foretaste.simulation.scenario import Scenario
from foretaste.simulation.steps import act
from foretaste.simulation.world import World

FAMILY = [{"name": "R1", "queue": "q"}, {"name": "R2", "queue": "q"}]
"""Two projects that land through one queue."""

ONE = {"project": [{"name": "R"}], "job": [{"name": "M"}]}


class Town:
    """One world; `steps` are those of scenarios."""

    def __init__(
        self,
        changes: str = "A B C",
        *,
        place: MemoryPlace | None = None,
        world: type[World] = World,
        **tables: Any,
    ) -> None:
        listed = [{"id": name, "project": "R"} for name in changes.split()]
        scenario = {"title": "a town", **ONE, "change": listed, **tables}
        self.world = world(scenario=Scenario.model_validate(scenario), place=place or MemoryPlace())

    def __call__(self, *steps: str) -> Town:
        """Do the steps, one after the other."""
        for step in steps:
            act(self.world, step)
            self.world.settle()
        return self

    @property
    def facts(self) -> Facts:
        """The facts as they are now."""
        return self.world.gate.facts

    @property
    def events(self) -> tuple[Event, ...]:
        """Everything that was stored, in order."""
        return tuple(recorded.event for recorded in self.world.store.since(0))

    @property
    def queued(self) -> list[str]:
        """The items of all queues."""
        return Seen(self.world).queued("")

    @property
    def merged(self) -> list[str]:
        """What landed, in order."""
        return Seen(self.world).merged()

    @property
    def running(self) -> set[str]:
        """The labels of the builds that run."""
        return set(self.world.running())

    @property
    def reasons(self) -> dict[str, str]:
        """Why each change that ended, left or waits did so."""
        return Seen(self.world).reasons()

    def explain(self, change: str) -> Explanation:
        """Explain a change, with what its story remembers."""
        name = ChangeId(change)
        return explain(self.facts, name, past_of(self.world.store.story(name)))

    def story(self, change: str) -> tuple[Told, ...]:
        """Tell a change's story."""
        name = ChangeId(change)
        return story(name, self.world.store.story(name))

    def end(self, label: str, **more: Any) -> Town:
        """End a running build as an executor would: `failed` are tests, the rest as in Finished."""
        build = self.world.running()[label]
        failed = more.pop("failed", None)
        cases = None if failed is None else (*map(_failed, failed), *more.pop("passed", ()))
        self.world.gate.tell(
            Finished(
                attempt=build.id,
                **{"ending": Ending.EXITED, "exit_status": 1, "cases": cases, **more},
            )
        )
        self.world.settle()
        return self


def held_back() -> Facts:
    """Return facts in which B is prepared, and A's job H, which holds B's, is run once more."""
    jobs = [{"name": "H", "holds": True}, {"name": "M"}]
    town = Town(job=jobs)("approve A B", "finish H[A]")
    facts = town.facts
    mine = {facts.builds[name].prospect for name in facts.live if facts.builds[name].change == "B"}
    for run in list(facts.runs):
        facts = replace(facts, runs=facts.runs.delete(run)) if run[0] in mine else facts
    mine_to_pass = (build for build in facts.builds.values() if build.change == "A")
    first = next(build for build in mine_to_pass if build.job == "H")
    again = replace(first, state=BuildState.RUNNING)
    return replace(facts, builds=facts.builds.set(first.id, again))


def _failed(name: str) -> CaseResult:
    return CaseResult(name=name, outcome="failed")
