"""Unreleased states of dependencies: from a folder or a git repository to a wheel, and a verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from foretaste.ports.errors import UserError
from foretaste.taste.finding import Verdict
from foretaste.wiring.patching import patches_of
from foretaste.wiring.subjects import subject_of
from tests.fakes.counter import BEFORE, Counter, moment, write_project
from tests.fakes.dated_world import BACKEND, PYPROJECT
from tests.fakes.upstream import Step, make_upstream

DAY = moment("2026-01-05")


def source(name: str, version: str, module: str = "", requires: str = "") -> dict[str, str]:
    """The files of a state that builds itself; its module is what the backend writes."""
    backend = BACKEND.format(name=name, version=version, requires=requires, broken=False)
    if module:
        backend = backend.replace('"value = " + repr(VERSION)', repr(module))
    return {"pyproject.toml": PYPROJECT, "backend.py": backend}


def folder(place: Path, files: dict[str, str]) -> Path:
    """Write files to a new folder."""
    place.mkdir()
    for name, text in files.items():
        (place / name).write_text(text, encoding="utf-8")
    return place


def test_a_folder_is_tested_as_it_lies_there(counter: Counter, tmp_path: Path) -> None:
    counter.release("violet", "1.0", BEFORE, files={"violet.py": "value = '1.0'\n"})
    counter.moving("daisy")
    test = "import violet\nassert violet.value\n"
    project = write_project(tmp_path / "app", ["Violet", "daisy"], test)
    good = folder(tmp_path / "good", source("violet", "1.1"))
    bad = folder(tmp_path / "bad", source("violet", "1.1", "values = 1"))

    passed = counter.check(project, base_as_of=DAY, patches=(f"Violet@{good}",))
    failed = counter.check(project, base_as_of=DAY, patches=(f"violet@{bad}",))

    assert passed.verdict is Verdict.ACCEPT
    (move,) = passed.moves
    assert (move.key, move.old) == ("violet", "1.0")
    assert move.new is not None
    assert move.new.startswith("1.1+g")
    assert failed.verdict is Verdict.REJECT
    assert [each.key for each in failed.culprits[0].moves] == ["violet"]
    (patched,) = [each for each in failed.culprits[0].fails if each.name == "violet"]
    assert (patched.origin, patched.hashes, patched.vanished) == (str(bad), (), False)


def test_a_branch_is_tested_with_what_it_needs(counter: Counter, tmp_path: Path) -> None:
    counter.release("poppy", "1.0", BEFORE)
    counter.moving("seed")
    test = "import poppy, seed\nassert not hasattr(poppy, 'version') or seed.version == '1.0'\n"
    project = write_project(tmp_path / "app", ["poppy", "seed"], test)
    steps = [
        Step(files=source("poppy", "1.1"), tags=["v1.1"]),
        Step(files=source("poppy", "1.2", requires="Requires-Dist: seed>=2\n")),
    ]
    made = make_upstream(tmp_path / "poppy.git", steps)

    at_tag = counter.check(project, base_as_of=DAY, patches=(f"poppy@git+{made.folder}@v1.1",))
    at_head = counter.check(project, base_as_of=DAY, patches=(f"poppy@git+{made.folder}@main",))

    assert [(each.key, each.new) for each in at_tag.moves] == [
        ("poppy", f"1.1+g{made.commits[0][:12]}")
    ]
    assert [(each.key, each.new) for each in at_head.moves] == [
        ("poppy", f"1.2+g{made.commits[1][:12]}"),
        ("seed", "2.0"),
    ]
    assert at_head.verdict is Verdict.ACCEPT


@pytest.mark.parametrize(
    ("text", "code", "what"),
    [
        ("poppy", "FT906", "'poppy' names no unreleased state"),
        ("poppy@", "FT906", "names no unreleased state"),
        ("@place", "FT906", "names no unreleased state"),
        ("poppy==1@place", "FT906", "names no unreleased state"),
        ("poppy@git+https://git.example.org/poppy", "FT906", "says no ref"),
        ("poppy@git+ssh://git@git.example.org/poppy", "FT906", "says no ref"),
        ("poppy@git+ssh://git@git.example.org:22/poppy", "FT906", "says no ref"),
        ("poppy@git+git@git.example.org:poppy", "FT906", "says no ref"),
        ("poppy@git+main", "FT906", "says no ref"),
        ("poppy@git+https://git.example.org/poppy@", "FT906", "says no ref"),
        ("poppy@git+ext::sh -c true@main", "FT960", "is no repository that can be read"),
        ("poppy@git+nowhere@main", "FT960", "is no repository that can be read"),
        ("poppy@nowhere", "FT635", "there is no such folder"),
    ],
)
def test_what_names_no_state_is_told(
    counter: Counter, tmp_path: Path, text: str, code: str, what: str
) -> None:
    options = counter.options(write_project(tmp_path / "app", []), base_as_of=DAY)
    with counter.bench(options) as bench:
        subject = subject_of(options, bench)
        with pytest.raises(UserError) as refused:
            patches_of([text], subject, bench)

    assert refused.value.code == code
    assert what in refused.value.what
    assert patches_of([], subject, bench) == ()


def test_a_folder_of_another_package_is_told(counter: Counter, tmp_path: Path) -> None:
    project = write_project(tmp_path / "app", [])
    other = folder(tmp_path / "other", source("aster", "1.0"))

    with pytest.raises(UserError, match="aster") as refused:
        counter.check(project, base_as_of=DAY, patches=(f"lily@{other}",))

    assert refused.value.code == "FT965"
