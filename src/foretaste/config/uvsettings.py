"""uv's own settings that a project keeps: `uv.toml`, or `[tool.uv]` in pyproject.toml.

Only what changes how releases are built is read here (`extra-build-dependencies`); where packages
come from is `uvindexes`. As for uv, a `uv.toml` takes the place of the table.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from foretaste.config.tree import Tree
from foretaste.ports.errors import UserError

OWN = "uv.toml"
PYPROJECT = "pyproject.toml"
KEY = "extra-build-dependencies"


def extra_build(tree: Tree) -> dict[str, tuple[str, ...]]:
    """Return what single releases need to be built beyond what they say, by normalised name.

    Raises:
        UserError: a file is not TOML, or the table has another shape.
    """
    where, table = _table(tree)
    said = table.get(KEY, {})
    if not isinstance(said, dict):
        raise _wrong(where, KEY, "must be a table of lists")
    return {str(canonicalize_name(name)): tuple(_texts(where, name, said[name])) for name in said}


def _table(tree: Tree) -> tuple[str, Mapping[str, object]]:
    """Return the file that counts, and what it says."""
    if tree.read(OWN) is not None:
        return OWN, _read(tree, OWN)
    if tree.read(PYPROJECT) is None:
        return PYPROJECT, {}
    tools = _read(tree, PYPROJECT).get("tool", {})
    uv = tools.get("uv", {}) if isinstance(tools, dict) else {}
    return PYPROJECT, uv if isinstance(uv, dict) else {}


def _read(tree: Tree, path: str) -> Mapping[str, object]:
    try:
        return tomllib.loads((tree.read(path) or b"").decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError("FT201", f"not TOML: {error}", where=path) from None


def _texts(where: str, name: str, said: object) -> Iterator[str]:
    if not isinstance(said, list):
        raise _wrong(where, f"{KEY}.{name}", "must be a list of requirements")
    for each in said:
        # uv takes a table as well: {requirement = "numpy", match-runtime = true}.
        text = each.get("requirement") if isinstance(each, dict) else each
        if not isinstance(text, str):
            raise _wrong(where, f"{KEY}.{name}", f"{each!r} is no requirement")
        try:
            yield str(Requirement(text))
        except InvalidRequirement as error:
            raise _wrong(where, f"{KEY}.{name}", f"{text!r} is no requirement: {error}") from None


def _wrong(where: str, key: str, what: str) -> UserError:
    return UserError("FT202", f"{key} {what}", where=where, hint='like ["setuptools-scm<8"]')
