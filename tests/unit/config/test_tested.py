"""Which of a project's jobs shows whether it works, and what a person's own command stands on."""

from __future__ import annotations

import pytest

from foretaste.config.mistakes import ConfigurationError
from foretaste.config.resolve import Definition
from foretaste.config.tested import trial_job
from foretaste.config.tree import GivenTree

PROJECT = "[project]\nname = 'app'\nversion = '1'\n"
JOBS = """
[tool.foretaste]
check = ["lint"]
gate = ["docs", "suite"]
[tool.foretaste.environment]
python = "3.11"
preinstall = ["setuptools==57.5.0"]
build-constraints = ["cython<3"]
[tool.foretaste.job.lint]
run = "ruff check"
[tool.foretaste.job.docs]
run = "sphinx-build docs out"
[tool.foretaste.job.suite]
run = "pytest -q"
install = [".", "pytest"]
evidence = "junit"
timeout = "90s"
env = { MODE = "test" }
"""
ENVIRONMENT = """
[tool.foretaste.environment]
python = "3.11"
preinstall = ["setuptools==57.5.0"]
build-constraints = ["cython<3"]
"""


def tree(pyproject: str = PROJECT, **files: str) -> GivenTree:
    """A project; the name of a file has `__` for its dot and `___` for a slash."""
    named = {name.replace("___", "/").replace("__", "."): text for name, text in files.items()}
    given = {"pyproject.toml": pyproject, **named} if pyproject else named
    return GivenTree(files={name: text.encode() for name, text in given.items()})


def needs(definition: Definition) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """What the project's environments need."""
    return definition.python, definition.preinstall, definition.build_constraints


NEEDED = ("3.11", ("setuptools==57.5.0",), ("cython<3",))


def test_the_job_that_leaves_evidence_of_tests_is_run() -> None:
    chosen = trial_job(tree(PROJECT + JOBS))

    assert (chosen.name, chosen.run, chosen.timeout) == ("suite", "pytest -q", 90.0)
    assert chosen.env == {"MODE": "test"}
    assert needs(chosen) == NEEDED


def test_a_job_that_is_named_is_run_whatever_it_does() -> None:
    assert trial_job(tree(PROJECT + JOBS), job="docs").run == "sphinx-build docs out"


def test_a_command_takes_the_place_of_the_jobs_own() -> None:
    chosen = trial_job(tree(PROJECT + JOBS), command="pytest -x")

    assert (chosen.run, chosen.install, chosen.evidence) == ("pytest -x", (".", "pytest"), "")


def test_a_command_on_what_a_named_job_installs() -> None:
    chosen = trial_job(tree(PROJECT + JOBS), command="make tests", job="suite")

    assert (chosen.run, chosen.install) == ("make tests", (".", "pytest"))


def test_among_jobs_without_evidence_the_one_called_tests_is_run() -> None:
    jobs = "[tool.foretaste.job.a]\nrun = 'a'\n[tool.foretaste.job.tests]\nrun = 'b'\n"

    assert trial_job(tree(PROJECT + jobs)).run == "b"


def test_a_job_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(ConfigurationError) as refused:
        trial_job(tree(PROJECT + JOBS), job="suit")

    (mistake,) = refused.value.mistakes
    assert mistake.code == "FT902"
    assert mistake.what == "there is no job 'suit'"
    assert "lint" in mistake.hint
    assert "--test" in mistake.hint


def test_tests_that_are_found_are_run() -> None:
    chosen = trial_job(tree(tests___test_a__py="import pytest\n"))

    assert "pytest" in chosen.run
    assert chosen.install[0] == "."
    assert chosen.evidence == "junit"


def test_where_nothing_is_found_and_no_command_given_that_is_told() -> None:
    with pytest.raises(ConfigurationError) as refused:
        trial_job(tree(app__py=""))

    assert refused.value.code == "FT212"
    assert refused.value.hint.startswith("say with --test what to run, or write [tool.foretaste]")


def test_mistakes_in_the_configuration_are_told_as_they_are() -> None:
    with pytest.raises(ConfigurationError) as refused:
        trial_job(tree("[tool.foretaste.job.tests]\nrun = 3\n"))

    assert "--test" not in refused.value.hint


@pytest.mark.parametrize(
    ("command", "install"),
    [("pytest -q", (".", "pytest")), ("python -m unittest", (".",))],
)
def test_a_command_stands_on_what_is_found_but_for_a_runner_that_it_does_not_name(
    command: str, install: tuple[str, ...]
) -> None:
    chosen = trial_job(
        tree(PROJECT + ENVIRONMENT, tests___test_a__py="import pytest\n"), command=command
    )

    assert (chosen.run, chosen.install, chosen.timeout) == (command, install, 900.0)
    assert needs(chosen) == NEEDED


@pytest.mark.parametrize(
    ("given", "install"),
    [
        (tree(), (".",)),
        (tree("", setup__cfg=""), (".",)),
        (tree("", setup__py=""), (".",)),
        (tree("", requirements__txt="six\n"), ("-r requirements.txt",)),
        (tree("", app__py=""), ()),
    ],
)
def test_a_command_where_no_test_is_found_stands_on_the_project(
    given: GivenTree, install: tuple[str, ...]
) -> None:
    chosen = trial_job(given, command="./check.sh")

    assert (chosen.install, needs(chosen)) == (install, ("", (), ()))


def test_mistakes_in_the_configuration_are_told_beside_a_command_too() -> None:
    with pytest.raises(ConfigurationError):
        trial_job(tree(PROJECT + "[tool.foretaste.environment]\npythn = '3'\n"), command="true")
