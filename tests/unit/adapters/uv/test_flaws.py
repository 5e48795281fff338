"""Where a base is not what its own releases ask for, nothing is made of that."""

from __future__ import annotations

from foretaste.adapters.uv.flaws import Chosen, Flaws, flaws_of, needless

MARKERS = {"python_version": "3.11", "sys_platform": "linux", "extra": ""}
BASE = {"app": "1.0", "dep": "2.0"}


def chosen(versions: dict[str, str], *requirements: str) -> Chosen:
    return Chosen(
        base=BASE, versions=versions, requirements=requirements or ("app",), markers=MARKERS
    )


def test_what_is_missing_and_what_is_refused_is_found() -> None:
    requires = {
        "app": ("dep<2", "lost>=1", "win; sys_platform == 'win32'", "more; extra == 'x'", "?!"),
        "dep": ("app>=1",),
    }

    found = flaws_of(BASE, requires, MARKERS)

    assert found == Flaws(missing=frozenset({("app", "lost")}), clashing=frozenset({"dep"}))


def test_a_sound_base_has_none() -> None:
    assert flaws_of(BASE, {"app": ("dep",), "dep": ()}, MARKERS) == Flaws()


MISSING = Flaws(missing=frozenset({("app", "lost")}))
NEEDS = {"app": ("lost", "dep"), "lost": ("more",), "dep": ()}


def test_what_only_the_unmoved_ask_for_is_needless_with_all_that_it_needs() -> None:
    state = {"app": "1.0.0", "dep": "3.0", "lost": "1", "more": "1"}

    assert needless(chosen(state), NEEDS, MISSING) == {"lost", "more"}


def test_what_something_else_asks_for_too_is_needed() -> None:
    state = {"app": "1.0", "dep": "3.0", "lost": "1", "more": "1"}
    by_dep = {**NEEDS, "dep": ("lost",)}

    assert needless(chosen(state), by_dep, MISSING) == set()
    assert needless(chosen(state, "app", "lost"), NEEDS, MISSING) == set()
    assert needless(chosen({**state, "app": "2.0"}), NEEDS, MISSING) == set()


def test_what_was_there_is_never_needless() -> None:
    assert needless(chosen({"app": "1.0", "dep": "2.0"}, "app"), {"app": ()}, Flaws()) == set()
