"""What sessions and environments of other tools install and run, read and never called."""

from __future__ import annotations

import pytest

from foretaste.config.detect.hatch import hatch_way
from foretaste.config.detect.metadata import read_metadata
from foretaste.config.detect.nox import nox_way
from foretaste.config.detect.tox import tox_way
from foretaste.config.detect.way import Way, unread
from foretaste.config.tree import GivenTree

NOXFILE = b"""
import nox
from nox import session as ses

@nox.session(name="lint", python="3.12")
def style(session):
    session.install("ruff")
    session.run("ruff", "check", ".")

@nox.session
def test_fast(s: nox.Session) -> None:
    s.run_install("uv", "sync", "--extra=x", "--group", "dev", env={"A": "1"})
    s.install("-c", "limits.txt", "--upgrade", "pytest", f"lib=={VERSION}")
    s.run("python", "-m", "pytest", "a b", *(s.posargs or ["tests"]), external=True)
    helper(s)

def not_a_session(session):
    session.run("rm", "-rf", "/")
"""


def nox(job: str, text: bytes = NOXFILE) -> Way | None:
    return nox_way(GivenTree(files={"noxfile.py": text}), job)


def tox(job: str, **files: bytes) -> Way | None:
    tree = GivenTree(files={name.replace("_", "."): text for name, text in files.items()})
    return tox_way(tree, read_metadata(tree), job)


def test_the_session_named_like_the_job_is_taken() -> None:
    way = nox("lint")

    assert way == Way(
        tool="nox",
        found="noxfile.py, session `lint`",
        commands=("ruff check .",),
        install=("ruff",),
    )


def test_else_the_session_that_tests() -> None:
    way = nox("unit")

    assert way is not None
    assert way.found == "noxfile.py, session `test_fast`"
    assert way.commands == ("python -m pytest 'a b'",)
    assert way.install == (".", ".[x]", "group:dev", "-c limits.txt", "pytest")
    assert way.left_out == ("f'lib=={VERSION}'",)
    assert way.whole


def test_a_command_that_is_computed_is_not_run_in_part() -> None:
    way = nox("tests", NOXFILE + b"\n@nox.session\ndef tests(session):\n  session.run('sh', CMD)\n")

    assert way is not None
    assert way.unread == ("sh CMD",)
    assert not way.whole
    assert "has a command that only nox can read" in unread(way)


@pytest.mark.parametrize("text", [b"", b"import nox\n", b"def tests(session): pass\n"])
def test_without_a_session_there_is_no_way(text: bytes) -> None:
    assert nox("tests", text) is None


TOX = b"""
[tox]
envlist = py311, lint
[base]
deps = pytest
    coverage
[testenv]
deps =
    {[base]deps}
    py37: typing-extensions
    -rrequirements.txt
    -r{toxinidir}/test-requirements.txt
    -c{env:LIMITS:https://evil.example/limits.txt}
commands =
    pytest --basetemp={envtmpdir} \\
        {posargs:tests unit}
[testenv:lint]
skip_install = true
deps = ruff
commands =
    - ruff check {toxinidir}
[testenv:docs]
commands = sphinx-build {env:SPHINXOPTS} docs
"""


def test_an_environment_of_tox() -> None:
    way = tox("tests", tox_ini=TOX)

    assert way == Way(
        tool="tox",
        found="tox.ini, [testenv]",
        commands=("pytest --basetemp=${TMPDIR:-/tmp}/tox tests unit",),
        install=(".", "pytest", "coverage", "-r requirements.txt", "-r test-requirements.txt"),
        left_out=("-c {env:LIMITS:https://evil.example/limits.txt}", "py37: typing-extensions"),
    )
    assert way.with_pytest


def test_the_environment_named_like_the_job() -> None:
    lint, docs = tox("lint", tox_ini=TOX), tox("docs", tox_ini=TOX)

    assert lint is not None
    assert (lint.commands, lint.install) == (("ruff check .",), ("ruff",))
    assert docs is not None
    assert docs.unread == ("sphinx-build {env:SPHINXOPTS} docs",)
    assert not docs.whole


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("tox_toml", b"[env_run_base]\n%b", "tox.toml"),
        ("pyproject_toml", b"[tool.tox.env_run_base]\n%b", "pyproject.toml, [tool.tox]"),
    ],
)
def test_tox_in_toml(name: str, text: bytes, found: str) -> None:
    body = (
        b'deps = ["pytest"]\ndependency_groups = ["test"]\n'
        b'commands = [["pytest", "a b", { replace = "posargs", extend = true }], ["{env:X}"]]\n'
    )

    way = tox("tests", **{name: text % body})

    assert way is not None
    assert way.found == found
    assert way.commands == ("pytest 'a b'",)
    assert way.install == (".", "group:test", "pytest")
    assert way.unread == ("{env:X}",)


def test_tox_as_text_in_toml() -> None:
    text = b'[tool.tox]\nlegacy_tox_ini = """\n[testenv]\ncommands = stestr run\n"""\n'

    way = tox("tests", pyproject_toml=text)

    assert way is not None
    assert way.commands == ("stestr run",)


def test_without_tox_there_is_no_way() -> None:
    assert tox("tests", setup_cfg=b"[metadata]\nname = x\n") is None
    assert tox("tests", tox_ini=b"[pytest]\n") is None


def test_the_environment_that_hatch_has_built_in() -> None:
    text = b"[envs.hatch-test]\nextra-dependencies = ['x', 'y @ file:///y']\n"
    tree = GivenTree(files={"hatch.toml": text})

    way = hatch_way(tree, read_metadata(tree), "tests")

    assert way == Way(
        tool="hatch",
        found="hatch.toml, environment `hatch-test`",
        commands=("pytest tests",),
        install=(".", "pytest", "x"),
        left_out=("y @ file:///y",),
    )


def test_a_script_of_hatch_that_calls_another_is_not_run_in_part() -> None:
    text = b"[envs.test]\nskip-install = true\nscripts.test = ['pytest', 'report']\n"
    tree = GivenTree(files={"hatch.toml": text + b"scripts.report = 'ls {env:X}'\n"})

    way = hatch_way(tree, read_metadata(tree), "tests")

    assert way is not None
    assert (way.commands, way.unread, way.install) == (("pytest",), ("report",), ())
