"""The source as the house's rules see it: modules, their functions, and what was found in them.

Definitions follow the project's measuring tool, so that a rule and a figure never disagree: a
function's length is its span from `def` to its last line, docstring included, decorators left out;
a name is public when it does not begin with an underscore.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "foretaste"
TESTS = ROOT / "tests"

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
BLOCKS = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.With, ast.AsyncWith, ast.Match)


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Finding:
    """One place that breaks one rule; a waiver names both."""

    rule: str
    where: str
    what: str = ""

    def __str__(self) -> str:
        """Show it as one line of a report."""
        return f"{self.where}: {self.rule}: {self.what}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """A function or method, and the classes that it stands in."""

    name: str
    node: FunctionNode

    @property
    def lines(self) -> int:
        """Its length in lines."""
        return (self.node.end_lineno or self.node.lineno) - self.node.lineno + 1

    @property
    def nesting(self) -> int:
        """How deep its blocks lie in one another; `elif` adds none."""
        return max((_depth(child) for child in self.node.body), default=0)


@dataclass(frozen=True, kw_only=True)
class Module:
    """One file of Python."""

    path: Path
    text: str

    @classmethod
    def read(cls, path: Path) -> Module:
        """Read it from the disk; its name is relative to the root of the repository."""
        return cls(path=path.relative_to(ROOT), text=path.read_text(encoding="utf-8"))

    @cached_property
    def tree(self) -> ast.Module:
        """Its syntax tree."""
        return ast.parse(self.text)

    @property
    def where(self) -> str:
        """Its path, as findings and waivers name it."""
        return self.path.as_posix()

    @property
    def layer(self) -> str:
        """The package under `foretaste` that it belongs to, empty for what lies right in it."""
        inside = self.path.parts[2:]
        return inside[0] if len(inside) > 1 else ""

    def functions(self) -> Iterator[Function]:
        """Yield every function, methods and nested ones too, each with its dotted name."""
        yield from _functions(self.tree, "")


def _functions(node: ast.AST, prefix: str) -> Iterator[Function]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, FunctionNode):
            yield Function(name=prefix + child.name, node=child)
            yield from _functions(child, f"{prefix}{child.name}.")
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, f"{prefix}{child.name}.")
        else:
            yield from _functions(child, prefix)


def _depth(node: ast.AST) -> int:
    if isinstance(node, FunctionNode | ast.ClassDef | ast.Lambda):
        return 0
    inner = max((_depth_below(node, child) for child in ast.iter_child_nodes(node)), default=0)
    return inner + isinstance(node, BLOCKS)


def _depth_below(parent: ast.AST, child: ast.AST) -> int:
    is_elif = isinstance(parent, ast.If) and isinstance(child, ast.If) and parent.orelse == [child]
    return _depth(child) - is_elif


def modules_of(folder: Path) -> list[Module]:
    """Read every module under the folder, in the order of their paths."""
    return [Module.read(path) for path in sorted(folder.rglob("*.py"))]
