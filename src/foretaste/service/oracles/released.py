"""Released tests: those that a release brought in its sdist, made ready to run on another one.

The release's own code is left out of the tree, so that what is installed is what is tested. Where
tests stand within the package itself, the package is filled up from the installed release when the
job starts (`adapters/executors/inside/foretaste_fill`).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from packaging.metadata import parse_email
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from foretaste.config.detect.dependencies import TEST_NAMES, extras_of, needed_for
from foretaste.config.detect.metadata import Metadata, read_metadata, table, texts
from foretaste.config.detect.testfiles import test_files
from foretaste.config.tree import Tree

FILL = 'python "$FORETASTE_INSIDE/foretaste_fill.py"'
RUNNER = "python -m pytest -q -p no:cacheprovider -o addopts="
_PYTEST = "pytest"
# Folders of an sdist below which its packages may begin.
_ROOTS = ("", "src/", "lib/", "python/")
_TESTS = frozenset({"test", "tests"})
_LEFT_OUT = re.compile(r"(?:^|/)(?:[^/]+\.egg-info|build|dist|\.git)/")
_SUPPORT = frozenset({"conftest.py"})
# Ways to tests that are named to the runner; a suite with more is run as a whole.
_MOST_NAMED = 40
_DEEPEST = 5
# What projects list beside what their tests need, to check or write about their code.
_NOT_FOR_TESTS = re.compile(
    r"(?:flake8|pep8|pycodestyle|pyflakes|pylint|black|isort|ruff|mypy|types-.*|hacking|bandit|.*sphinx"
    r".*|reno|coverage|codecov|coveralls|pytest-cov|pre-commit|tox|nox|twine|wheel|build|bump.*)"
)
# What tests have long been written with, and what too few projects list where it can be read.
_WRITTEN_WITH = (
    "mock", "nose", "testtools", "testscenarios", "fixtures", "hypothesis", "freezegun", "pretend",
    "six", "parameterized", "ddt", "unittest2", "pytz", "simplejson", "gevent", "eventlet",
    "numpy", "requests",
)  # fmt: skip
_INCLUDED = re.compile(r"(?:-r|--requirement)[ =]?\s*(\S+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedTests:
    """The tests of one release.

    `paths` are the files of the sdist that are taken. `tests` are the folders and files that the
    runner is given, `packages` the folders of the release's own code in which some of them stand.
    `requirements` is what they need beside the release, as far as it says so (`found`).
    """

    paths: tuple[str, ...]
    tests: tuple[str, ...]
    packages: tuple[str, ...]
    requirements: tuple[str, ...]
    found: str

    @property
    def run(self) -> str:
        """The command that runs them."""
        named = self.tests if len(self.tests) <= _MOST_NAMED else (".",)
        steps = [f"{RUNNER} {shlex.join(named)}"]
        if self.packages:
            roots = sorted({str(PurePosixPath(each).parent) for each in self.packages} - {"."})
            way = ":".join([f"$PWD/{root}" for root in roots] + ["$PYTHONPATH"])
            steps.insert(0, f"{FILL} {shlex.join(self.packages)}")
            steps[1] = f'PYTHONPATH="{way}" {steps[1]}' if roots else steps[1]
        return " && ".join(steps)


def released_tests(tree: Tree, name: str, owns: Sequence[str]) -> ReleasedTests | None:
    """Return the tests in an sdist, None where it has none.

    `name` is the release's, `owns` what it brings to import (`ports.releases.Release.owns`).
    """
    code = _Code(owns)
    found = [path for path in test_files(tree) if not _LEFT_OUT.search(path)]
    tests = [path for path in found if code.holds(path) == "" or _is_test(path)]
    if not tests:
        return None
    paths = [
        path
        for path in tree.paths()
        if not _LEFT_OUT.search(path) and (code.holds(path) == "" or _is_test(path))
    ]
    requirements, where = _needed(tree, name)
    return ReleasedTests(
        paths=tuple(sorted(paths)),
        tests=tuple(sorted({_named(path) for path in tests})),
        packages=tuple(sorted({code.holds(path) for path in tests} - {""})),
        requirements=requirements,
        found=where,
    )


@dataclass(frozen=True, slots=True)
class _Code:
    """What of an sdist is the release's own code."""

    owns: Sequence[str]

    def holds(self, path: str) -> str:
        """Return the folder or module of its own that a path lies in, "" for none."""
        for root in _ROOTS:
            for own in self.owns:
                whole = f"{root}{own}"
                # What is built by the release is named by its platform: "x.cpython-311-….so".
                if path == whole or path.startswith(f"{whole}/"):
                    return whole
        return ""


def _is_test(path: str) -> bool:
    """Whether a file within a package belongs to tests and is not what users import."""
    *folders, file = path.split("/")
    if _TESTS & set(folders) or file in _SUPPORT:
        return True
    return file.startswith("test_") or file.endswith(("_test.py", "_tests.py"))


def _named(path: str) -> str:
    """Return how the runner is given a test: by the first folder for tests on the way, or itself."""
    folders = path.split("/")[:-1]
    for place, name in enumerate(folders):
        if name in _TESTS:
            return "/".join(folders[: place + 1])
    return path


def _needed(tree: Tree, name: str) -> tuple[tuple[str, ...], str]:
    """Return the requirements of the tests, pytest among them, and where they were found."""
    metadata = read_metadata(tree)
    needed = needed_for(TEST_NAMES, metadata, tree)
    lines = [line for each in needed.install for line in _lines(each, metadata, tree)]
    lines = lines or [*_of_extras(tree), *_imported(tree)]
    found = {str(each): each for each in _sound(lines) if _other(each, name)}
    if not any(canonicalize_name(each.name) == _PYTEST for each in found.values()):
        found[_PYTEST] = Requirement(_PYTEST)
    return tuple(sorted(found)), needed.found


def _other(requirement: Requirement, name: str) -> bool:
    other = canonicalize_name(requirement.name)
    return requirement.url is None and other != name and not _NOT_FOR_TESTS.fullmatch(other)


def _sound(lines: Sequence[str]) -> Iterator[Requirement]:
    for line in lines:
        try:
            yield Requirement(line)
        except InvalidRequirement:
            continue


def _lines(install: str, metadata: Metadata, tree: Tree) -> Sequence[str]:
    """Return the requirements behind a way to say what is installed (`config.detect`)."""
    if install.startswith("group:"):
        return _group(
            install.removeprefix("group:"), table(metadata.pyproject, "dependency-groups")
        )
    if install.startswith("-r "):
        return _file(install.removeprefix("-r "), tree, 0)
    if install.startswith(".["):
        extras = install[2:-1].split(",")
        return [line for extra in extras for line in extras_of(metadata).get(extra.strip(), ())]
    return () if install == "." else (install,)


def _group(name: str, groups: Mapping[str, Any], depth: int = 0) -> Sequence[str]:
    listed = groups.get(name)
    if not isinstance(listed, list) or depth > _DEEPEST:
        return ()
    found = list(texts(listed))
    for each in listed:
        included = each.get("include-group") if isinstance(each, Mapping) else None
        if isinstance(included, str):
            found += _group(included, groups, depth + 1)
    return found


def _file(path: str, tree: Tree, depth: int) -> Sequence[str]:
    raw = tree.read(path)
    if raw is None or depth > _DEEPEST:
        return ()
    found: list[str] = []
    for line in raw.decode("utf-8", errors="replace").splitlines():
        text = re.sub(r"(?:^|\s)#.*|\s--hash=\S+|\s*\\$", "", line).strip()
        included = _INCLUDED.fullmatch(text)
        if included:
            beside = PurePosixPath(path).parent / included[1]
            found += _file(str(beside), tree, depth + 1)
        elif text and not text.startswith("-"):
            found.append(text)
    return found


def _of_extras(tree: Tree) -> Iterator[str]:
    """Yield what the sdist's metadata lists under an extra that is named for tests."""
    said, _ = parse_email(tree.read("PKG-INFO") or b"")
    for line in said.get("requires_dist", []):
        requirement, marked, marker = line.partition(";")
        extra = re.search(r"""extra\s*==\s*['"]([^'"]+)['"]""", marker)
        if marked and extra and extra[1] in TEST_NAMES:
            yield requirement.strip()


def _imported(tree: Tree) -> Iterator[str]:
    """Yield the well-known packages that the tests import; no other name is guessed."""
    names = "|".join(_WRITTEN_WITH)
    imports = re.compile(rf"^\s*(?:import|from)\s+({names})\b".encode(), re.MULTILINE)
    for path in test_files(tree):
        yield from {found.decode() for found in imports.findall(tree.read(path) or b"")}
