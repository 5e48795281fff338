"""What a job's `install` may say, and what is said of what it may not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from foretaste.adapters.uv.requirements import (
    BuildSystem,
    Wanted,
    build_system,
    load_pyproject,
    reads_the_tree,
    wanted,
)
from foretaste.ports.errors import UserError

PYPROJECT = """
[dependency-groups]
tests = ["pytest>=7", {include-group = "Typing_Tools"}]
typing-tools = ["mypy"]
circle = [{include-group = "circle"}]
wrong = [1]
text = "pytest"
"""


def ask(*install: str, **files: str) -> Wanted:
    """Ask with files of a tree; `__` in a name stands for a slash, `_txt` for `.txt`."""
    return said(install, files)[0]


def said(install: tuple[str, ...], files: Mapping[str, str]) -> tuple[Wanted, list[str]]:
    """Ask, and return what was said as well."""
    named = {name.replace("__", "/").replace("_txt", ".txt"): text for name, text in files.items()}
    lines: list[str] = []

    def read(path: str) -> bytes | None:
        text = {"pyproject.toml": PYPROJECT, **named}.get(path)
        return None if text is None else text.encode()

    return wanted(install, read, lines.append), lines


def test_the_project_itself_with_extras() -> None:
    assert ask(".") == Wanted(own=True)
    assert ask(".[Test_Tools,b]") == Wanted(own=True, extras=frozenset({"test-tools", "b"}))


def test_requirements_are_written_one_way_and_once() -> None:
    assert ask("Flask >= 2 ; python_version>'3'", "pytest", "pytest").packages == (
        'Flask>=2; python_version > "3"',
        "pytest",
    )


def test_groups_include_groups() -> None:
    assert ask("group:tests").packages == ("pytest>=7", "mypy")


def test_requirements_files_name_one_another_and_hashes_are_uvs_to_make() -> None:
    found, lines = said(
        ("-r", "-r requirements/tests.txt")[1:],
        {
            "requirements/tests.txt": "# tools\npytest==8.0 \\\n    --hash=sha256:abc \\\n"
            "    --hash=sha256:def\n-c constraints.txt\n-r more.txt\n-e .[extra]\n"
            "--index-url https://elsewhere.invalid/simple\nmypy # the checker\n",
            "requirements/constraints.txt": "click<9\n",
            "requirements/more.txt": "-r tests.txt\nruff ; python_version > '3' --hash=sha256:1\n",
        },
    )

    assert found.packages == ("pytest==8.0", 'ruff; python_version > "3"', "mypy")
    assert found.constraints == ("click<9",)
    assert found.own
    assert found.extras == {"extra"}
    assert lines == [
        "requirements/tests.txt:8: --index-url is left out; indexes are the gate's to choose"
    ]


@pytest.mark.parametrize(
    ("entry", "why"),
    [
        ("not a requirement!", "is no requirement"),
        ("x @ https://elsewhere.invalid/x.whl", "names a place"),
        ("x @ git+https://elsewhere.invalid/x", "names a place"),
        ("x @ file:///etc/passwd", "names a place"),
        ("group:none", "no dependency group 'none'; there are: circle"),
        ("group:circle", "includes itself"),
        ("group:wrong", "neither a requirement nor a group"),
        ("group:text", "must be a list"),
        ("-r none.txt", "no file none.txt"),
        ("-r ../outside.txt", "outside the tree"),
        ("-r /etc/passwd", "outside the tree"),
        ("./elsewhere", "is not the project under test"),
        (".[not an extra!]", "is not the project under test"),
    ],
)
def test_what_cannot_be_used_is_named(entry: str, why: str) -> None:
    with pytest.raises(UserError, match="FT622") as caught:
        ask(entry)

    assert why in caught.value.what


def test_a_file_may_name_the_project_and_end_in_the_middle_of_a_line() -> None:
    assert ask("-r a.txt", a_txt=".[extra]\npytest \\") == Wanted(
        packages=("pytest",), own=True, extras=frozenset({"extra"})
    )


def test_a_tree_without_a_pyproject_says_nothing() -> None:
    assert load_pyproject(lambda _: None) == {}


def test_where_it_stands_is_said() -> None:
    with pytest.raises(UserError) as caught:
        ask("-r a.txt", a_txt="pytest\n\nno good!\n")

    assert caught.value.where == "a.txt:3"


@pytest.mark.parametrize(
    ("install", "expected"),
    [(("pytest",), False), ((".",), True), (("group:a",), True), (("-r a",), True), ((), False)],
)
def test_what_depends_on_the_tree(install: tuple[str, ...], expected: bool) -> None:  # noqa: FBT001
    assert reads_the_tree(install) is expected


def test_without_a_build_system_setuptools_builds_the_old_way() -> None:
    assert build_system({}) == BuildSystem()
    assert BuildSystem().backend == "setuptools.build_meta:__legacy__"


def test_a_build_system_is_read() -> None:
    table = {"requires": ["flit_core >=3"], "build-backend": "b", "backend-path": ["."]}

    assert build_system({"build-system": table}) == BuildSystem(
        requires=("flit_core>=3",), backend="b", path=(".",)
    )


@pytest.mark.parametrize(
    "table",
    [
        "text",
        {"requires": "text"},
        {"requires": [1]},
        {"requires": ["x @ file:///x"]},
        {"requires": [], "build-backend": 1},
        {"requires": [], "backend-path": [1]},
    ],
)
def test_a_build_system_of_another_shape_is_refused(table: object) -> None:
    with pytest.raises(UserError, match="FT622"):
        build_system({"build-system": table})


@pytest.mark.parametrize("data", [b"[", b"\xff"])
def test_a_pyproject_that_is_none_is_refused(data: bytes) -> None:
    with pytest.raises(UserError, match="not TOML"):
        load_pyproject(lambda _: data)
