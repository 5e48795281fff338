"""Nox: what the sessions of a noxfile install and run, read from its syntax.

The gate makes the environment itself, without network while the command runs, so a session is
translated, not called. What is no literal (an option that is computed, say) is left out, and said.
"""

from __future__ import annotations

import ast
import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from foretaste.config.detect.metadata import called, read_python
from foretaste.config.detect.plain import literal
from foretaste.config.detect.way import TEST_NAMES, Way, installable, pip_arguments
from foretaste.config.tree import Tree

FILE = "noxfile.py"
DECORATORS = frozenset({"nox.session", "session", "nox_uv.session", "nox_poetry.session"})


@dataclass(slots=True)
class _Read:
    commands: list[str] = field(default_factory=list)
    install: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def nox_way(tree: Tree, job: str) -> Way | None:
    """Return what the session named like the job does, else the one that runs the tests."""
    module = read_python(tree, FILE)
    sessions = dict(_sessions(module)) if module is not None else {}
    likely = [name for name in sessions if name.startswith("test")]
    name = next((each for each in (job, *TEST_NAMES, *likely) if each in sessions), None)
    if name is None:
        return None
    read = _body(sessions[name])
    install, refused = installable(read.install)
    return Way(
        tool="nox",
        found=f"{FILE}, session `{name}`",
        commands=tuple(read.commands),
        install=install,
        unread=tuple(read.unread),
        left_out=(*read.left_out, *refused),
    )


def _sessions(module: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in module.body:
        if not isinstance(node, ast.FunctionDef):
            continue
        for decorator in node.decorator_list:
            call = decorator if isinstance(decorator, ast.Call) else None
            if called(call.func if call else decorator) in DECORATORS:
                named = [each for each in call.keywords if each.arg == "name"] if call else []
                name = literal(named[0].value) if named else None
                yield (name if isinstance(name, str) else node.name), node


def _body(function: ast.FunctionDef) -> _Read:
    read = _Read()
    session = function.args.args[0].arg if function.args.args else "session"
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda each: (each.lineno, each.col_offset)):
        name = called(call.func)
        if name.startswith(f"{session}."):
            _read_call(name.removeprefix(f"{session}."), call, session, read)
    return read


def _read_call(method: str, call: ast.Call, session: str, read: _Read) -> None:
    arguments, unread = _arguments(call, session)
    if method == "install":
        read.install += pip_arguments(arguments)
        read.left_out += unread
    elif method in {"run_install", "run", "run_always"} and arguments[:2] == ["uv", "sync"]:
        read.install += _of_uv(arguments)
        read.left_out += unread
    elif method in {"run", "run_always", "run_install"} and unread:
        read.unread.append(" ".join([*arguments, *unread]))
    elif method in {"run", "run_always", "run_install"} and arguments:
        read.commands.append(shlex.join(arguments))


def _arguments(call: ast.Call, session: str) -> tuple[list[str], list[str]]:
    """Return a call's literal texts, and the rest; what people pass on to a session is neither."""
    found, unread = [], []
    for argument in call.args:
        value = literal(argument)
        written = ast.unparse(argument)
        if isinstance(value, str):
            found.append(value)
        elif f"{session}.posargs" not in written:
            unread.append(written[:80])
    return found, unread


def _of_uv(arguments: list[str]) -> list[str]:
    """Translate `uv sync --extra X --group Y` into what is installed."""
    install = ["."]
    words = [part for each in arguments for part in each.split("=", 1)]
    for option, value in pairwise(words):
        if option == "--extra":
            install.append(f".[{value}]")
        if option in {"--group", "--only-group"}:
            install.append(f"--group {value}")
    return install
