"""The tests of a release are found in its sdist, with what they need, and without its code."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from foretaste.config.tree import GivenTree
from foretaste.service.oracles.released import FILL, ReleasedTests, released_tests

RUN = "python -m pytest -q -p no:cacheprovider -o addopts="
TEST = "import unittest\n"


def found(files: Mapping[str, str], name: str = "app", *owns: str) -> ReleasedTests:
    """The tests in an sdist with these files."""
    tree = GivenTree(files={path: text.encode() for path, text in files.items()})
    tests = released_tests(tree, name, owns or ("app",))
    assert tests is not None
    return tests


def test_tests_beside_the_package_run_without_its_code() -> None:
    tests = found(
        {
            "app/__init__.py": "",
            "app/data/x.txt": "",
            "app.egg-info/PKG-INFO": "",
            "build/lib/app/__init__.py": "",
            "tests/test_app.py": TEST,
            "tests/data/y.txt": "",
            "conftest.py": "",
            "setup.cfg": "",
        }
    )

    assert tests.paths == ("conftest.py", "setup.cfg", "tests/data/y.txt", "tests/test_app.py")
    assert tests.tests == ("tests",)
    assert tests.packages == ()
    assert tests.run == f"{RUN} tests"


def test_tests_within_the_package_have_it_filled_up_from_what_is_installed() -> None:
    tests = found(
        {
            "app/__init__.py": "",
            "app/core.py": "",
            "app/testing/__init__.py": "",
            "app/tests/__init__.py": "",
            "app/tests/test_core.py": TEST,
            "app/tests/util.py": "",
            "app/conftest.py": "",
        }
    )

    assert tests.paths == (
        "app/conftest.py",
        "app/tests/__init__.py",
        "app/tests/test_core.py",
        "app/tests/util.py",
    )
    assert tests.packages == ("app",)
    assert tests.run == f"{FILL} app && {RUN} app/tests"


def test_a_package_below_a_folder_is_found_from_there() -> None:
    tests = found({"src/app/x.py": "", "src/app/tests/test_x.py": TEST})

    assert tests.packages == ("src/app",)
    assert tests.run == (f'{FILL} src/app && PYTHONPATH="$PWD/src:$PYTHONPATH" {RUN} src/app/tests')


def test_a_module_and_its_test_side_by_side() -> None:
    tests = found({"six.py": "", "test_six.py": TEST}, "six", "six.py")

    assert tests.paths == ("test_six.py",)
    assert tests.run == f"{RUN} test_six.py"


def test_a_part_of_a_shared_namespace_is_left_out_alone() -> None:
    files = {"ns/one/a.py": "", "ns/two/b.py": "", "ns/two/test_b.py": TEST}

    tests = found(files, "one", "ns/one")

    assert tests.paths == ("ns/two/b.py", "ns/two/test_b.py")


@pytest.mark.parametrize(
    "files", [{}, {"app/__init__.py": ""}, {"app/__init__.py": "", "build/lib/test_x.py": TEST}]
)
def test_without_tests_there_is_nothing_to_run(files: dict[str, str]) -> None:
    tree = GivenTree(files={path: text.encode() for path, text in files.items()})

    assert released_tests(tree, "app", ("app",)) is None


def test_many_folders_of_tests_are_run_as_a_whole() -> None:
    tests = found({f"part{number}/tests/test_it.py": TEST for number in range(50)})

    assert len(tests.tests) == 50
    assert tests.run == f"{RUN} ."


GROUPS = """
[dependency-groups]
tests = ["hypothesis>=6", {include-group = "more"}, "ruff"]
more = ["trio; python_version > '3'", {include-group = "tests"}]
"""


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"pyproject.toml": GROUPS}, ("hypothesis>=6", "pytest", 'trio; python_version > "3"')),
        (
            {"pyproject.toml": '[project]\nname = "app"\noptional-dependencies.test = ["mock<5"]'},
            ("mock<5", "pytest"),
        ),
        (
            {
                "requirements/tests.txt": "-r base.txt\nPyTest==6.2 # here\n-e .\nflake8\n\n",
                "requirements/base.txt": "six --hash=sha256:00\napp>=1\n-i https://x\n",
            },
            ("PyTest==6.2", "six"),
        ),
        (
            {"setup.py": "from setuptools import setup\nsetup(tests_require=['nose', 'not ok'])"},
            ("nose", "pytest"),
        ),
        (
            {
                "PKG-INFO": "Metadata-Version: 2.1\nName: app\nVersion: 1\n"
                "Requires-Dist: toml ; extra == 'test'\nRequires-Dist: rich\n"
                'Requires-Dist: sphinx ; extra == "docs"\n'
            },
            ("pytest", "toml"),
        ),
        ({"tests/test_b.py": "from mock import patch\nimport evilname\n"}, ("mock", "pytest")),
        ({"requirements-test.txt": "evil @ https://x/y.zip\n"}, ("pytest",)),
        ({}, ("pytest",)),
    ],
)
def test_what_the_tests_need(files: dict[str, str], expected: tuple[str, ...]) -> None:
    assert found({"tests/test_app.py": TEST, **files}).requirements == expected


def test_files_that_include_each_other_end() -> None:
    files = {"requirements-test.txt": "-r requirements-test.txt\nmock\n"}

    assert found({"tests/test_app.py": TEST, **files}).requirements == ("mock", "pytest")
