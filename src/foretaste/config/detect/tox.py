"""Tox: what an environment of tox installs and runs, read from its settings.

The gate makes the environment itself, so tox's settings are translated and tox is not called.
What hangs on a factor or a substitution that only tox knows is left out, and said.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Any

from foretaste.config.detect.metadata import Metadata, parse_ini, read_ini, read_toml, table, texts
from foretaste.config.detect.way import Way, installable
from foretaste.config.tree import Tree

Sections = Mapping[str, Mapping[str, str]]

# What tox puts in for a name, where the gate has the same.
PUT_IN: Mapping[str, str] = {
    "posargs": "",
    "toxinidir": ".",
    "tox_root": ".",
    "envpython": "python",
    "env_python": "python",
    "envtmpdir": "${TMPDIR:-/tmp}/tox",
    "env_tmp_dir": "${TMPDIR:-/tmp}/tox",
}
NAMED = re.compile(r"\{([^{}]*)\}")
IN_THE_PROJECT = re.compile(r"\{(?:toxinidir|tox_root)\}/")
FACTORS = re.compile(r"^!?[\w.,{}!-]+:\s")
# Sections may stand in one another's place; nobody goes further.
DEEPEST = 10


def tox_way(tree: Tree, metadata: Metadata, job: str) -> Way | None:
    """Return what the environment named like the job does, else the one that runs the tests."""
    found, sections = _ini(tree, metadata)
    if sections:
        return _from_ini(found, sections, job)
    for found, settings in (
        ("tox.toml", read_toml(tree, "tox.toml")),
        ("pyproject.toml, [tool.tox]", metadata.tool("tox")),
    ):
        own, shared = table(settings, "env", job), table(settings, "env_run_base")
        if own or shared:
            return _from_toml(found, {**shared, **own})
    return None


def _ini(tree: Tree, metadata: Metadata) -> tuple[str, Sections]:
    legacy = metadata.tool("tox").get("legacy_tox_ini")
    for found, sections in (
        ("tox.ini", read_ini(tree, "tox.ini")),
        ("setup.cfg", metadata.setup_cfg),
        ("pyproject.toml, [tool.tox]", parse_ini(legacy) if isinstance(legacy, str) else {}),
    ):
        if any(name == "testenv" or name.startswith("testenv:") for name in sections):
            return found, sections
    return "", {}


def _from_ini(found: str, sections: Sections, job: str) -> Way:
    own = f"testenv:{job}"
    settings = {**sections.get("testenv", {}), **sections.get(own, {})}
    lines = _lines(settings.get("commands", ""), sections)
    commands = {line: _command(line) for line in lines}
    wanted = [_wanted(each) for each in _lines(settings.get("deps", ""), sections)]
    install, refused = installable(each for each in wanted if not FACTORS.match(each))
    return Way(
        tool="tox",
        found=f"{found}, [{own if own in sections else 'testenv'}]",
        commands=tuple(filter(None, commands.values())),
        install=(*_itself(settings), *install),
        unread=tuple(line for line, command in commands.items() if not command),
        left_out=(*refused, *(each for each in wanted if FACTORS.match(each))),
    )


def _lines(text: str, sections: Sections, depth: int = 0) -> list[str]:
    """Return the lines of a setting, joined where they go on, references followed."""
    found: list[str] = []
    for line in texts(text.replace("\\\n", " ")):
        reference = re.fullmatch(r"\{\[([^\]]+)\](\w+)\}", line)
        if reference is None:
            found.append(" ".join(line.split()))
        elif depth < DEEPEST:
            other = sections.get(reference.group(1), {}).get(reference.group(2), "")
            found += _lines(other, sections, depth + 1)
    return found


def _command(line: str) -> str:
    """Return the command for a shell, empty where only tox could run it."""
    line = line.lstrip("-! ")
    if FACTORS.match(line) or any(not _known(each) for each in NAMED.findall(line)):
        return ""
    return " ".join(NAMED.sub(_put_in, line).split())


def _known(named: str) -> bool:
    return named in PUT_IN or named.startswith("posargs:")


def _put_in(found: re.Match[str]) -> str:
    name, _, default = found.group(1).partition(":")
    return default if name == "posargs" else PUT_IN[name]


def _wanted(line: str) -> str:
    """Return a line of `deps` as pip takes it, its file from the top of the project."""
    return re.sub(r"^-([rc])\s*", r"-\1 ", IN_THE_PROJECT.sub("", line))


def _itself(settings: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the project with the extras and groups that tox installs with it."""
    if str(settings.get("skip_install", "")).lower() == "true":
        return ()
    extras = _words(settings.get("extras"))
    groups = _words(settings.get("dependency_groups"))
    return (f".[{','.join(extras)}]" if extras else ".", *(f"group:{name}" for name in groups))


def _words(value: Any) -> list[str]:  # noqa: ANN401 -- whatever a file holds
    return [word for each in texts(value) for word in re.findall(r"[A-Za-z0-9._-]+", each)]


def _from_toml(found: str, settings: Mapping[str, Any]) -> Way:
    commands, unread = [], []
    written = settings.get("commands")
    for command in written if isinstance(written, list) else []:
        words = command if isinstance(command, list) else [command]
        plain = [word for word in words if not _positional(word)]
        if all(isinstance(word, str) and not NAMED.search(word) for word in plain):
            commands.append(shlex.join(plain))
        else:
            unread.append(" ".join(str(word) for word in words))
    install, refused = installable(_wanted(each) for each in texts(settings.get("deps")))
    return Way(
        tool="tox",
        found=found,
        commands=tuple(commands),
        install=(*_itself(settings), *install),
        unread=tuple(unread),
        left_out=refused,
    )


def _positional(word: object) -> bool:
    """Whether it stands for what people pass on to tox."""
    return word == "{posargs}" or (isinstance(word, dict) and word.get("replace") == "posargs")
