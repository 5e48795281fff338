"""What releases require says which moves can be made together."""

from __future__ import annotations

from itertools import combinations, pairwise

from foretaste.taste.implications import TOLD, absent, lattice_of, orphans
from foretaste.taste.lattice import Lattice
from tests.unit.taste.test_requires import MARKERS

Releases = dict[tuple[str, str], list[str]]


def _lattice(
    base: str, candidate: str, releases: Releases | None = None, roots: tuple[str, ...] = ()
) -> Lattice:
    """Return the lattice of two states written as "a=1 b=2"."""
    old, new = (dict(pin.split("=") for pin in state.split()) for state in (base, candidate))
    return lattice_of(old, new, releases or {}, roots, MARKERS)


def _states(lattice: Lattice) -> set[str]:
    """Return the sets of moves that can be made, each as "a b"."""
    keys = sorted(lattice.moves)
    return {
        " ".join(some)
        for count in range(len(keys) + 1)
        for some in combinations(keys, count)
        if lattice.is_closed(frozenset(some))
    }


def test_moves_that_ask_nothing_of_each_other_are_free() -> None:
    lattice = _lattice("a=1 b=1 c=1", "a=2 b=2 c=1")

    assert _states(lattice) == {"", "a", "b", "a b"}
    assert lattice.dropped == ()


def test_a_new_version_needs_what_it_requires() -> None:
    lattice = _lattice("p=1 q=1", "p=2 q=2", {("p", "2"): ["q>=2"]})

    assert _states(lattice) == {"", "q", "p q"}


def test_an_old_version_that_does_not_take_the_new_one_must_move_first() -> None:
    lattice = _lattice("p=1 q=1", "p=2 q=2", {("p", "1"): ["q<2"], ("p", "2"): ["q"]})

    assert _states(lattice) == {"", "p", "p q"}


def test_packages_that_pin_each_other_move_together() -> None:
    releases = {
        ("h11", "1"): [],
        ("httpcore", "1"): ["h11<2"],
        ("httpcore", "2"): ["h11>=2"],
        ("httpx", "1"): ["httpcore==1"],
        ("httpx", "2"): ["httpcore==2"],
    }
    lattice = _lattice("h11=1 httpcore=1 httpx=1", "h11=2 httpcore=2 httpx=2", releases)

    assert _states(lattice) == {"", "h11 httpcore httpx"}
    assert lattice.unit("h11") == {"h11", "httpcore", "httpx"}


def test_a_package_that_appears_comes_before_who_requires_it() -> None:
    lattice = _lattice("p=1", "p=2 q=1", {("p", "2"): ["q"]})

    assert _states(lattice) == {"", "q", "p q"}


def test_a_package_vanishes_after_who_required_it() -> None:
    lattice = _lattice("p=1 q=1", "p=2", {("p", "1"): ["q"]})

    assert _states(lattice) == {"", "p", "p q"}


def test_a_package_that_stays_says_nothing_of_moves_that_it_takes() -> None:
    lattice = _lattice("p=1 q=1", "p=1 q=2", {("p", "1"): ["q>=1,<3"]})

    assert _states(lattice) == {"", "q"}


def test_needs_reach_to_the_end() -> None:
    releases = {("a", "2"): ["b>=2"], ("b", "2"): ["c>=2"]}

    lattice = _lattice("a=1 b=1 c=1", "a=2 b=2 c=2", releases)

    assert lattice.needs["a"] == {"a", "b", "c"}


def test_markers_are_evaluated_for_the_interpreter() -> None:
    releases = {("p", "2"): ["q>=2; python_version < '3'", "q<3; python_version >= '3'"]}

    lattice = _lattice("p=1 q=1", "p=2 q=2", releases)

    assert _states(lattice) == {"", "p", "q", "p q"}


def test_an_extra_counts_where_the_project_asks_for_it() -> None:
    releases = {("p", "2"): ["q>=2; extra == 'fast'"]}

    without = _lattice("p=1 q=1", "p=2 q=2", releases, ("p",))
    with_it = _lattice("p=1 q=1", "p=2 q=2", releases, ("P[Fast]",))

    assert _states(without) == {"", "p", "q", "p q"}
    assert _states(with_it) == {"", "q", "p q"}


def test_an_extra_counts_where_a_release_that_stays_asks_for_it() -> None:
    releases = {("r", "1"): ["p[fast]"], ("p", "2"): ["q>=2; extra == 'fast'"]}

    lattice = _lattice("p=1 q=1 r=1", "p=2 q=2 r=1", releases)

    assert _states(lattice) == {"", "q", "p q"}


def test_an_extra_that_only_a_new_release_asks_for_is_on_with_it() -> None:
    releases = {("r", "2"): ["p[fast]"], ("p", "1"): ["q; extra == 'fast'"]}

    lattice = _lattice("p=1 r=1", "p=1 q=1 r=2", releases)

    assert _states(lattice) == {"", "q", "q r"}


def test_an_extra_that_only_an_old_release_asks_for_is_off_without_it() -> None:
    releases = {("r", "1"): ["p[fast]"], ("p", "1"): ["q<2; extra == 'fast'"]}

    lattice = _lattice("p=1 q=1 r=1", "p=1 q=2 r=2", releases)

    assert _states(lattice) == {"", "r", "q r"}


def test_an_extra_can_switch_on_another() -> None:
    releases = {
        ("p", "1"): ["p[fast]; extra == 'all'"],
        ("p", "2"): ["p[fast]; extra == 'all'", "q>=2; extra == 'fast'"],
    }

    lattice = _lattice("p=1 q=1", "p=2 q=2", releases, ("p[all]",))

    assert _states(lattice) == {"", "q", "p q"}


def test_extras_that_packages_ask_of_each_other_come_to_an_end() -> None:
    releases = {
        ("a", "1"): ["b[x]"],
        ("a", "2"): ["b[x]"],
        ("b", "1"): ["a[x]; extra == 'x'"],
        ("b", "2"): ["a[x]; extra == 'x'", "c[x]; extra == 'x'"],
        ("c", "1"): ["b[x]; extra == 'x'"],
        ("c", "2"): ["b[x]; extra == 'x'", "a>=2; extra == 'x'"],
    }

    lattice = _lattice("a=1 b=1 c=1", "a=2 b=2 c=2", releases)

    assert lattice.is_closed(lattice.every)
    assert not lattice.is_closed(frozenset({"b", "c"}))


def test_a_state_between_that_both_ends_switch_an_extra_on_in_is_ruled_out() -> None:
    """The old r asks for s[g], the new s[g] for p[e]: only between base and candidate is p[e] on."""
    releases = {
        ("r", "1"): ["s[g]"],
        ("s", "2"): ["p[e]; extra == 'g'"],
        ("p", "1"): ["absent; extra == 'e'"],
    }

    lattice = _lattice("p=1 r=1 s=1", "p=1 r=2 s=2", releases)

    assert "s" not in _states(lattice)
    assert {"", "r", "r s"} <= _states(lattice)
    assert lattice.dropped == ()


def test_what_the_base_breaks_is_dropped_and_told() -> None:
    releases = {("p", "1"): ["q<1"], ("p", "2"): ["q>=2"]}

    lattice = _lattice("p=1 q=1", "p=2 q=2", releases)

    assert _states(lattice) == {"", "q", "p q"}
    assert lattice.dropped == ("p 1 requires 'q<1', but the base has q 1",)


def test_what_the_candidate_breaks_is_dropped_and_told() -> None:
    lattice = _lattice("p=1 q=1", "p=2 q=2", {("p", "2"): ["q<2", "gone"]})

    assert _states(lattice) == {"", "p", "q", "p q"}
    assert lattice.dropped == (
        "p 2 requires 'q<2', but the candidate has q 2",
        "p 2 requires 'gone', but the candidate has no gone",
    )


def test_what_both_states_leave_out_is_not_told() -> None:
    lattice = _lattice("p=1 q=1", "p=2 q=1", {("p", "1"): ["pip"], ("q", "1"): ["setuptools"]})

    assert lattice.dropped == ()
    assert _states(lattice) == {"", "p"}


def test_what_never_held_is_told_once() -> None:
    lattice = _lattice("p=1 q=1 r=1", "p=1 q=1 r=2", {("p", "1"): ["q>=2"]})

    assert lattice.dropped == ("p 1 requires 'q>=2', but base and candidate have q 1",)


def test_what_the_project_requires_rules_out_no_state_that_exists() -> None:
    lattice = _lattice("p=1", "p=2", roots=("p<2",))

    assert _states(lattice) == {"", "p"}
    assert lattice.dropped == ("the project requires 'p<2', but the candidate has p 2",)


def test_what_cannot_be_read_is_told_with_nothing_of_it_left_to_obey() -> None:
    line = "\x1b[31m\u202e!!" + "x" * 200

    lattice = _lattice("p=1 q=1", "p=2 q=1", {("p", "2"): [line, "q (=>9"]}, ("?",))

    assert len(lattice.dropped) == 3
    assert lattice.dropped[0] == (
        "the project requires '?', which cannot be read: any version is taken"
    )
    assert lattice.dropped[1].startswith("p 2 requires '\\x1b[31m\\u202e!!xx")
    assert "xx…', which cannot be read" in lattice.dropped[1]
    assert all(each.isprintable() for each in lattice.dropped)
    assert "'q (=>9'" in lattice.dropped[2]
    assert _states(lattice) == {"", "p"}


def test_no_more_is_told_than_anybody_would_read() -> None:
    lines = [f"gone-{number}" for number in range(TOLD + 5)]

    lattice = _lattice("p=1", "p=2", {("p", "2"): lines})

    assert len(lattice.dropped) == TOLD


def test_what_builds_the_project_is_a_world_of_its_own() -> None:
    releases = {("build:p", "2"): ["q>=2", "gone"], ("p", "2"): ["q"]}

    lattice = _lattice("build:p=1 build:q=1 p=1 q=1", "build:p=2 build:q=2 p=2 q=2", releases)

    assert lattice.needs["build:p"] == {"build:p", "build:q"}
    assert lattice.needs["p"] == {"p"}
    assert lattice.dropped == (
        "p (of the build) 2 requires 'gone', but the candidate has no gone (of the build)",
    )


def test_several_hundred_moves_in_a_row_are_laid_out_to_the_end() -> None:
    names = [f"p{number:03}" for number in range(400)]
    releases = {(name, "2"): [f"{needed}>=2"] for name, needed in pairwise(names)}

    lattice = lattice_of(
        dict.fromkeys(names, "1"), dict.fromkeys(names, "2"), releases, (), MARKERS
    )

    assert lattice.needs["p000"] == {*names}
    assert lattice.needs["p398"] == {"p398", "p399"}


def test_orphans_are_what_the_project_does_not_reach() -> None:
    state = {"a": "1", "b": "1", "c": "1", "d": "1", "e": "1", "build:x": "1"}
    requires = {
        ("a", "1"): ["b[fast]", "gone"],
        ("b", "1"): ["c; extra == 'fast'", "d; extra == 'slow'", "a"],
        ("e", "1"): ["d"],
    }

    assert orphans(state, requires, ("a",), MARKERS) == {"d", "e"}
    assert orphans(state, requires, ("a", "b[slow]"), MARKERS) == {"e"}
    assert orphans(state, requires, (), MARKERS) == {"a", "b", "c", "d", "e"}


def test_absent_is_what_is_asked_for_and_not_there() -> None:
    state = {"a": "1", "b": "1", "idle": "1"}
    requires = {
        ("a", "1"): ["b[fast]", "gone[x]; python_version > '3'", "never; python_version < '3'"],
        ("b", "1"): ["quick; extra == 'fast'"],
        ("idle", "1"): ["more"],
    }

    assert absent(state, requires, ("a", "Root"), MARKERS) == {"gone", "quick", "root"}
    assert orphans(state, requires, ("a", "Root"), MARKERS) == {"idle"}
