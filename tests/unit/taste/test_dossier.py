"""A dossier says in versions what a finding says in keys, and stands by itself."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.specifiers import SpecifierSet

from foretaste.taste.dossier import (
    Dossier,
    Forwarded,
    Gathered,
    Subject,
    as_data,
    dossier_of,
)
from foretaste.taste.finding import Baseline, Culprit, Finding, Verdict
from foretaste.taste.lattice import Lattice
from foretaste.taste.moves import moves_between
from foretaste.taste.notices import Kind
from foretaste.taste.outcome import COMMAND, Failure, Signature
from foretaste.taste.releases import ReleaseFacts

BASE = {"a": "1", "b": "1", "gone": "1", "build:tool": "1", "still": "5"}
CANDIDATE = {"a": "2", "b": "2", "came": "1", "build:tool": "2", "still": "5"}
SUBJECT = Subject(python="3.11.7", test="pytest", base_from="uv.lock", as_of=10_000.0)
FAILURE = Failure(test=COMMAND, signature=Signature(type="E", message="m"))


def space() -> Lattice:
    moves = {move.key: move for move in moves_between(BASE, CANDIDATE)}
    needs = {key: frozenset({key}) for key in moves} | {"b": frozenset({"b", "came"})}
    return Lattice(base=BASE, moves=moves, needs=needs)


def finding(*keys: str, needed: tuple[str, ...] = (), **held: str) -> Finding:
    culprit = Culprit(
        keys=frozenset(keys),
        needed=frozenset(needed),
        confidence=0.99,
        failures=(FAILURE,),
        alone=3,
        without=4,
    )
    every = {**dict.fromkeys(keys, "culprit"), **held}
    return Finding(
        verdict=Verdict.REJECT,
        baseline=Baseline.PASSED,
        culprits=(culprit,),
        held=every,
        accepted=space().every - set(every),
        trials=5,
    )


def dossier(found: Finding, **facts: object) -> Dossier:
    gathered = Gathered(subject=SUBJECT, **facts)  # type: ignore[arg-type]
    return dossier_of(found, space(), gathered)


def test_what_is_held_gets_a_cap_and_the_rest_goes_on() -> None:
    told = dossier(finding("a", gone="needs a"))

    # What only goes with the culprit stays by itself.
    assert told.hold_back == {"a": "<2"}
    assert told.accepted == {"b": "2", "came": "1", "tool": "2"}
    assert told.removed == ()
    assert {move.key: (move.fate, move.why) for move in told.moves} == {
        "a": ("held", "culprit"),
        "b": ("accepted", ""),
        "build:tool": ("accepted", ""),
        "came": ("accepted", ""),
        "gone": ("held", "needs a"),
    }


def test_what_goes_away_is_named_apart() -> None:
    told = dossier(finding("a"))

    assert told.removed == ("gone",)
    assert "gone" not in told.accepted


def test_what_nothing_was_decided_about_has_no_fate() -> None:
    undecided = Finding(verdict=Verdict.UNDECIDED, baseline=Baseline.FAILED, reason="why")

    told = dossier(undecided)

    assert {move.fate for move in told.moves} == {""}
    assert told.reason == "why"


def test_a_culprit_has_its_two_whole_environments() -> None:
    known = (ReleaseFacts(name="a", version="2", hashes=("sha256:1",)),)
    told = dossier(finding("b", needed=("came",)), releases=known).culprits[0]

    assert [(each.name, each.version, each.builds) for each in told.passes] == [
        ("a", "1", False),
        ("b", "1", False),
        ("tool", "1", True),
        ("gone", "1", False),
        ("still", "5", False),
    ]
    assert [(each.name, each.version) for each in told.fails if not each.builds] == [
        ("a", "1"),
        ("b", "2"),
        ("came", "1"),
        ("gone", "1"),
        ("still", "5"),
    ]
    assert [move.key for move in told.needed] == ["came"]
    assert (told.caps, told.exclusions, told.alone, told.without) == (("b<2",), (), 3, 4)


def test_the_hashes_of_a_release_come_along() -> None:
    known = (ReleaseFacts(name="a", version="2", hashes=("sha256:1",)),)

    told = dossier(finding("a"), releases=known).culprits[0]

    assert {each.name: each.hashes for each in told.fails if each.hashes} == {"a": ("sha256:1",)}


@pytest.mark.parametrize(
    ("uploads", "after"),
    [
        ({"a": 4_000.0, "b": 9_000.0}, 1_000.0),
        ({"a": 4_000.0}, 6_000.0),
        ({"a": 11_000.0}, 0.0),
        ({}, None),
    ],
)
def test_it_is_known_how_soon_a_culprit_was_caught(
    uploads: dict[str, float], after: float | None
) -> None:
    known = tuple(ReleaseFacts(name=name, version="2", uploaded=at) for name, at in uploads.items())

    assert dossier(finding("a", "b"), releases=known).culprits[0].caught_after == after


def test_what_moved_in_part_is_held_beyond_that_and_goes_on_to_it() -> None:
    part = Forwarded(key="a", old="1", to="1.5", fails=("1.6", "2"))

    told = dossier(finding("a"), forwarded=(part,))

    assert part.name == "a"
    assert told.hold_back == {"a": "<1.6"}
    assert told.accepted["a"] == "1.5"
    assert told.culprits[0].caps == ("a<1.6",)
    assert told.culprits[0].exclusions == ("a!=1.6,!=2",)


def test_a_cap_begins_above_the_newest_that_passes_whether_the_next_was_tried_or_not() -> None:
    beyond = {"a": ("1.4", "1.5", "2")}

    assert dossier(finding("a"), beyond=beyond).hold_back == {"a": "<1.4"}
    part = Forwarded(key="a", old="1", to="1.3", fails=("1.5", "2"))
    told = dossier(finding("a"), forwarded=(part,), beyond=beyond)
    assert told.hold_back == {"a": "<1.4"}
    assert told.culprits[0].exclusions == ("a!=1.4,!=1.5,!=2",)


def test_where_much_lies_above_what_passes_only_the_cap_is_told() -> None:
    part = Forwarded(key="a", old="1", to="1.1", fails=("1.2", "2"))

    told = dossier(finding("a"), forwarded=(part,), beyond={"a": ("1.2", "1.3", "1.4", "1.5", "2")})

    assert (told.hold_back, told.culprits[0].exclusions) == ({"a": "<1.2"}, ())


def test_what_went_all_the_way_in_the_end_is_let_in_as_far_as_it_was_tried() -> None:
    there = (
        Forwarded(key="a", old="1", to="2", fails=()),
        Forwarded(key="b", old="1", to="2", fails=()),
        Forwarded(key="still", old="5", to="6", fails=()),
        Forwarded(key="fresh", old=None, to="1", fails=()),
    )

    told = dossier(finding("a", b="needs a"), forwarded=there, beyond={"a": ()}, dropped=("came",))

    # Only a culprit has something to be held for.
    assert told.hold_back == {"a": "<=2"}
    assert told.culprits[0].exclusions == ()
    assert {name: told.accepted[name] for name in ("a", "b", "still", "fresh")} == {
        "a": "2", "b": "2", "still": "6", "fresh": "1",
    }  # fmt: skip
    assert told.removed == ("gone", "came")


def test_a_package_that_builds_and_is_installed_keeps_its_two_names_apart() -> None:
    moves = {
        move.key: move
        for move in moves_between({"x": "1", "build:x": "1"}, {"x": "2", "build:x": "3"})
    }
    twice = Lattice(
        base={"x": "1", "build:x": "1"}, moves=moves, needs={k: frozenset({k}) for k in moves}
    )
    found = Finding(
        verdict=Verdict.REJECT,
        baseline=Baseline.PASSED,
        held={"build:x": "culprit"},
        accepted=frozenset({"x"}),
    )

    told = dossier_of(found, twice, Gathered(subject=SUBJECT))

    assert told.hold_back == {"build:x": "<3"}
    assert told.accepted == {"x": "2"}


def test_what_was_noticed_comes_along() -> None:
    known = (ReleaseFacts(name="a", version="2", yanked="bad"),)

    assert [notice.kind for notice in dossier(finding("a"), releases=known).notices] == [
        Kind.YANKED
    ]


def test_it_is_plain_data() -> None:
    told = dossier(finding("a"), releases=(ReleaseFacts(name="a", version="2", yanked=""),))

    data = json.loads(json.dumps(as_data(told)))

    assert data["verdict"] == "reject"
    assert data["notices"][0]["kind"] == "yanked"
    assert data["culprits"][0]["moves"][0]["new"] == "2"
    assert data["subject"]["test"] == "pytest"
    assert data["hold_back"] == {"a": "<2"}


@given(st.sets(st.sampled_from(sorted(space().every)), min_size=1))
def test_every_move_is_held_or_goes_on(keys: set[str]) -> None:
    told = dossier(finding(*keys))

    assert {move.fate for move in told.moves} <= {"held", "accepted"}
    assert len(told.hold_back) + len(told.accepted) + len(told.removed) == len(told.moves)
    for move in told.moves:
        if move.fate == "held" and move.old is not None:
            assert SpecifierSet(told.hold_back[move.name]).contains(move.old)
