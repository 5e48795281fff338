"""The library: the job templates that every gate has, filled from a project's own files.

A template gives what a job does not say itself. `FORETASTE_JUNIT` is where the executor wants a
report, `PYTEST_ADDOPTS` how pytest is told (`resolve.evidenced`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from foretaste.config import mistakes
from foretaste.config.detect.dependencies import TEST_NAMES as TEST_DEPENDENCIES
from foretaste.config.detect.dependencies import needed_for, with_tool
from foretaste.config.detect.filled import job_table
from foretaste.config.detect.metadata import Metadata, read_metadata, table, texts
from foretaste.config.detect.nox import nox_way
from foretaste.config.detect.testfiles import test_files, test_folder
from foretaste.config.detect.tox import tox_way
from foretaste.config.detect.way import Way, installable, unread
from foretaste.config.mistakes import ConfigurationError, Mistake
from foretaste.config.schema import JobTable
from foretaste.config.tree import Tree
from foretaste.config.unittests import run_unittest

SPHINX = ("docs/conf.py", "docs/source/conf.py", "doc/conf.py", "doc/source/conf.py")
SITE = '"${TMPDIR:-/tmp}/html"'
RUN_PYTEST = 'python -m pytest --junitxml="$FORETASTE_JUNIT" -p no:cacheprovider'


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled:
    """A template as it stands for one project, and what was found for it."""

    table: JobTable
    note: str = ""


Fill = Callable[[Tree, str], Filled]
"""Fills a template for the job of this name from a tree. Raises ConfigurationError."""


def test_dependencies(metadata: Metadata, tree: Tree, tool: str) -> tuple[tuple[str, ...], str]:
    """Return what tests need, `tool` among it, and where that was found."""
    needed = needed_for(TEST_DEPENDENCIES, metadata, tree)
    return with_tool(needed, tool) if tool else needed.install, needed.found


def _pytest(tree: Tree, job: str) -> Filled:
    del job
    install, found = test_dependencies(read_metadata(tree), tree, "pytest")
    return Filled(
        table=job_table(run=RUN_PYTEST, install=list(install), evidence="junit"), note=found
    )


def _unittest(tree: Tree, job: str) -> Filled:
    del job
    install, found = test_dependencies(read_metadata(tree), tree, "")
    filled = job_table(
        run=run_unittest(test_folder(test_files(tree))), install=list(install), evidence="junit"
    )
    return Filled(table=filled, note=found)


def _nox(tree: Tree, job: str) -> Filled:
    return _translated(nox_way(tree, job), "nox", "noxfile.py has no session for it")


def _tox(tree: Tree, job: str) -> Filled:
    return _translated(tox_way(tree, read_metadata(tree), job), "tox", "no settings of tox found")


def _translated(way: Way | None, tool: str, missing: str) -> Filled:
    if way is None or not way.whole:
        raise ConfigurationError(
            [
                Mistake(
                    code=mistakes.NOTHING_FOUND,
                    what=f"template {tool}: {missing if way is None else unread(way)}",
                    hint="write `run` and `install` for the job",
                )
            ]
        )
    note = way.found + (f"; left out: {', '.join(way.left_out)}" if way.left_out else "")
    evidence = "junit" if way.with_pytest else ""
    return Filled(
        table=job_table(run=way.run, install=list(way.install), evidence=evidence), note=note
    )


def _ruff(tree: Tree, job: str) -> Filled:
    del job
    run = "python -m ruff check --no-cache ."
    if "format" in read_metadata(tree).tool("ruff"):
        run += "\npython -m ruff format --no-cache --check ."
    return Filled(table=job_table(run=run, install=["ruff"], timeout="5m"))


def _mypy(tree: Tree, job: str) -> Filled:
    del job
    metadata = read_metadata(tree)
    told = {"files", "packages", "modules"} & set(metadata.tool("mypy"))
    needed = needed_for(("typing", "types", "mypy", *TEST_DEPENDENCIES), metadata, tree)
    run = "python -m mypy --cache-dir=/dev/null" + ("" if told else f" {_sources(tree)}")
    return Filled(
        table=job_table(run=run, install=list(with_tool(needed, "mypy"))), note=needed.found
    )


def _bandit(tree: Tree, job: str) -> Filled:
    del job
    told = " -c pyproject.toml" if "bandit" in read_metadata(tree).tool() else ""
    run = f"python -m bandit -q{told} -r {_sources(tree)}"
    return Filled(table=job_table(run=run, install=["bandit[toml]"], timeout="5m"))


def _build(tree: Tree, job: str) -> Filled:
    del job
    metadata = read_metadata(tree)
    requires = texts(table(metadata.pyproject, "build-system").get("requires"))
    install, refused = installable(requires or ("setuptools", "wheel"))
    if refused:
        what = f"template build: build-system.requires names {', '.join(refused)}"
        raise ConfigurationError([Mistake(code=mistakes.NOT_ALLOWED, what=what)])
    run = "python -m build --no-isolation --outdir dist"
    return Filled(table=job_table(run=run, install=["build", *install], artefacts=["dist/*"]))


def _docs(tree: Tree, job: str) -> Filled:
    del job
    metadata, paths = read_metadata(tree), set(tree.paths())
    conf = next((each for each in SPHINX if each in paths), "")
    if conf:
        folder = conf.removesuffix("/conf.py")
        run, tool = f"python -m sphinx -W --keep-going -b html {folder} {SITE}", "sphinx"
    elif {"mkdocs.yml", "mkdocs.yaml"} & paths:
        run, tool = f"python -m mkdocs build --strict --site-dir {SITE}", "mkdocs"
    else:
        what = "template docs: neither docs/conf.py of Sphinx nor mkdocs.yml was found"
        raise ConfigurationError([Mistake(code=mistakes.NOTHING_FOUND, what=what)])
    needed = needed_for(("docs", "doc", "documentation"), metadata, tree)
    table = job_table(run=run, install=list(with_tool(needed, tool)))
    return Filled(table=table, note=needed.found)


def _sources(tree: Tree) -> str:
    """Return the folders that hold the project's code, as words of a command."""
    paths = tree.paths()
    if any(path.startswith("src/") and path.endswith(".py") for path in paths):
        return "src"
    packages = {
        path.partition("/")[0]
        for path in paths
        if path.count("/") == 1 and path.endswith("/__init__.py")
    }
    return " ".join(sorted(packages - {"test", "tests", "docs", "examples"})) or "."


LIBRARY: Mapping[str, Fill] = {
    "pytest": _pytest,
    "unittest": _unittest,
    "nox": _nox,
    "tox": _tox,
    "ruff": _ruff,
    "mypy": _mypy,
    "bandit": _bandit,
    "build": _build,
    "docs": _docs,
}
# Named in the design, and not accepted before they do what they say.
NOT_YET = frozenset({"http", "notes", "semver"})
