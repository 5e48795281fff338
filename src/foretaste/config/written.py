"""Written: settings as TOML text, for `foretaste init` to show and then to write."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from foretaste.config.detect.find import find
from foretaste.config.load import IN_PYPROJECT
from foretaste.config.mistakes import BARE
from foretaste.config.tree import Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Settings that a project could have, as text for its pyproject.toml, and why these."""

    text: str
    note: str


def propose(tree: Tree) -> Proposal:
    """Return the settings that say what would be found out anyway.

    Raises:
        ConfigurationError: nothing was found.
    """
    found = find(tree)
    table = found.table.model_dump(by_alias=True, exclude_none=True)
    comment = "".join(each if each.isprintable() else "?" for each in found.note)
    return Proposal(text=f"# {comment}\n{toml(table, IN_PYPROJECT)}", note=comment)


def toml(table: Mapping[str, Any], root: Sequence[str]) -> str:
    """Write a table below `root` as TOML: what it holds itself first, then its tables."""
    return "\n".join(_tables(table, root)).lstrip("\n") + "\n"


def value(data: Any) -> str:  # noqa: ANN401 -- whatever TOML has
    """Write a value as TOML.

    Raises:
        TypeError: TOML has nothing of that type, or nothing of that type is in a configuration.
    """
    match data:
        case bool():
            return "true" if data else "false"
        case int() | float():
            return str(data)
        case str():
            return json.dumps(data, ensure_ascii=False).replace("\x7f", "\\u007f")
        case list() | tuple():
            return f"[{', '.join(value(each) for each in data)}]"
        case dict():
            inside = ", ".join(f"{_key(key)} = {value(each)}" for key, each in data.items())
            return f"{{ {inside} }}" if inside else "{}"
        case _:
            raise TypeError(type(data).__name__)


def _tables(table: Mapping[str, Any], root: Sequence[str]) -> Iterator[str]:
    own = {key: each for key, each in table.items() if not _stands_alone(key, each)}
    if own:
        yield f"\n[{'.'.join(_key(part) for part in root)}]"
        yield from (f"{_key(key)} = {value(each)}" for key, each in own.items())
    for key, each in table.items():
        if _stands_alone(key, each):
            yield from _tables(each, (*root, key))


def _stands_alone(key: str, data: object) -> bool:
    """Whether a value is a table with a header of its own: `env` reads better within a line."""
    return isinstance(data, dict) and key != "env"


def _key(name: str) -> str:
    return name if BARE.fullmatch(name) else value(name)
