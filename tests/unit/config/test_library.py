"""Templates of the library: what each is for a project, and that its command does what it says."""

from __future__ import annotations

import os
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from foretaste.config.library import LIBRARY, NOT_YET
from foretaste.config.mistakes import ConfigurationError
from foretaste.config.tree import FolderTree, GivenTree

PYPROJECT = b"""
[build-system]
requires = ["hatchling", "hatch-vcs>=0.4"]
[project]
name = "app"
[project.optional-dependencies]
docs = ["sphinx", "furo"]
[tool.ruff.format]
[tool.bandit]
"""
PROJECT = {
    "pyproject.toml": PYPROJECT,
    "app/__init__.py": b"",
    "tests/__init__.py": b"",
    "tests/test_app.py": b"import pytest",
    "docs/conf.py": b"",
}


@pytest.mark.parametrize(
    ("template", "run", "install"),
    [
        (
            "pytest",
            'python -m pytest --junitxml="$FORETASTE_JUNIT" -p no:cacheprovider',
            [".", "pytest"],
        ),
        (
            "ruff",
            "python -m ruff check --no-cache .\npython -m ruff format --no-cache --check .",
            ["ruff"],
        ),
        ("mypy", "python -m mypy --cache-dir=/dev/null app", [".", "mypy"]),
        ("bandit", "python -m bandit -q -c pyproject.toml -r app", ["bandit[toml]"]),
        (
            "build",
            "python -m build --no-isolation --outdir dist",
            ["build", "hatchling", "hatch-vcs>=0.4"],
        ),
        (
            "docs",
            'python -m sphinx -W --keep-going -b html docs "${TMPDIR:-/tmp}/html"',
            [".[docs]"],
        ),
    ],
)
def test_a_template_is_filled_from_the_project(template: str, run: str, install: list[str]) -> None:
    filled = LIBRARY[template](GivenTree(files=PROJECT), "tests")

    assert filled.table.run == run
    assert filled.table.install == install


def test_evidence_is_owed_where_tests_are_run() -> None:
    tree = GivenTree(files={**PROJECT, "tox.ini": b"[testenv]\ncommands = pytest\n"})

    owed = {
        name: fill(tree, "tests").table.evidence for name, fill in LIBRARY.items() if name != "nox"
    }

    assert owed == {
        "pytest": "junit",
        "unittest": "junit",
        "tox": "junit",
        **dict.fromkeys(("ruff", "mypy", "bandit", "build", "docs")),
    }


@pytest.mark.parametrize(
    ("template", "files", "what"),
    [
        ("nox", {}, "noxfile.py has no session for it"),
        ("tox", {}, "no settings of tox found"),
        ("tox", {"tox.ini": b"[testenv]\ndeps = pytest\n"}, "has no command"),
        ("tox", {"tox.ini": b"[testenv]\ncommands = {env:X}\n"}, "that only tox can read"),
        ("docs", {}, "neither docs/conf.py of Sphinx nor mkdocs.yml was found"),
        (
            "build",
            {"pyproject.toml": b"build-system.requires = ['x @ file:///x']"},
            "names x @ file",
        ),
    ],
)
def test_a_template_without_what_it_needs_says_so(
    template: str, files: dict[str, bytes], what: str
) -> None:
    with pytest.raises(ConfigurationError, match=what):
        LIBRARY[template](GivenTree(files=files), "tests")


def test_mkdocs_is_known_as_well() -> None:
    filled = LIBRARY["docs"](
        GivenTree(files={"mkdocs.yml": b"", "docs/requirements.txt": b""}), "d"
    )

    assert filled.table.run == 'python -m mkdocs build --strict --site-dir "${TMPDIR:-/tmp}/html"'
    assert filled.table.install == ["-r docs/requirements.txt", "mkdocs"]


def test_what_is_not_there_yet_is_not_in_the_library() -> None:
    assert not NOT_YET & set(LIBRARY)


# ---- The program of the template `unittest`, run for real ---------------------------------------

TESTS = """
import unittest

class App(unittest.TestCase):
    def test_good(self): pass
    def test_bad(self): self.assertEqual("<&\\x1b", "b")
    def test_error(self): raise OSError("no")
    @unittest.skip("later")
    def test_skipped(self): pass
    @unittest.expectedFailure
    def test_expected(self): self.fail()
    @unittest.expectedFailure
    def test_unexpected(self): pass
    def test_parts(self):
        for part in (1, 2):
            with self.subTest(part=part):
                self.assertEqual(part, 1)
"""


def run_unittest(folder: Path) -> tuple[int, dict[str, str]]:
    """Run the template's command in the folder, and read its report: outcome by test."""
    filled = LIBRARY["unittest"](FolderTree(folder=folder), "tests")
    report = folder / "junit.xml"
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        ["/bin/sh", "-c", f"set -e\n{filled.table.run}"],
        cwd=folder,
        env={"PATH": path, "FORETASTE_JUNIT": str(report)},
        check=False,
        capture_output=True,
        timeout=60,
    )
    cases = ET.parse(report).getroot().iter("testcase")  # noqa: S314 -- our own report
    return done.returncode, {
        case.attrib["name"]: next((each.tag for each in case), "passed") for case in cases
    }


@pytest.mark.parametrize("package", [True, False])
def test_unittest_leaves_a_report_of_every_outcome(tmp_path: Path, *, package: bool) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_app.py").write_text(TESTS)
    if package:
        (tmp_path / "tests" / "__init__.py").touch()

    status, outcomes = run_unittest(tmp_path)

    assert status == 1
    assert outcomes == {
        "test_good": "passed",
        "test_bad": "failure",
        "test_error": "error",
        "test_skipped": "skipped",
        "test_expected": "passed",
        "test_unexpected": "failure",
        "test_parts": "failure",
    }


def test_unittest_passes_where_all_tests_pass(tmp_path: Path) -> None:
    (tmp_path / "test_app.py").write_text(
        "import unittest\nclass App(unittest.TestCase):\n    def test_good(self): pass\n"
    )

    assert run_unittest(tmp_path) == (0, {"test_good": "passed"})


def test_unittest_without_a_test_is_no_pass(tmp_path: Path) -> None:
    (tmp_path / "test_app.py").write_text("def test(): pass\n")

    assert run_unittest(tmp_path) == (1, {})


def test_a_module_that_cannot_be_imported_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "test_app.py").write_text("import no_such_module_at_all\n")

    status, outcomes = run_unittest(tmp_path)

    assert status == 1
    assert list(outcomes.values()) == ["error"]


def test_a_class_that_cannot_be_set_up_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "test_app.py").write_text(
        "import unittest\nclass App(unittest.TestCase):\n"
        "    @classmethod\n    def setUpClass(cls): raise OSError\n    def test_x(self): pass\n"
    )

    status, outcomes = run_unittest(tmp_path)

    assert status == 1
    assert "error" in outcomes.values()
