"""Where a project's own uv settings say that packages come from: `uv.toml`, or `[tool.uv]`.

uv is run elsewhere than in the project's folder, so these are handed to it as the variables that
stand for them; what a person has set in the environment goes before, as it does for uv. Only for
a project of one's own: a gate's indexes are the gate's to choose.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from foretaste.config.detect.metadata import read_toml, table
from foretaste.config.tree import Tree

Settings = Mapping[str, Any]


def index_variables(tree: Tree, folder: Path) -> dict[str, str]:
    """Return uv's variables for the indexes that a project names; places are below `folder`.

    An index that is `explicit` is for single packages, which a check does not tell apart.
    """
    own = read_toml(tree, "uv.toml")
    settings = own or table(read_toml(tree, "pyproject.toml"), "tool", "uv")
    named = list(_named(settings, folder))
    defaults = [index for index, is_default in named if is_default]
    defaults += _texts(settings, "index-url", folder)
    others = [index for index, is_default in named if not is_default]
    others += _texts(settings, "extra-index-url", folder)
    found = {
        "UV_DEFAULT_INDEX": "".join(defaults[:1]),
        "UV_INDEX": " ".join(others),
        "UV_FIND_LINKS": ",".join(_texts(settings, "find-links", folder)),
        "UV_INDEX_STRATEGY": "".join(_texts(settings, "index-strategy", None)),
    }
    return {name: value for name, value in found.items() if value}


def _named(settings: Settings, folder: Path) -> Iterator[tuple[str, bool]]:
    """Yield the tables `[[index]]`, as uv takes them in a variable, and which is the default."""
    listed = settings.get("index", ())
    for each in listed if isinstance(listed, list) else ():
        url = each.get("url") if isinstance(each, dict) else None
        if not isinstance(url, str) or each.get("explicit") is True:
            continue
        name = each.get("name")
        before = f"{name}=" if isinstance(name, str) else ""
        yield f"{before}{_placed(url, folder)}", each.get("default") is True


def _texts(settings: Settings, key: str, folder: Path | None) -> Sequence[str]:
    """Return the texts of a key, beside uv's settings or in those that it has for pip."""
    value = settings.get(key, table(settings, "pip").get(key))
    listed = [value] if isinstance(value, str) else value
    found = [each for each in listed if isinstance(each, str)] if isinstance(listed, list) else []
    return found if folder is None else [_placed(each, folder) for each in found]


def _placed(place: str, folder: Path) -> str:
    """Return an address; a path is one below the folder."""
    return place if "://" in place else (folder / place).resolve().as_uri()
