"""A set of moves that the lattice allows can be installed: every requirement of it is met.

The law is checked against requirements met one by one, extras and all, in states that are made at
random and whose ends are consistent. Without extras it holds the other way round as well: what the
lattice forbids cannot be installed.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain, combinations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foretaste.taste.implications import lattice_of, orphans
from foretaste.taste.lattice import Lattice
from foretaste.taste.moves import BUILD
from foretaste.taste.requires import needs_of
from tests.unit.taste.test_requires import MARKERS

LAW = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
NAMES = ("a", "b", "c", "d", "e")
Releases = dict[tuple[str, str], list[str]]
World = tuple[dict[str, str], dict[str, str], Releases, list[str]]

_versions = st.sampled_from(["", ">=2", "<2", "==1", ">=1"])
_names = st.sampled_from(NAMES)


@st.composite
def _lines(draw: st.DrawFn, *, extras: bool) -> str:
    asked = draw(st.sampled_from(["", "", "[x]", "[y]"])) if extras else ""
    within = draw(st.sampled_from(["", "", "; extra == 'x'", "; extra == 'y'"])) if extras else ""
    return draw(_names) + asked + draw(_versions) + within


@st.composite
def worlds(draw: st.DrawFn, *, extras: bool) -> World:
    """Draw two states and what their releases require; lines that an end breaks are taken out."""
    there = st.sampled_from(["1", "1", "2", None])
    base = {name: version for name in NAMES if (version := draw(there)) == "1"}
    candidate = {name: version for name in NAMES if (version := draw(there))}
    releases = {
        release: draw(st.lists(_lines(extras=extras), max_size=4))
        for release in sorted({*base.items(), *candidate.items()})
    }
    roots = draw(st.lists(_names.map(lambda name: f"{name}[x]" if extras else name), max_size=2))
    roots = [root for root in roots if root[0] in base and root[0] in candidate]
    while wrong := [*_broken(base, releases, roots), *_broken(candidate, releases, roots)]:
        release, line = wrong[0]
        releases[release].remove(line)
    return base, candidate, releases, roots


def _broken(
    state: Mapping[str, str], releases: Releases, roots: list[str]
) -> list[tuple[tuple[str, str], str]]:
    """Return the lines that a state does not meet, by going through it as an installer would."""
    on = {(need.name, each) for need in needs_of(roots, MARKERS).lines for each in need.extras}
    while True:
        asked = {
            (need.name, each)
            for release in state.items()
            for extra in ("", *(e for key, e in on if key == release[0]))
            for need in needs_of(releases[release], MARKERS).of(MARKERS, extra)
            for each in need.extras
        }
        if asked <= on:
            break
        on |= asked
    return [
        (release, line)
        for release in state.items()
        for line in releases[release]
        for extra in ("", *(e for key, e in on if key == release[0]))
        for need in needs_of([line], MARKERS).of(MARKERS, extra)
        if not need.accepts(state.get(need.name))
    ]


def _subsets(lattice: Lattice) -> list[frozenset[str]]:
    keys = sorted(lattice.moves)
    some = chain.from_iterable(combinations(keys, count) for count in range(len(keys) + 1))
    return [frozenset(each) for each in some]


@LAW
@given(worlds(extras=True))
def test_what_is_allowed_can_be_installed(world: World) -> None:
    base, candidate, releases, roots = world
    lattice = lattice_of(base, candidate, releases, roots, MARKERS)

    assert lattice.dropped == ()
    for moved in _subsets(lattice):
        if lattice.is_closed(moved):
            assert _broken(lattice.state(moved), releases, roots) == []


@LAW
@given(worlds(extras=False))
def test_without_extras_what_is_forbidden_cannot_be_installed(world: World) -> None:
    base, candidate, releases, roots = world
    lattice = lattice_of(base, candidate, releases, roots, MARKERS)

    for moved in _subsets(lattice):
        if not lattice.is_closed(moved):
            assert _broken(lattice.state(moved), releases, roots) != []


@LAW
@given(worlds(extras=True))
def test_both_ends_can_always_be_installed(world: World) -> None:
    base, candidate, releases, roots = world
    lattice = lattice_of(base, candidate, releases, roots, MARKERS)

    assert lattice.is_closed(frozenset())
    assert lattice.is_closed(lattice.every)
    assert lattice.state(lattice.every) == candidate


@LAW
@given(worlds(extras=True), st.lists(st.text(max_size=30), max_size=4))
def test_whatever_a_release_says_the_ends_stay(world: World, nonsense: list[str]) -> None:
    base, candidate, releases, roots = world
    spoilt = {release: [*lines, *nonsense] for release, lines in releases.items()}
    lattice = lattice_of(base, candidate, spoilt, [*roots, *nonsense], MARKERS)

    assert lattice.is_closed(frozenset())
    assert lattice.is_closed(lattice.every)
    assert all(each.isprintable() for each in lattice.dropped)


@LAW
@given(worlds(extras=True))
def test_a_state_without_its_orphans_needs_nothing_more(world: World) -> None:
    _, candidate, releases, roots = world
    idle = orphans(candidate, releases, roots, MARKERS)
    rest = {key: version for key, version in candidate.items() if key not in idle}

    assert _broken(rest, releases, roots) == []
    assert orphans(rest, releases, roots, MARKERS) == frozenset()


@LAW
@given(worlds(extras=False))
def test_what_builds_is_laid_out_as_what_is_installed(world: World) -> None:
    base, candidate, releases, _ = world
    installed = lattice_of(base, candidate, releases, (), MARKERS)
    builds = lattice_of(
        {BUILD + key: version for key, version in base.items()},
        {BUILD + key: version for key, version in candidate.items()},
        {(BUILD + key, version): lines for (key, version), lines in releases.items()},
        (),
        MARKERS,
    )

    assert {key.removeprefix(BUILD) for key in builds.moves} == {*installed.moves}
    for key, needed in installed.needs.items():
        assert {each.removeprefix(BUILD) for each in builds.needs[BUILD + key]} == needed
