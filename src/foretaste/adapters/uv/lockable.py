"""Lockable: what uv is shown of a project to move its lock, of which nothing can be built or run.

Even told to build nothing, uv builds a project that is installed from its folder, on this side,
where its metadata say too little; what builds it, a release of an index, would run here (attack
C31). So a backend that there is not takes the place of the project's, and of the settings only
those are shown that say what is chosen. Where packages come from is the gate's to say.
"""

from __future__ import annotations

import posixpath
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from foretaste.ports.errors import UserError
from foretaste.service.watch.pylock import toml_value

HINT = "move it by hand (uv lock --upgrade-package NAME==VERSION), and propose that"
NO_BACKEND: Mapping[str, Any] = {"requires": [], "build-backend": "foretaste_builds_nothing"}
_PROJECT = ("name", "version", "requires-python", "dependencies", "optional-dependencies",
            "dynamic")  # fmt: skip
_REQUIREMENTS = ("constraint-dependencies", "override-dependencies", "dev-dependencies")
_SETTINGS = (*_REQUIREMENTS, "exclude-dependencies", "package", "workspace", "sources",
             "default-groups", "dependency-groups", "conflicts", "environments",
             "required-environments", "dependency-metadata", "prerelease", "resolution",
             "fork-strategy", "index-strategy", "exclude-newer", "exclude-newer-package",
             "no-binary", "no-binary-package", "required-version")  # fmt: skip
# Where a source may lie: in the project itself, or on an index.
_PLACES = frozenset({"git", "url"})

Table = Mapping[str, Any]


def lockable(name: str, raw: bytes) -> bytes:
    """Return a pyproject.toml or uv.toml as uv is shown it.

    Raises:
        UserError: it is not TOML, or takes a package from a place that is not asked here (FT945).
    """
    try:
        said = tomllib.loads(raw.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UserError("FT945", f"{name} is not TOML: {error}", where=name, hint=HINT) from None
    alone = posixpath.basename(name) == "uv.toml"
    kept = _only(said if alone else _table(_table(said, "tool"), "uv"), _SETTINGS)
    shown = kept if alone else _project(said, kept)
    elsewhere = next(_elsewhere(shown, kept, posixpath.dirname(name)), "")
    if elsewhere:
        what = f"{name} takes a package from {elsewhere[:100]}, which is not asked for a lock"
        raise UserError("FT945", what, where=name, hint=HINT)
    return "".join(f"{key} = {toml_value(value)}\n" for key, value in shown.items()).encode()


def _project(said: Table, settings: Table) -> dict[str, Any]:
    """Return a pyproject.toml: what uv takes for no package stays none, and has no backend, too."""
    package = {} if "build-system" in said else {"package": False}
    return {
        **({"project": _only(_table(said, "project"), _PROJECT)} if "project" in said else {}),
        **_only(said, ("dependency-groups",)),
        "build-system": NO_BACKEND,
        "tool": {"uv": {**package, **settings}},
    }


def _only(table: Table, wanted: tuple[str, ...]) -> dict[str, Any]:
    return {key: table[key] for key in wanted if key in table}


def _table(table: Table, key: str) -> Table:
    found = table.get(key, {})
    return found if isinstance(found, dict) else {}


def _elsewhere(shown: Table, settings: Table, folder: str) -> Iterator[str]:
    """Yield the places that packages come from, and that are no index's and not the project's."""
    members = _table(settings, "workspace").get("members", [])
    inside = [*_texts(members)]
    for source in _table(settings, "sources").values():
        for each in source if isinstance(source, list) else [source]:
            said = each if isinstance(each, dict) else {}
            yield from (str(said[key]) for key in _PLACES & said.keys())
            inside += [str(said["path"])] if "path" in said else []
    for path in inside:
        if posixpath.normpath(posixpath.join(folder, path)).startswith(("/", "..")):
            yield path
    asked = [_only(_table(shown, "project"), ("dependencies", "optional-dependencies")),
             _table(shown, "dependency-groups"), _only(settings, _REQUIREMENTS)]  # fmt: skip
    yield from filter(None, map(_place, _texts(asked)))


def _place(text: str) -> str | None:
    try:
        return Requirement(text).url
    except InvalidRequirement:
        return None


def _texts(value: object) -> Iterator[str]:
    """Yield all texts below a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _texts(each)
