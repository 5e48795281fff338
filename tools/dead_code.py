"""Find code that nobody uses: vulture, told what it cannot see.

Usage: dead_code.py

Vulture reads Python only, and knows no types. Two kinds of use it cannot see are added here, so that
the allow list (tools/vulture_allow.py) needs only what is odd: names that the web's templates use,
and what a class holds as data. Members of enumerations and fields of dataclasses and models are
written and read as a whole (by the event codec, the API, the tables that commands print), never by
name, so they are left out.

Settings come from `[tool.vulture]` in pyproject.toml. Exit 1 when something is found.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from keyword import iskeyword
from pathlib import Path

from vulture.core import Item, Vulture

ROOT = Path(__file__).parents[1]
NAME = re.compile(r"[A-Za-z_]\w*")
TEMPLATE_CODE = re.compile(r"\{[{%].*?[%}]\}", re.DOTALL)


def names_in_templates() -> Iterator[str]:
    """Yield every name that a template of the web mentions in its code."""
    for template in (ROOT / "src").rglob("templates/**/*"):
        if template.is_file():
            for code in TEMPLATE_CODE.findall(template.read_text(encoding="utf-8")):
                yield from (name for name in NAME.findall(code) if not iskeyword(name))


@cache
def data_lines(path: Path) -> frozenset[int]:
    """Return the lines of a module at which a class's body gives a name a type or a value."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(
        statement.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for statement in node.body
        if isinstance(statement, ast.Assign | ast.AnnAssign)
    )


def is_data(item: Item) -> bool:
    """Whether the item is what a class holds, and not code."""
    return item.typ == "variable" and item.first_lineno in data_lines(Path(item.filename))


def main() -> int:
    """Print what is unused, one a line, largest last."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
        "vulture"
    ]
    search = Vulture(
        ignore_names=settings["ignore_names"], ignore_decorators=settings["ignore_decorators"]
    )
    search.scavenge([str(ROOT / path) for path in settings["paths"]])
    search.scan("\n".join(sorted(set(names_in_templates()))), filename="templates")
    found = search.get_unused_code(
        min_confidence=settings["min_confidence"], sort_by_size=settings["sort_by_size"]
    )
    unused = [item for item in found if not is_data(item)]
    for item in unused:
        print(item.get_report())
    if unused:
        print(f"dead code: {len(unused)} names that nobody uses")
    return bool(unused)


if __name__ == "__main__":
    sys.exit(main())
