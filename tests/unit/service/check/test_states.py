"""Base and candidate are what was asked for, by upload time, and nothing else moves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from foretaste.ports.errors import UserError
from foretaste.ports.executor import Source
from foretaste.ports.releases import Pin, Pins
from foretaste.service.check.states import (
    States,
    base_of,
    candidate_of,
    checked_releases,
    laid_out,
)
from foretaste.service.check.subject import Patch, Recipe, Subject, Tools, Wish
from tests.fakes.counter import AFTER, BEFORE, BETWEEN, Counter, moment
from tests.fakes.dated_index import DatedFile
from tests.fakes.index import wheel

NOW = moment(AFTER)


@pytest.fixture(name="tools")
def tools_fixture(counter: Counter, tmp_path: Path) -> Iterator[Tools]:
    """What checks are made with here."""
    with counter.bench(counter.options(tmp_path)) as bench:
        yield bench.tools


def standing(requirements: list[str], base: dict[str, str] | None, **more: Any) -> Subject:
    """A project that asks for this, and stands on that."""
    return Subject(
        project="app",
        source=Source(project="app", commit="1", tree="1"),
        requirements=tuple(requirements),
        base=base,
        **{"base_date": moment("2026-01-05"), "recipe": Recipe(run="true"), **more},
    )


def moves(subject: Subject, tools: Tools, *releases: str, **wish: Any) -> dict[str, str]:
    """What moves, as old and new version by key."""
    states = both(subject, tools, *releases, **wish)
    return {key: f"{move.old} {move.new}" for key, move in states.lattice.moves.items()}


def both(subject: Subject, tools: Tools, *releases: str, **wish: Any) -> States:
    """Both states, laid out."""
    found = base_of(subject, tools)
    candidate = candidate_of(found, Wish(releases=releases, **{"as_of": NOW, **wish}), tools)
    return laid_out(found, candidate, tools)


def versions(pins: Pins) -> dict[str, str]:
    """The version of each pin."""
    return {key: pin.version for key, pin in pins.items()}


def test_everything_newer_that_is_allowed_moves(counter: Counter, tools: Tools) -> None:
    counter.moving("apple", "pear", "plum")
    counter.release("apple", "3.0", "2026-02-02")
    subject = standing(["apple", "pear<2"], {"apple": "1.0", "pear": "1.0", "plum": "1.0"})

    # A tool that only stands in the base is asked for by that, and moves too.
    assert moves(subject, tools) == {"apple": "1.0 2.0", "plum": "1.0 2.0"}
    # As of the base's own day there is nothing newer.
    assert moves(subject, tools, as_of=moment("2026-01-10")) == {}


def test_constraints_hold_and_move_nothing_by_themselves(counter: Counter, tools: Tools) -> None:
    counter.moving("fig", "date")
    subject = standing(
        ["fig", "date"], {"fig": "1.0", "date": "1.0"}, constraints=("fig<2", "elsewhere<1")
    )

    assert moves(subject, tools) == {"date": "1.0 2.0"}


def test_nothing_moves_backwards(counter: Counter, tools: Tools) -> None:
    counter.release("quince", "2.0", "2026-03-01")
    counter.release("quince", "1.0", BEFORE)
    subject = standing(["quince"], {"quince": "2.0"})

    assert moves(subject, tools) == {}


def test_a_date_says_what_works_where_no_lock_does(counter: Counter, tools: Tools) -> None:
    counter.release("rye", "1.0", BEFORE, "oat")
    counter.release("rye", "2.0", BETWEEN, "oat>=2", "barley")
    counter.moving("oat", "barley")
    found = base_of(standing(["rye"], None), tools)

    assert versions(found.base) == {"rye": "1.0", "oat": "1.0"}
    assert found.roots == ("rye",)
    assert moves(standing(["rye"], None), tools) == {
        "rye": "1.0 2.0",
        "oat": "1.0 2.0",
        "barley": "None 2.0",
    }


def test_what_the_base_lacks_is_taken_as_of_its_day(counter: Counter, tools: Tools) -> None:
    counter.release("milk", "1.0", BEFORE, "cream")
    counter.moving("cream", "butter")
    found = base_of(standing(["milk", "butter"], {"milk": "1.0"}), tools)

    assert versions(found.base) == {"milk": "1.0", "cream": "1.0", "butter": "1.0"}
    assert counter.said[-1] == "not in the base, so taken as of its day: butter, cream"


def test_what_is_put_in_first_is_not_lacking(counter: Counter, tools: Tools) -> None:
    counter.release("brick", "1.0", BEFORE, "mortar")
    counter.moving("mortar")
    recipe = Recipe(run="true", preinstall=("Mortar==1.0",))

    found = base_of(standing(["brick"], {"brick": "1.0"}, recipe=recipe), tools)

    assert versions(found.base) == {"brick": "1.0"}
    assert counter.said == []


def test_a_release_that_is_refused_says_nothing_and_moves_all_the_same(
    counter: Counter, tools: Tools
) -> None:
    counter.moving("glass")
    counter.release("sand", "1.0", BEFORE)
    counter.index.add(
        DatedFile(
            filename="sand-2.0-py3-none-any.whl",
            data=wheel("sand", "2.1", {"sand.py": ""}),
            day=BETWEEN,
        )
    )

    states = both(standing(["sand", "glass"], {"sand": "1.0", "glass": "1.0"}), tools)

    assert set(states.lattice.moves) == {"sand", "glass"}
    assert states.releases["sand", "2.0"].owns == ()
    assert states.releases["glass", "2.0"].owns == ("glass.py",)
    assert any(line.startswith("sand 2.0 is refused: ") for line in counter.said)


def test_where_nothing_tells_the_bases_day_it_is_that_of_the_check(
    counter: Counter, tools: Tools
) -> None:
    counter.release("salt", "1.0", BEFORE, "pepper")
    counter.moving("pepper")
    counter.release("pepper", "3.0", "2026-03-01")
    subject = standing(["salt"], {"salt": "1.0"}, base_date=None)

    assert versions(base_of(subject, tools, NOW).base) == {"salt": "1.0", "pepper": "2.0"}


def test_only_what_is_asked_for_moves_and_what_it_forces(counter: Counter, tools: Tools) -> None:
    counter.release("wine", "1.0", BEFORE, "grape")
    counter.release("wine", "2.0", BETWEEN, "grape>=2", "cork")
    counter.release("wine", "2.1", BETWEEN, "grape>=2", "cork")
    counter.moving("grape", "cork", "cheese")
    base = {"wine": "1.0", "grape": "1.0", "cheese": "1.0"}
    subject = standing(["wine", "grape", "cheese"], base)

    assert moves(subject, tools, "wine==2.0") == {
        "wine": "1.0 2.0",
        "grape": "1.0 2.0",
        "cork": "None 2.0",
    }
    assert moves(subject, tools, "grape") == {"grape": "1.0 2.0"}
    assert moves(subject, tools, "grape<2") == {}


def test_a_withdrawn_release_is_taken_where_it_is_named(counter: Counter, tools: Tools) -> None:
    counter.moving("tofu")
    counter.release("tofu", "3.0", BETWEEN, yanked="bad beans")
    subject = standing(["tofu"], {"tofu": "1.0"})

    assert moves(subject, tools) == {"tofu": "1.0 2.0"}
    assert moves(subject, tools, "tofu==3.0") == {"tofu": "1.0 3.0"}


def test_what_cannot_fit_is_told(counter: Counter, tools: Tools) -> None:
    counter.moving("rice")
    subject = standing(["rice"], {"rice": "1.0"})

    with pytest.raises(UserError) as refused:
        moves(subject, tools, "rice==7.0")

    assert refused.value.code == "FT621"
    assert "rice" in refused.value.what


def test_a_base_that_the_index_does_not_have_is_told(counter: Counter, tools: Tools) -> None:
    counter.moving("soy")

    with pytest.raises(UserError, match=r"soy 0\.5|soy==0\.5"):
        base_of(standing(["soy"], {"soy": "0.5"}), tools)


def test_what_builds_the_project_moves_by_keys_of_its_own(counter: Counter, tools: Tools) -> None:
    counter.moving("kiln", "clay")
    subject = standing(["clay"], {"clay": "1.0"}, build_requires=("kiln", "clay"))
    states = both(subject, tools)

    assert versions(states.base) == {"clay": "1.0", "build:kiln": "1.0", "build:clay": "1.0"}
    assert set(states.lattice.moves) == {"clay", "build:kiln", "build:clay"}
    mixed = states.pins(frozenset({"build:kiln"}))
    assert versions(mixed) == {"clay": "1.0", "build:kiln": "2.0", "build:clay": "1.0"}
    # Who asks for releases asks for what is installed.
    assert moves(subject, tools, "clay==2.0") == {"clay": "1.0 2.0"}
    # Without a day nothing tells what built it.
    assert versions(base_of(replace(subject, base_date=None), tools).base) == {"clay": "1.0"}


@pytest.mark.parametrize(("made", "moved"), [("1.1", "1.1+gabc"), ("1.1+own", "1.1+own.gabc")])
def test_an_unreleased_state_moves_with_what_it_needs(
    counter: Counter, tools: Tools, tmp_path: Path, made: str, moved: str
) -> None:
    counter.moving("kettle", "spoon", "never")
    counter.release("tea", "1.0", BEFORE)
    path = tmp_path / f"tea-{made}-py3-none-any.whl"
    requires = 'Requires-Dist: kettle>=2\nRequires-Dist: never; python_version < "3"\n'
    path.write_bytes(wheel("tea", made, {"tea.py": ""}, requires))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    pin = Pin(name="tea", version=made, hashes=(f"sha256:{digest}",), wheel=str(path))
    patch = Patch(pin=pin, origin="here", mark="abc")
    base = {"tea": "1.0", "kettle": "1.0", "spoon": "1.0"}
    states = both(standing(["tea", "kettle", "spoon"], base), tools, patches=(patch,))

    assert {key: move.new for key, move in states.lattice.moves.items()} == {
        "tea": moved,
        "kettle": "2.0",
    }
    assert states.lattice.needs["tea"] == {"tea", "kettle"}


def test_who_brings_what_and_asks_for_what_is_known_of_moves(
    counter: Counter, tools: Tools
) -> None:
    counter.release("soup", "1.0", BEFORE, "bone")
    counter.release("soup", "2.0", BETWEEN, "leek", 'bowl; extra == "set"')
    counter.moving("bone", "leek", "bowl")
    states = both(standing(["soup", "bowl"], None), tools)

    assert states.asks == {
        "soup": {"bone", "leek", "bowl"},
        "bone": frozenset(),
        "leek": frozenset(),
        "bowl": frozenset(),
    }
    assert states.owners == {
        "soup.py": "soup",
        "bone.py": "bone",
        "leek.py": "leek",
        "bowl.py": "bowl",
    }
    assert versions(states.pins(states.lattice.every)) == {
        "soup": "2.0",
        "leek": "2.0",
        "bowl": "2.0",
    }
    # A package that nothing in a state needs came for nothing; one that goes is no such.
    assert states.unneeded(frozenset({"leek", "bone"})) == {"leek"}
    assert states.unneeded(states.lattice.every) == frozenset()


def test_releases_that_are_asked_for_must_be_requirements() -> None:
    assert checked_releases(["Tea == 2.0", "rye"]) == ("Tea==2.0", "rye")
    for text in ("==2.0", "tea ==", "", "tea @ http://index.test/tea.whl"):
        with pytest.raises(UserError) as refused:
            checked_releases([text])
        assert refused.value.code == "FT903"
        assert repr(text) in refused.value.what
        assert refused.value.hint
