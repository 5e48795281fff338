"""A base is one release a line; whatever leaves a choice is told by file and line."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foretaste.config.reqfiles import read_requirements
from foretaste.config.tree import GivenTree
from foretaste.config.versions import Asked, Base
from foretaste.ports.errors import UserError

MARKERS = {"python_version": "3.11", "python_full_version": "3.11.7", "sys_platform": "linux"}
SUM, OTHER = "sha256:" + "a" * 64, "sha256:" + "b" * 64


def read(text: str, files: Mapping[str, str] | None = None) -> Base:
    tree = GivenTree(files={path: each.encode() for path, each in (files or {}).items()})
    return read_requirements("reqs/base.txt", text.encode(), tree, Asked(markers=MARKERS))


def test_all_that_pip_takes_for_a_pin_is_one() -> None:
    base = read(
        "\ufeff# a remark\n"
        "\n"
        "Flask[async] == 2.0.1 ; python_version >= '3.8'   # why not\n"
        f"six==1.16.0 \\\n    --hash={SUM} \\\n    --hash {OTHER}\n    # via flask\n"
        "legacy===1.0.0\n"
        "windows==1.0 ; sys_platform == 'win32'\n"
    )

    assert base.versions == {"flask": "2.0.1", "six": "1.16.0", "legacy": "1.0.0"}
    assert base.hashes == {"six": (SUM, OTHER)}


def test_what_only_says_how_to_install_is_left_out() -> None:
    base = read(
        "--index-url https://index.example/simple\n-i https://index.example\n--no-binary :all:\n"
        "-c constraints.txt\n.\n-e .\n-e .[test]\n--editable=./\nsix==1.0\n"
    )

    assert base.versions == {"six": "1.0"}


def test_files_that_are_included_are_beside_the_one_that_names_them() -> None:
    base = read(
        "-r more/inner.txt\n--requirement=more/inner.txt\nsix==1.0\n",
        {"reqs/more/inner.txt": "-r ../outer.txt\nflask==2.0\n", "reqs/outer.txt": "app==3\n"},
    )

    assert base.versions == {"app": "3", "flask": "2.0", "six": "1.0"}


def test_files_that_include_one_another_are_read_once() -> None:
    base = read("-r base.txt\n-r a.txt\nsix==1.0\n", {"reqs/a.txt": "-r base.txt\n"})

    assert base.versions == {"six": "1.0"}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("flask>=2", "'flask>=2' names no single release"),
        ("flask", "names no single release"),
        ("flask==2.*", "names no single release"),
        ("flask==2.0,!=2.1", "names no single release"),
        ("flask @ https://elsewhere/flask.whl", "names a place"),
        ("git+https://elsewhere/flask", "is no requirement"),
        ("-e git+https://elsewhere/flask#egg=flask", "is no requirement"),
        ("-e ../neighbour", "is no requirement"),
        ("six==1.0", "six is pinned twice: 1.16.0 and 1.0"),
        ("flask===no-version!", "is no version of flask"),
        ("flask==1; python_version ~~ '3'", "is no requirement"),
        ("-r ../../outside.txt", "no file ../outside.txt in the project"),
        ("-r gone.txt", "no file reqs/gone.txt in the project"),
    ],
)
def test_what_pins_nothing_is_told_with_its_line(line: str, why: str) -> None:
    with pytest.raises(UserError, match="FT645") as caught:
        read(f"# first\nsix==1.16.0\n{line}\n")

    assert caught.value.where == "reqs/base.txt:3"
    assert why in caught.value.what


def test_the_same_release_twice_is_once() -> None:
    base = read(f"six==1.0 --hash={SUM}\nSIX==1.0.0 --hash={OTHER}\n")

    assert base.hashes == {"six": (SUM, OTHER)}


def test_a_line_that_never_ends_ends_with_the_file() -> None:
    assert read("six==1.0 \\").versions == {"six": "1.0"}


@settings(deadline=None)
@given(st.text(max_size=80))
def test_no_text_does_more_than_be_refused(text: str) -> None:
    with contextlib.suppress(UserError):
        assert all(read(text).versions.values())
