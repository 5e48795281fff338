"""Interpreters are found wherever they may be, asked once, and named where one is missing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from foretaste.adapters.uv.interpreters import Interpreters
from foretaste.ports.errors import UserError

OURS = f"{sys.version_info.major}.{sys.version_info.minor}"
# Answers as an interpreter that there is none of here would.
FAKE = """#!/bin/sh
[ "$1" = "-I" ] && exit 2
echo '{"version": "3.5.9", "prefix": "/somewhere", "tag": "cpython-35", "platform": "linux",
       "markers": {"python_version": "3.5"}}'
"""


@pytest.fixture(name="home")
def home_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a home without interpreters, and an empty PATH."""
    for name in ("XDG_DATA_HOME", "UV_PYTHON_INSTALL_DIR", "PYENV_ROOT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PATH", "")
    return tmp_path


def put(folder: Path, name: str, text: str = FAKE) -> Path:
    """Write a program."""
    folder.mkdir(parents=True)
    program = folder / name
    program.write_text(text, encoding="utf-8")
    program.chmod(0o755)
    return program


def test_ours_is_found_and_says_what_markers_ask() -> None:
    found = Interpreters().find("")

    assert found.minor == OURS
    assert found.markers["python_version"] == OURS
    assert found.markers["sys_platform"] == sys.platform
    assert found.markers["implementation_name"] == sys.implementation.name
    assert found.is_served
    assert found.for_uv == ("--python", str(found.path))


@pytest.mark.parametrize(
    "where",
    [
        ".local/share/uv/python/cpython-3.5.9-linux-x86_64-gnu/bin",
        ".pyenv/versions/3.5.9/bin",
        "anywhere/bin",
    ],
)
def test_one_is_found_where_it_is_kept(
    home: Path, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = put(home / where, "python3.5")
    monkeypatch.setenv("PATH", f":relative:{home}/anywhere/bin")

    found = Interpreters().find("3.5")

    assert (found.path, found.version) == (program, "3.5.9")
    assert not found.is_served
    assert found.for_uv[-2:] == ("--python-version", "3.5.9")


def test_one_of_the_folder_that_we_are_in_is_not_taken(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(home / "here", "python3.5")
    monkeypatch.chdir(home / "here")
    monkeypatch.setenv("PATH", f".:{os.curdir}:")

    with pytest.raises(UserError, match=r"FT625: no Python 3\.5 here"):
        Interpreters().find("3.5")


def test_what_is_missing_is_named_with_what_is_there(home: Path) -> None:
    put(home / ".pyenv" / "versions" / "3.5.9" / "bin", "python3.5")

    with pytest.raises(UserError) as old:
        Interpreters().find("2.6")
    with pytest.raises(UserError) as new:
        Interpreters().find("3.99")

    assert old.value.hint.startswith("found: 3.5, ")
    assert OURS in old.value.hint
    assert old.value.hint.endswith("one as old as that comes from pyenv or from your system")
    assert new.value.hint.endswith("uv python install 3.99")


@pytest.mark.parametrize("said", ["#!/bin/sh\nexit 1\n", "#!/bin/sh\necho no\n", "not a program"])
def test_what_does_not_answer_is_none(home: Path, said: str) -> None:
    put(home / ".pyenv" / "versions" / "3.5.9" / "bin", "python3.5", said)

    with pytest.raises(UserError, match="FT625"):
        Interpreters().find("3.5")


def test_nonsense_is_no_version() -> None:
    with pytest.raises(UserError, match=r"FT625: 'py3' is no Python version"):
        Interpreters().find("py3")


@pytest.mark.parametrize("python", ["2.7", "3.6", "3.13"])
def test_others_say_their_own_markers(python: str) -> None:
    try:
        found = Interpreters().find(python)
    except UserError as error:
        pytest.skip(error.what)

    assert found.markers["python_version"] == python
    assert found.markers["implementation_name"] == ("" if python == "2.7" else "cpython")
    assert found.is_old is (python == "2.7")
