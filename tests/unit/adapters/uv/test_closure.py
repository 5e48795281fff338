"""What projects need from the index when they stand in for their own releases."""

from __future__ import annotations

from pathlib import Path

import pytest

from foretaste.adapters.uv.closure import externals
from foretaste.adapters.uv.interpreters import Interpreter
from foretaste.adapters.uv.wheels import Wheel
from foretaste.ports.errors import UserError

PYTHON = Interpreter(
    path=Path("/usr/bin/python3.11"),
    version="3.11.7",
    prefix=Path("/usr"),
    tag="cpython-311",
    platform="linux-x86_64",
)


def wheel(name: str, *requires: str) -> Wheel:
    """A wheel that requires these."""
    return Wheel(path=Path(name), name=name, version="1", requires=requires, digest="")


def ask(packages: tuple[str, ...], *wheels: Wheel, **extras: str) -> set[str]:
    """Ask with extras by project, a space between them."""
    asked = {name: frozenset(text.split()) for name, text in extras.items()}
    return set(externals(packages, wheels, asked, PYTHON))


def test_a_project_takes_the_place_of_its_releases_whatever_is_said_of_its_version() -> None:
    flask = wheel("flask", "Werkzeug<2", "click>=8")

    assert ask(("pytest",), flask, wheel("werkzeug", "MarkupSafe")) == {
        "pytest",
        "click>=8",
        "MarkupSafe",
    }


def test_extras_are_followed_between_projects() -> None:
    app = wheel("app", "lib[Fast_Mode]", "slow; extra == 'unused'", "own; extra == 'test'")
    lib = wheel("lib", "speed; extra == 'fast-mode'", "never; extra == 'other'")

    assert ask((), app, lib) == {"speed"}
    assert ask((), app, lib, app="test") == {"speed", "own"}
    assert ask(("lib[other]",), app, lib) == {"speed", "never"}


def test_projects_may_need_one_another() -> None:
    assert ask((), wheel("a", "b[x]"), wheel("b", "a[y]; extra == 'x'", "c")) == {"c"}


def test_markers_are_decided_for_the_interpreter() -> None:
    app = wheel("app", "old; python_version < '3.11'", "new; python_full_version >= '3.11.7'")

    assert ask((), app) == {"new"}


def test_a_requirement_that_names_a_place_is_refused() -> None:
    with pytest.raises(UserError, match="what app requires"):
        ask((), wheel("app", "x @ https://elsewhere.invalid/x.whl"))
