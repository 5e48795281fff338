"""Hatch: what an environment of Hatch installs and runs, read from its settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from foretaste.config.detect.metadata import Metadata, read_toml, table, texts
from foretaste.config.detect.way import TEST_NAMES, Way, installable
from foretaste.config.tree import Tree

SCRIPTS = ("test", "tests", "run", "run-tests", "cov")
# What `hatch test` puts in and runs where the project says nothing else.
BUILT_IN = {"dependencies": ["pytest"], "scripts": {"run": "pytest {args:tests}"}}
NAMED = re.compile(r"\{([^{}]*)\}")


def hatch_way(tree: Tree, metadata: Metadata, job: str) -> Way | None:
    """Return what the environment named like the job does, else the one that runs the tests."""
    own = read_toml(tree, "hatch.toml")
    found = "hatch.toml" if own else "pyproject.toml, [tool.hatch]"
    environments = table(own, "envs") if own else metadata.tool("hatch", "envs")
    for name in (job, "hatch-test", *TEST_NAMES, "default"):
        settings = table(environments, name)
        if name == "hatch-test" and settings:
            settings = {**BUILT_IN, **settings}
        commands, unread = _commands(table(settings, "scripts"))
        if commands or unread:
            listed = [*texts(settings.get("dependencies")), *_extra(settings)]
            install, refused = installable(listed)
            return Way(
                tool="hatch",
                found=f"{found}, environment `{name}`",
                commands=tuple(commands),
                install=(*_itself(settings), *install),
                unread=tuple(unread),
                left_out=refused,
            )
    return None


def _extra(settings: Mapping[str, Any]) -> tuple[str, ...]:
    return texts(settings.get("extra-dependencies"))


def _itself(settings: Mapping[str, Any]) -> tuple[str, ...]:
    if settings.get("skip-install") is True:
        return ()
    features = ",".join(texts(settings.get("features")))
    groups = texts(settings.get("dependency-groups"))
    return (f".[{features}]" if features else ".", *(f"group:{name}" for name in groups))


def _commands(scripts: Mapping[str, Any]) -> tuple[list[str], list[str]]:
    """Return the commands of the first script that runs tests, and what only Hatch could run."""
    name = next((each for each in SCRIPTS if each in scripts), None)
    commands, unread = [], []
    for line in texts(scripts.get(name)) if name else ():
        put = NAMED.sub(_put_in, line.lstrip("- "))
        if NAMED.search(put) or put.split()[0] in scripts:
            unread.append(line)
        else:
            commands.append(" ".join(put.split()))
    return commands, unread


def _put_in(found: re.Match[str]) -> str:
    name, _, default = found.group(1).partition(":")
    return {"args": default, "root": "."}.get(name, found.group(0))
