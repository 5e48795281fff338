"""Bisecting: `--bisect-upstream` on this machine, put together."""

from __future__ import annotations

from foretaste.adapters.executors.bases import WarmBases
from foretaste.adapters.git.shelf import Shelf
from foretaste.adapters.git.trees import GitTrees
from foretaste.adapters.git.upstreams import GitUpstreams, address_of
from foretaste.adapters.uv.environments import Supplies
from foretaste.adapters.uv.trees import BuildTools, UvTreeWheels
from foretaste.service.check.check import Further
from foretaste.service.check.searching import Searching
from foretaste.service.upstream import (
    UpstreamTools,
    UpstreamWish,
    bisect_upstream,
    repeats_for,
    suspects_of,
)
from foretaste.taste.finding import Finding
from foretaste.taste.upstream import UpstreamFinding
from foretaste.wiring.bench import Bench


def further(place: str, bench: Bench) -> Further | None:
    """Return what goes on to the repository at a place, None where there is no place.

    Raises:
        UserError: it is no place; better now than when all trials are over.
    """
    if not place:
        return None
    address_of(place)

    def bisect(finding: Finding, searching: Searching) -> UpstreamFinding:
        shelf = Shelf(bench.cache / "upstreams" / "repositories")
        try:
            return bisect_upstream(
                suspects_of(finding, searching.states.lattice, searching.states.pins),
                _wish(place, finding, searching),
                _tools(shelf, bench, searching),
            )
        finally:
            shelf.close()

    return bisect


def _wish(place: str, finding: Finding, searching: Searching) -> UpstreamWish:
    recipe, wish = searching.subject.recipe, searching.wish
    return UpstreamWish(
        place=place,
        slots=wish.slots,
        budget=wish.budget,
        repeats=repeats_for(finding),
        python=recipe.python,
        as_of=wish.as_of,
        build_constraints=recipe.build_constraints,
        extra_build=recipe.extra_build,
    )


def _tools(shelf: Shelf, bench: Bench, searching: Searching) -> UpstreamTools:
    folder = bench.cache / "upstreams"
    trees = GitTrees(shelf)
    supplies = Supplies(
        trees=trees,
        bases=WarmBases(folder / "bases", trees, bench.clock),
        sandbox=bench.sandbox,
        clock=bench.clock,
    )
    builds = BuildTools(resolver=bench.tools.resolver, environments=bench.environments)
    return UpstreamTools(
        upstreams=GitUpstreams(shelf),
        wheels=UvTreeWheels(folder / "wheels", supplies, builds),
        run=searching.once,
        say=bench.tools.say,
    )
