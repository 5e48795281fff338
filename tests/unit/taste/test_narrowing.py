"""Of what can only move together, the one is blamed at which the failure points, or who asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest

from foretaste.taste.finding import Baseline, Culprit, Finding, Verdict
from foretaste.taste.lattice import Lattice
from foretaste.taste.moves import Move
from foretaste.taste.narrowing import narrowed
from foretaste.taste.outcome import Failure, Signature

OWNERS = {"pydantic": "pydantic", "pydantic_core": "pydantic-core", "six.py": "six"}


def together(*units: Iterable[str]) -> Lattice:
    """A lattice in which the moves of each unit need each other."""
    groups = [frozenset(unit) for unit in units]
    needs = {key: unit for unit in groups for key in unit}
    moves = {key: Move(key=key, old="1", new="2") for key in needs}
    return Lattice(base=dict.fromkeys(moves, "1"), moves=moves, needs=needs)


def failing(message: str) -> Failure:
    return Failure(test="t", signature=Signature(type="TypeError", message=message))


def rejecting(*culprits: Culprit) -> Finding:
    keys = {key for each in culprits for key in each.keys | each.needed}
    return Finding(
        verdict=Verdict.REJECT,
        baseline=Baseline.PASSED,
        culprits=culprits,
        held={**dict.fromkeys(keys, "culprit"), "httpx": "needs pydantic"},
    )


def culprit(*keys: str, message: str = "bad", needed: Iterable[str] = ()) -> Culprit:
    return Culprit(
        keys=frozenset(keys),
        needed=frozenset(needed),
        confidence=0.999,
        failures=(failing(message),),
    )


def test_a_culprit_that_moves_by_itself_stays_as_it_is() -> None:
    found = rejecting(culprit("six"))

    assert narrowed(found, together(["six"], ["httpx"]), {}, OWNERS) == found


def test_the_one_at_which_the_failure_points_is_blamed() -> None:
    lattice = together(["pydantic", "pydantic-core"], ["httpx"])
    found = rejecting(
        culprit("pydantic", "pydantic-core", message="no name 'x' in 'pydantic_core'")
    )

    told = narrowed(found, lattice, {"pydantic": frozenset({"pydantic-core"})}, OWNERS)

    (only,) = told.culprits
    assert only.keys == {"pydantic-core"}
    assert only.needed == {"pydantic"}
    assert told.held == {
        "pydantic-core": "culprit",
        "pydantic": "moves only with pydantic-core",
        "httpx": "needs pydantic",
    }


def test_those_at_which_it_points_alike_share_the_blame() -> None:
    lattice = together(["pydantic", "pydantic-core", "six"])
    message = "'pydantic.a' and 'pydantic_core.b' do not fit"
    found = rejecting(culprit("pydantic", "pydantic-core", "six", message=message))

    (only,) = narrowed(found, lattice, {}, OWNERS).culprits

    assert only.keys == {"pydantic", "pydantic-core"}
    assert only.needed == {"six"}


@pytest.mark.parametrize(
    ("asks", "blamed"),
    [
        ({"a": {"b"}, "b": {"c"}}, {"a"}),
        ({"a": {"b", "c"}}, {"a"}),
        ({"a": {"c"}, "b": {"c"}}, {"a", "b"}),
        ({"a": {"b", "elsewhere"}}, {"a", "c"}),
        ({}, {"a", "b", "c"}),
        ({"a": {"b"}, "b": {"c"}, "c": {"a"}}, {"a", "b", "c"}),
    ],
)
def test_where_it_points_at_nobody_the_one_that_asked_is_blamed(
    asks: Mapping[str, set[str]], blamed: set[str]
) -> None:
    wanted = {key: frozenset(others) for key, others in asks.items()}

    told = narrowed(rejecting(culprit("a", "b", "c")), together(["a", "b", "c"]), wanted, {})

    (only,) = told.culprits
    assert only.keys == blamed
    assert only.needed == {"a", "b", "c"} - blamed
    assert {key for key, why in told.held.items() if why == "culprit"} == blamed


def test_each_unit_of_a_culprit_is_narrowed_by_itself() -> None:
    lattice = together(["a", "b"], ["c", "d"], ["e"])
    asks = {"a": frozenset({"b"}), "d": frozenset({"c"})}

    told = narrowed(rejecting(culprit("a", "b", "c", "d", needed=["e"])), lattice, asks, {})

    (only,) = told.culprits
    assert only.keys == {"a", "d"}
    assert only.needed == {"b", "c", "e"}
    assert told.held["b"] == "moves only with a"
    assert told.held["c"] == "moves only with d"
    assert told.held["e"] == "culprit"


def test_what_another_culprit_blames_is_not_let_off() -> None:
    lattice = together(["a", "b"])
    asks = {"a": frozenset({"b"})}
    pointed = culprit("a", "b", message="no module named 'b'")

    told = narrowed(rejecting(culprit("a", "b"), pointed), lattice, asks, {})

    assert [each.keys for each in told.culprits] == [{"a"}, {"b"}]
    assert told.held["a"] == told.held["b"] == "culprit"


def test_a_finding_that_blames_nobody_is_left_alone() -> None:
    found = Finding(verdict=Verdict.ACCEPT, baseline=Baseline.PASSED, held={"a": "unstable"})

    assert narrowed(found, together(["a", "b"]), {}, {}) == found
