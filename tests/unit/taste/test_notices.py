"""What is noticed of releases that moved: code at start-up, scripts, plugins, yanks, names."""

from __future__ import annotations

from typing import Any

import pytest

from foretaste.taste.lattice import Lattice
from foretaste.taste.moves import moves_between
from foretaste.taste.notices import Kind, Notice, notices_of
from foretaste.taste.releases import ReleaseFacts, facts_of


def notices(
    base: dict[str, str],
    candidate: dict[str, str],
    *known: ReleaseFacts,
    dropped: tuple[str, ...] = (),
) -> tuple[Notice, ...]:
    moves = {move.key: move for move in moves_between(base, candidate)}
    lattice = Lattice(base=base, moves=moves, needs={}, dropped=dropped)
    return notices_of(lattice, facts_of(known))


def demo(version: str, **facts: Any) -> ReleaseFacts:
    return ReleaseFacts(name="demo", version=version, **facts)


@pytest.mark.parametrize(
    ("old", "new", "kind", "said"),
    [
        ({}, {"starts": ("b.pth", "a.pth")}, Kind.STARTS, ("a.pth", "b.pth")),
        # What is in the file may be new, so the file is named again.
        ({"starts": ("a.pth",)}, {"starts": ("a.pth",)}, Kind.STARTS, ("a.pth",)),
        ({"scripts": ("x", "y")}, {"scripts": ("y", "z")}, Kind.SCRIPTS, ("+z", "-x")),
        (
            {"plugins": {"pytest11": ("a",)}},
            {"plugins": {"pytest11": ("a", "b"), "tox": ("c",)}},
            Kind.PLUGINS,
            ("pytest11: b", "tox: c"),
        ),
        ({}, {"yanked": "broken"}, Kind.YANKED, ("broken",)),
        ({}, {"yanked": ""}, Kind.YANKED, ()),
        ({}, {"vanished": True}, Kind.VANISHED, ()),
    ],
)
def test_a_new_release_is_looked_at(
    old: dict[str, Any], new: dict[str, Any], kind: Kind, said: tuple[str, ...]
) -> None:
    found = notices({"demo": "1"}, {"demo": "2"}, demo("1", **old), demo("2", **new))

    assert found == (Notice(kind=kind, name="demo", version="2", said=said),)


@pytest.mark.parametrize(
    ("base", "candidate", "known"),
    [
        ({"demo": "1"}, {"demo": "2"}, [demo("1"), demo("2")]),
        ({"demo": "1"}, {"demo": "2"}, []),
        ({"demo": "1"}, {}, [demo("1", starts=("a.pth",), scripts=("x",))]),
        # Its scripts are no change: all of it is new.
        ({}, {"demo": "2"}, [demo("2", scripts=("x",))]),
        ({"demo": "2"}, {"demo": "2"}, [demo("2", starts=("a.pth",))]),
        (
            {"demo": "1"},
            {"demo": "2"},
            [demo("1", plugins={"tox": ("a",)}), demo("2", plugins={"tox": ("a",)})],
        ),
    ],
)
def test_nothing_is_made_of_what_is_usual(
    base: dict[str, str], candidate: dict[str, str], known: list[ReleaseFacts]
) -> None:
    assert not notices(base, candidate, *known)


def test_a_release_of_the_base_that_was_withdrawn_is_named() -> None:
    found = notices({"build:demo": "1"}, {"build:demo": "1"}, demo("1", yanked="", vanished=True))

    assert [notice.kind for notice in found] == [Kind.YANKED, Kind.VANISHED]


@pytest.mark.parametrize("name", ["dem0", "d-emo", "derno"])
def test_a_new_name_that_looks_like_a_known_one_is_named(name: str) -> None:
    found = notices({"demo": "1", "other": "1"}, {"demo": "1", "other": "1", name: "9"})

    assert found == (Notice(kind=Kind.RESEMBLES, name=name, version="9", said=("demo",)),)


def test_a_package_that_only_begins_to_build_resembles_nothing() -> None:
    assert not notices({"demo": "1"}, {"demo": "1", "build:demo": "1"})


def test_constraints_that_were_dropped_are_passed_on() -> None:
    found = notices({}, {}, dropped=("demo 1 does not accept other 2",))

    assert found == (Notice(kind=Kind.DROPPED, said=("demo 1 does not accept other 2",)),)


def test_a_release_that_moves_twice_is_told_of_once() -> None:
    both = ({"demo": "1", "build:demo": "1"}, {"demo": "2", "build:demo": "2"})
    found = notices(*both, demo("2", starts=("a.pth",)))

    assert [notice.kind for notice in found] == [Kind.STARTS]
