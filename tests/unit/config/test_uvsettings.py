"""What uv's own settings say of builds is read, where uv itself would read it."""

from __future__ import annotations

import pytest

from foretaste.config.tree import GivenTree
from foretaste.config.uvsettings import extra_build
from foretaste.ports.errors import UserError

UV = '[extra-build-dependencies]\nApp_One = ["setuptools-scm<8", "wheel"]\n'
PYPROJECT = "[tool.uv.extra-build-dependencies]\n" + UV.partition("\n")[2]


def said(**files: str) -> dict[str, tuple[str, ...]]:
    """What these files say; `uv` is uv.toml, `pyproject` pyproject.toml."""
    return extra_build(
        GivenTree(files={f"{name}.toml": text.encode() for name, text in files.items()})
    )


@pytest.mark.parametrize("files", [{"uv": UV}, {"pyproject": PYPROJECT}])
def test_both_places_say_it_by_normalised_name(files: dict[str, str]) -> None:
    assert said(**files) == {"app-one": ("setuptools-scm<8", "wheel")}


def test_uvs_own_file_takes_the_place_of_the_table() -> None:
    assert said(uv="", pyproject=PYPROJECT) == {}


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"pyproject": "[project]\nname = 'app'\n"},
        {"pyproject": "tool = 1\n"},
        {"pyproject": "[tool]\nuv = 1\n"},
    ],
)
def test_who_says_nothing_needs_nothing(files: dict[str, str]) -> None:
    assert said(**files) == {}


def test_a_requirement_may_be_a_table() -> None:
    table = "[extra-build-dependencies]\na = [{requirement = 'numpy', match-runtime = true}]\n"

    assert said(uv=table) == {"a": ("numpy",)}


@pytest.mark.parametrize(
    ("files", "code", "where", "what"),
    [
        ({"uv": "[extra"}, "FT201", "uv.toml", "not TOML"),
        ({"pyproject": "[tool"}, "FT201", "pyproject.toml", "not TOML"),
        ({"uv": "extra-build-dependencies = []"}, "FT202", "uv.toml", "must be a table of lists"),
        ({"uv": "extra-build-dependencies.a = 'b'"}, "FT202", "uv.toml", "must be a list"),
        ({"uv": "extra-build-dependencies.a = ['b >< 1']"}, "FT202", "uv.toml", "'b >< 1'"),
        ({"uv": "extra-build-dependencies.a = [{a = 1}]"}, "FT202", "uv.toml", "no requirement"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(
    files: dict[str, str], code: str, where: str, what: str
) -> None:
    with pytest.raises(UserError, match=what) as refused:
        said(**files)

    assert (refused.value.code, refused.value.where) == (code, where)


def test_what_is_no_text_is_told_too() -> None:
    with pytest.raises(UserError, match="not TOML"):
        extra_build(GivenTree(files={"uv.toml": b"\xff"}))
