"""Metadata: what a project's own files say of it, read as data; what cannot be read says nothing.

A project with a broken file of its own is none of this module's business: its build will tell.
"""

from __future__ import annotations

import ast
import configparser
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from foretaste.config.detect.plain import assigned, value_of
from foretaste.config.document import Document, read_document
from foretaste.config.tree import Tree

# Bytes of a Python or ini file; longer ones are not read.
MOST_BYTES = 256 * 1024

Table = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Metadata:
    """The files that say how a project is built and tested, parsed."""

    pyproject: Table = field(default_factory=dict)
    setup_cfg: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    setup: Mapping[str, Any] = field(default_factory=dict)  # arguments of setup(), as far as plain
    installable: bool = False

    def tool(self, *names: str) -> Table:
        """Return a table below `[tool]` of pyproject.toml, empty where there is none."""
        return table(self.pyproject, "tool", *names)


def read_metadata(tree: Tree) -> Metadata:
    """Read pyproject.toml, setup.cfg and setup.py."""
    pyproject = read_toml(tree, "pyproject.toml")
    setup_cfg = read_ini(tree, "setup.cfg")
    setup_py = read_python(tree, "setup.py")
    return Metadata(
        pyproject=pyproject,
        setup_cfg=setup_cfg,
        setup=_setup_arguments(setup_py) if setup_py else {},
        installable=bool(
            tree.read("setup.py") is not None
            or "metadata" in setup_cfg
            or "project" in pyproject
            or "build-system" in pyproject
        ),
    )


def table(data: Any, *names: str) -> Table:  # noqa: ANN401 -- whatever a file holds
    """Return the table at the end of the way, empty where there is none."""
    for name in names:
        data = data.get(name) if isinstance(data, Mapping) else None
    return data if isinstance(data, Mapping) else {}


def texts(value: Any) -> tuple[str, ...]:  # noqa: ANN401 -- whatever a file holds
    """Return the texts of a list, or the lines of a text, without blanks."""
    if isinstance(value, str):
        value = value.splitlines()
    if not isinstance(value, list | tuple):
        return ()
    stripped = (each.strip() for each in value if isinstance(each, str))
    return tuple(each for each in stripped if each and not each.startswith("#"))


def read_toml(tree: Tree, path: str) -> Table:
    """Return a TOML file's table, empty where it is not there or cannot be read."""
    raw = tree.read(path)
    read = read_document(path, raw) if raw is not None else None
    return read.data if isinstance(read, Document) else {}


def read_ini(tree: Tree, path: str) -> Mapping[str, Mapping[str, str]]:
    """Return an ini file's sections, empty where it is not there or cannot be read."""
    return parse_ini(_text(tree, path))


def parse_ini(text: str) -> Mapping[str, Mapping[str, str]]:
    """Return the sections of an ini text, empty where it cannot be read."""
    parser = configparser.RawConfigParser(interpolation=None, default_section="")
    try:
        parser.read_string(text)
    except configparser.Error:
        return {}
    return {name: dict(parser.items(name)) for name in parser.sections()}


def read_python(tree: Tree, path: str) -> ast.Module | None:
    """Return a module's syntax, None where it is not there or is no Python of ours."""
    text = _text(tree, path)
    try:
        return ast.parse(text) if text else None
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def called(node: ast.AST) -> str:
    """Return what a call calls, as in `nox.session`, empty where it is not a plain name."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name):
        return ""
    return ".".join(reversed([*parts, node.id]))


def _setup_arguments(module: ast.Module) -> Mapping[str, Any]:
    for node in ast.walk(module):
        if isinstance(node, ast.Call) and called(node.func) in {"setup", "setuptools.setup"}:
            names = assigned(module)
            return {each.arg: value_of(each.value, names) for each in node.keywords if each.arg}
    return {}


def _text(tree: Tree, path: str) -> str:
    raw = tree.read(path)
    if raw is None or len(raw) > MOST_BYTES:
        return ""
    return raw.decode("utf-8-sig", errors="replace")
