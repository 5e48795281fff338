"""Plain: what a Python file says in plain values, read from its syntax and never run.

Lists and tables of a setup.py are often given names first, and joined; that much is followed.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

# Values within values; a file that nests deeper says nothing.
DEEPEST = 50
# What is joined again and again grows beyond all bounds; nobody lists more than this.
MOST = 1000


def literal(node: ast.AST) -> Any:  # noqa: ANN401 -- a literal of any type
    """Return the value of a literal, None of anything that would have to be run."""
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def assigned(module: ast.Module) -> Mapping[str, Any]:
    """Return what a module's own top level gives names to, as far as it is plain."""
    names: dict[str, Any] = {}
    for node in module.body:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], node.value
        elif isinstance(node, ast.AnnAssign) and node.value is not None:
            target, value = node.target, node.value
        else:
            continue
        if isinstance(target, ast.Name):
            names[target.id] = value_of(value, names)
        elif isinstance(target, ast.Subscript) and isinstance(target.value, ast.Name):
            known, key = names.get(target.value.id), literal(target.slice)
            if isinstance(known, dict) and isinstance(key, str):
                known[key] = value_of(value, names)
    return names


def value_of(node: ast.AST, names: Mapping[str, Any], depth: int = 0) -> Any:  # noqa: ANN401
    """Return the value of a literal, a name, an element by its key, or lists that are joined.

    What would have to be run is None; a table keeps its other keys.
    """
    if depth > DEEPEST:
        return None
    match node:
        case ast.Name():
            return names.get(node.id)
        case ast.Dict():
            return _table(node, names, depth)
        case ast.List() | ast.Tuple():
            return _listed(node.elts, names, depth)
        case ast.BinOp(op=ast.Add()):
            return _listed([ast.Starred(node.left), ast.Starred(node.right)], names, depth)
        case ast.Subscript():
            whole, key = value_of(node.value, names, depth + 1), literal(node.slice)
            return whole.get(key) if isinstance(whole, dict) and isinstance(key, str) else None
        case _:
            return literal(node)


def _table(node: ast.Dict, names: Mapping[str, Any], depth: int) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in zip(node.keys, node.values, strict=True):
        read = value_of(value, names, depth + 1)
        name = literal(key) if key is not None else None
        if isinstance(name, str):
            found[name] = read
        elif key is None and isinstance(read, dict):
            found.update(read)
    return found


def _listed(nodes: Sequence[ast.AST], names: Mapping[str, Any], depth: int) -> list[Any] | None:
    found: list[Any] = []
    for node in nodes:
        if isinstance(node, ast.Starred):
            inner = value_of(node.value, names, depth + 1)
            if not isinstance(inner, list):
                return None
            found += inner
        else:
            found.append(value_of(node, names, depth + 1))
    return found if len(found) <= MOST and None not in found else None
