"""The script holds what its dossier says and nothing of this machine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from foretaste.report.check.script import as_script, minor, telling
from foretaste.taste.dossier import Dossier, TrialFacts
from foretaste.taste.finding import Flake
from foretaste.taste.outcome import Signature
from foretaste.taste.releases import ReleaseFacts
from tests.unit.report.check import found


def test_there_is_none_where_nobody_is_blamed() -> None:
    assert as_script(found.accepted()) == ""
    assert as_script(found.unstable("t")) == ""


def test_it_opens_with_what_it_shows_and_how_to_run_it() -> None:
    lines = as_script(found.rejected()).splitlines()

    assert lines[:2] == ["#!/bin/sh", "# markupsafe 2.1.0 breaks this project."]
    assert "#     sh reproduce.sh [FOLDER]" in lines
    assert "# FOLDER is the project's; without it, the files in here are used." in lines
    assert "# FOLDER is the project's; without it, it is the current one." in as_script(
        found.several()
    )


def test_both_environments_are_pinned_by_hash() -> None:
    text = as_script(found.rejected())

    assert "hashed=--require-hashes\n" in text
    assert text.count("click==7.1.2 \\\n    --hash=sha256:") == 2
    assert text.count("markupsafe==2.0.1 \\\n    --hash=sha256:") == 1
    assert text.count("markupsafe==2.1.0 \\\n    --hash=sha256:") == 1
    assert "cat >\"$files\"/test_consumer.py <<'END'\nimport flask\nEND\n" in text


def test_without_every_hash_none_is_asked_for_and_it_says_so() -> None:
    told = found.rejected(releases=())

    text = as_script(told)

    assert "# Not every release's hash is known, so none is asked for.\n" in text
    assert "hashed=\n" in text


def test_what_builds_the_project_is_no_pin_but_a_constraint() -> None:
    told = found.building()
    subject = replace(
        told.subject,
        build_constraints=("setuptools<80", "wheel==0.40", "--index-url=x"),
        extra_build={"kazoo": ("pbr<6", "-r x")},
    )

    text = as_script(replace(told, subject=subject))

    assert "hashed=--require-hashes\n" in text
    assert (
        "cat >\"$work\"/fails-1.build.txt <<'END'\nsetuptools==78.0.1\nwheel==0.40\nEND\n" in text
    )
    assert "setuptools==78.0.1 \\" not in text
    assert '[extra-build-dependencies]\n"kazoo" = ["pbr<6"]\n' in text
    assert "index-url" not in text


def test_each_culprit_has_its_own_environment_and_step() -> None:
    text = as_script(found.several())

    for step in (
        "try fails-1 'with fastapi 0.100.0 and pydantic 2.0'\n",
        "try fails-2 'with anyio 4.0.0'\n",
        "try fails-3 'with jinja2 3.1.0'\n",
    ):
        assert step in text


@pytest.mark.parametrize(
    ("python", "numbers"),
    [("3.9.18", (3, 9)), ("2.7", (2, 7)), ("3.13.0rc1", (3, 13)), ("", (3,)), ("pypy", (3,))],
)
def test_an_interpreter_is_named_by_two_numbers(python: str, numbers: tuple[int, ...]) -> None:
    assert minor(python) == numbers


@pytest.mark.parametrize(
    ("dossier", "line"),
    [
        (found.rejected(), "limit=${LIMIT:-900}"),
        (found.several(), "limit=${LIMIT:-30}"),
        (replace(found.several(), trials=()), "limit=${LIMIT:-900}"),
        (
            replace(
                found.several(),
                trials=(TrialFacts(number=1, moved=(), outcome="passed", seconds=20.2),),
            ),
            "limit=${LIMIT:-202}",
        ),
        (
            replace(
                found.several(),
                trials=(TrialFacts(number=1, moved=(), outcome="passed", seconds=600.0),),
            ),
            "limit=${LIMIT:-900}",
        ),
        (found.rejected(), "old="),
        (found.rejected(subject=found.subject(python="3.6.15")), "old=yes"),
        (found.rejected(subject=found.subject(python="3.6.15")), "python=${PYTHON:-3.6}"),
        (found.rejected(), "tries=1"),
        (found.several(), "tries=4"),
        (found.rejected(), "by_message="),
        (replace(found.rejected(), red=("t.py::a",)), "by_message=yes"),
        (found.several(), "by_message="),
        (found.building(), "installed=yes"),
    ],
)
def test_what_differs_stands_in_variables(dossier: Dossier, line: str) -> None:
    assert f"{line}\n" in as_script(dossier)


def test_pytest_is_told_to_leave_out_what_says_nothing() -> None:
    told = found.several()
    wanted = Flake(test="t.py::a", rate=0.1, runs=9)

    text = as_script(replace(told, flaky=(*told.flaky, wanted)))

    assert (
        "export PYTEST_ADDOPTS='--deselect=t.py::red --deselect=t.py::flaky "
        "--deselect=t.py::sometimes'\n"
    ) in text


@pytest.mark.parametrize(
    ("message", "signature", "part"),
    [
        (
            "cannot import name 'x' from 'y' (/env/y.py)",
            "cannot import name 'x' from 'y' (PATH)",
            "cannot import name 'x' from 'y' (",
        ),
        ("cannot import name 'x'", "cannot import name 'x'", "cannot import name 'x'"),
        ("12 of 47", "N of N", "ImportError"),
        ("", "", "ImportError"),
        ("tab\there it goes", "tab\there it goes", "ImportError"),
        ("first line\nsecond", "first line second", "first line"),
    ],
)
def test_the_steady_part_of_a_message_is_looked_for(
    message: str, signature: str, part: str
) -> None:
    failing = found.failure(
        message=message, signature=Signature(type="ImportError", message=signature)
    )
    told = found.blaming(found.culprit("markupsafe", failures=(failing,)))

    assert telling(told.culprits[0]) == part


def test_of_a_hang_no_message_is_looked_for() -> None:
    assert telling(found.several().culprits[1]) == ""


def test_an_unsound_release_leaves_only_the_reason() -> None:
    told = found.rejected()
    culprit = replace(told.culprits[0], passes=(ReleaseFacts(name="x y", version="1"),))

    text = as_script(replace(told, culprits=(culprit,)))

    assert text.endswith("echo 'not tried: a release cannot be named here' >&2\nexit 3\n")
    assert "x y" not in text


def test_an_unreleased_state_comes_from_its_repository() -> None:
    told = found.rejected()
    origin = "git+https://me:secret@forge.example/markupsafe@0a1b2c"
    patched = ReleaseFacts(name="markupsafe", version="2.1.1.dev1", origin=origin)
    culprit = told.culprits[0]
    fails = tuple(patched if each.name == "markupsafe" else each for each in culprit.fails)

    text = as_script(replace(told, culprits=(replace(culprit, fails=fails),)))

    assert (
        "cat >\"$work\"/fails-1.more.txt <<'END'\n"
        "markupsafe @ git+https://forge.example/markupsafe@0a1b2c\nEND\n"
    ) in text
    assert "markupsafe==2.1.1.dev1" not in text
    assert "hashed=--require-hashes\n" in text
    assert "secret" not in text


@pytest.mark.parametrize("origin", ["/home/you/markupsafe", "git+https://x.example/$HOME", "x\ny"])
def test_what_comes_from_a_folder_cannot_be_shown_elsewhere(origin: str) -> None:
    told = found.rejected()
    patched = ReleaseFacts(name="markupsafe", version="2.1", origin=origin)

    text = as_script(replace(told, culprits=(replace(told.culprits[0], fails=(patched,)),)))

    assert text.endswith("echo 'not tried: a release cannot be named here' >&2\nexit 3\n")
    assert origin not in text
