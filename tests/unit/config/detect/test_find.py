"""A project without settings: what is found out of its tree, and what is said of it."""

from __future__ import annotations

import pytest

from foretaste.config.detect.find import find
from foretaste.config.mistakes import ConfigurationError
from foretaste.config.tree import GivenTree

PROJECT = b"[project]\nname = 'app'\n"
PYTEST_TEST = {"tests/test_app.py": b"import pytest\n"}
UNITTEST_TEST = {"tests/test_app.py": b"import unittest\n"}

CASES: dict[str, tuple[dict[str, bytes], str, dict[str, object]]] = {
    "pytest, by what the tests import": (
        {"pyproject.toml": PROJECT, **PYTEST_TEST},
        "tests/ with pytest",
        {"template": "pytest", "install": [".", "pytest"]},
    ),
    "an extra": (
        {
            "pyproject.toml": PROJECT
            + b"[project.optional-dependencies]\ntest = ['PyTest>=8', 'x']\ndev = ['pytest']\n",
            **PYTEST_TEST,
        },
        "tests/ with pytest; extra `test`",
        {"template": "pytest", "install": [".[test]"]},
    ),
    "an extra without pytest in it": (
        {
            "pyproject.toml": PROJECT + b"[project.optional-dependencies]\ntest = ['x']\n",
            **PYTEST_TEST,
        },
        "tests/ with pytest; extra `test`",
        {"template": "pytest", "install": [".[test]", "pytest"]},
    ),
    "a dependency group that includes another": (
        {
            "pyproject.toml": PROJECT
            + b"[dependency-groups]\nunit = ['pytest']\ntest = [{include-group = 'unit'}]\n",
            "tests/test_app.py": b"",
        },
        "tests/ with pytest; dependency group `test`",
        {"template": "pytest", "install": [".", "group:test"]},
    ),
    "extras of setup.cfg, settings of pytest": (
        {
            "setup.cfg": b"[metadata]\nname = app\n[tool:pytest]\n"
            b"[options.extras_require]\ntests =\n    pytest\n    # no\n    x\n",
            "tests/test_app.py": b"",
        },
        "tests/ with pytest; extra `tests`",
        {"template": "pytest", "install": [".[tests]"]},
    ),
    "a literal in setup.py": (
        {
            "setup.py": b"from setuptools import setup\n"
            b"setup(name='app', extras_require={'dev': ['pytest']}, version=open('v').read())\n",
            **PYTEST_TEST,
        },
        "tests/ with pytest; extra `dev`",
        {"template": "pytest", "install": [".[dev]"]},
    ),
    "names in setup.py": (
        {
            "setup.py": b"from setuptools import setup\n"
            b"more: list = ['mock']\nTESTS = ['pytest', *more]\nEXTRAS = {'x': [open('v').read()]}\n"
            b"EXTRAS['dev'] = EXTRAS['none'] + EXTRAS['x']\nEXTRAS['test'] = TESTS + ['y']\n"
            b"setup(extras_require={**EXTRAS, 'docs': ['sphinx']})\n",
            **PYTEST_TEST,
        },
        "tests/ with pytest; extra `test`",
        {"template": "pytest", "install": [".[test]"]},
    ),
    "an extra that only tox names": (
        {
            "setup.py": b"",
            "tox.ini": b"[testenv]\nextras = checks\ncommands = pytest . {posargs}\n",
            **PYTEST_TEST,
        },
        "tests/ with pytest; tox.ini, [testenv]",
        {"template": "pytest", "install": [".[checks]", "pytest"]},
    ),
    "tests_require": (
        {
            "setup.py": b"import setuptools\nsetuptools.setup(tests_require=['pytest'])",
            **PYTEST_TEST,
        },
        "tests/ with pytest; tests_require",
        {"template": "pytest", "install": [".", "pytest"]},
    ),
    "a requirements file": (
        {"setup.py": b"", "requirements/tests.txt": b"pytest==8\n", **PYTEST_TEST},
        "tests/ with pytest; requirements/tests.txt",
        {"template": "pytest", "install": [".", "-r requirements/tests.txt"]},
    ),
    "a folder of scripts": (
        {"requirements-dev.txt": b"pytest\n", "test_app.py": b"", "conftest.py": b""},
        "tests with pytest; requirements-dev.txt",
        {"template": "pytest", "install": ["-r requirements-dev.txt"]},
    ),
    "Poetry": (
        {
            "pyproject.toml": b"[build-system]\n"
            b"[tool.poetry.group.dev.dependencies]\npython = '^3'\npytest = '^8'\n",
            **PYTEST_TEST,
        },
        "tests/ with pytest; Poetry's group `dev`, whose versions are not read",
        {"template": "pytest", "install": [".", "pytest"]},
    ),
    "unittest": (
        {"setup.py": b"", **UNITTEST_TEST},
        "tests/ with unittest",
        {"template": "unittest", "install": ["."]},
    ),
    "tests of neither": (
        {"setup.py": b"", "tests/test_app.py": b"def test(): assert 1\n"},
        "tests/ with pytest",
        {"template": "pytest", "install": [".", "pytest"]},
    ),
    "tox with pytest and dependencies of its own": (
        {
            "setup.py": b"",
            "tox.ini": b"[testenv]\ndeps =\n  pytest\n  mock>=4\n"
            b"commands = pytest --basetemp={envtmpdir} {posargs}\n",
            **PYTEST_TEST,
        },
        "tests/ with pytest; tox.ini, [testenv]",
        {"template": "pytest", "install": [".", "pytest", "mock>=4"]},
    ),
    "tox with another tool": (
        {
            "setup.py": b"",
            "tox.ini": b"[testenv]\ndeps = stestr\ncommands = stestr run {posargs}\n",
        },
        "tox.ini, [testenv]",
        {"run": "stestr run", "install": [".", "stestr"]},
    ),
    "tox with unittest": (
        {
            "setup.py": b"",
            "tox.ini": b"[testenv]\nextras = a, b\ncommands = python -m unittest discover tests\n",
            **UNITTEST_TEST,
        },
        "tests/ with unittest; tox.ini, [testenv]",
        {"template": "unittest", "install": [".[a,b]"]},
    ),
    "nox": (
        {
            "setup.py": b"",
            "noxfile.py": b"import nox\n@nox.session(python=['3.11'])\ndef tests(session):\n"
            b"    session.install('-e', '.[x]')\n    session.install('-r', 'reqs.txt', 'pytest')\n"
            b"    session.run('pytest', *session.posargs)\n",
            **PYTEST_TEST,
        },
        "tests/ with pytest; noxfile.py, session `tests`",
        {"template": "pytest", "install": [".[x]", "-r reqs.txt", "pytest"]},
    ),
    "hatch": (
        {
            "pyproject.toml": PROJECT
            + b"[tool.hatch.envs.default]\ndependencies = ['pytest', 'x']\nfeatures = ['all']\n"
            b"[tool.hatch.envs.default.scripts]\ntest = 'pytest {args:tests}'\n",
            **PYTEST_TEST,
        },
        "tests/ with pytest; pyproject.toml, [tool.hatch], environment `default`",
        {"template": "pytest", "install": [".[all]", "pytest", "x"]},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_found(name: str) -> None:
    files, note, job = CASES[name]

    found = find(GivenTree(files=files))

    assert found.note == note
    assert found.table.check == found.table.gate == ["tests"]
    assert found.table.job is not None
    assert found.table.job["tests"].model_dump(exclude_none=True) == job


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"pyproject.toml": PROJECT, "src/app.py": b"import pytest"},
        # What is left of these commands tests nothing, and would pass.
        {
            "tox.ini": b"[testenv]\ncommands =\n  {[unit]run}\n  coverage {env:X}\n  coverage report\n"
        },
        {
            "noxfile.py": b"import nox\n@nox.session\ndef tests(s):\n  s.run(RUNNER)\n  s.run('ls')\n"
        },
        {"pytest.ini": b"[pytest]\n"},
    ],
)
def test_where_nothing_shows_it_nothing_is_made_up(files: dict[str, bytes]) -> None:
    with pytest.raises(ConfigurationError, match=r"\[FT212\]; hint: write \[tool\.foretaste\]"):
        find(GivenTree(files=files))


def test_broken_files_of_the_project_say_nothing_and_stop_nothing() -> None:
    broken = dict.fromkeys(
        ("pyproject.toml", "setup.cfg", "setup.py", "noxfile.py", "tox.ini", "hatch.toml"),
        b"(\xff[\n" * 50,
    )

    found = find(GivenTree(files={**broken, **PYTEST_TEST}))

    assert found.note == "tests/ with pytest"


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "text",
    [
        b"x = " + b"(" * 5000,
        b"x = " + b"-" * 100_000 + b"1",
        b"x = " + b"+".join([b"1"] * 50_000),
        b"x = [1]\n" + b"x = x + x\n" * 10_000,
        b"x = {}\n" + b"x['a'] = x\n" * 10_000 + b"setup(extras_require=x)\n",
        b"a" + b".a" * 100_000,
        b"\0",
        b"#" * 2**20,
    ],
)
def test_a_hostile_module_is_read_or_left(text: bytes) -> None:
    files = {"noxfile.py": text, "setup.py": text, **PYTEST_TEST}

    assert find(GivenTree(files=files)).note == "tests/ with pytest"


def test_what_a_hostile_tree_suggests_is_held_to_the_same_rules() -> None:
    evil = (
        b"[testenv]\ndeps =\n  x @ file:///etc/passwd\n  -e git+https://evil.example/x\n  pytest\n"
    )

    found = find(GivenTree(files={"setup.py": b"", "tox.ini": evil, **PYTEST_TEST}))

    assert found.table.job is not None
    assert found.table.job["tests"].install == [".", "pytest"]
    assert "left out what could not be read: x @ file:///etc/passwd" in found.note


def test_what_cannot_be_installed_is_refused_and_named() -> None:
    evil = b"[tool.poetry.dev-dependencies]\npytest = '8'\n'x @ file:///etc/passwd' = '1'\n"

    with pytest.raises(ConfigurationError, match=r"cannot be used.*etc/passwd.*FT212"):
        find(GivenTree(files={"pyproject.toml": evil, **PYTEST_TEST}))
