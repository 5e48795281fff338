"""A project's own indexes reach uv as the variables that stand for them."""

from __future__ import annotations

from pathlib import Path

import pytest

from foretaste.config.tree import GivenTree
from foretaste.config.uvindexes import index_variables

INDEXES = """
index-strategy = "unsafe-best-match"
find-links = ["./wheels", "https://w.example/"]

[[index]]
name = "mine"
url = "https://mine.example/simple"

[[index]]
url = "https://all.example/simple"
default = true

[[index]]
name = "torch"
url = "https://torch.example/simple"
explicit = true

[[index]]
name = "broken"
"""
OLD = """
[pip]
index-url = "https://all.example/simple"
extra-index-url = ["https://more.example/simple", 5]
"""


def variables(folder: Path, **files: str) -> dict[str, str]:
    tree = GivenTree(files={f"{path}.toml": text.encode() for path, text in files.items()})
    return index_variables(tree, folder)


def test_all_of_them_come_along(tmp_path: Path) -> None:
    assert variables(tmp_path, uv=INDEXES) == {
        "UV_DEFAULT_INDEX": "https://all.example/simple",
        "UV_INDEX": "mine=https://mine.example/simple",
        "UV_FIND_LINKS": f"{(tmp_path / 'wheels').as_uri()},https://w.example/",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
    }


def test_the_older_way_of_writing_them_holds_too(tmp_path: Path) -> None:
    assert variables(tmp_path, uv=OLD) == {
        "UV_DEFAULT_INDEX": "https://all.example/simple",
        "UV_INDEX": "https://more.example/simple",
    }


def test_a_file_of_uvs_own_takes_the_place_of_the_table(tmp_path: Path) -> None:
    table = '[tool.uv]\nindex-url = "https://table.example"\n'
    own = 'index-url = "https://own.example"\n'

    assert variables(tmp_path, pyproject=table) == {"UV_DEFAULT_INDEX": "https://table.example"}
    assert variables(tmp_path, pyproject=table, uv=own) == {
        "UV_DEFAULT_INDEX": "https://own.example"
    }


@pytest.mark.parametrize("text", ["", "index = 5", "index = [5]", "[pip]\nindex-url = 5", "["])
def test_what_names_none_adds_nothing(tmp_path: Path, text: str) -> None:
    assert variables(tmp_path, uv=text) == {}
