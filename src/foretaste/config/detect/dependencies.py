"""Dependencies: what a project's tests need besides the project, as far as it says so itself.

Looked for in this order: dependency groups (PEP 735), extras, requirements files; of each the
first of the usual names. What a project calls its tests' own group is believed before its `dev`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from foretaste.config.detect.metadata import Metadata, table, texts
from foretaste.config.tree import Tree

TEST_NAMES = ("tests", "test", "testing", "dev", "develop", "development")
FILES = (
    "requirements/{}.txt",
    "requirements-{}.txt",
    "requirements_{}.txt",
    "{}-requirements.txt",
    "{}_requirements.txt",
    "{}/requirements.txt",
)
# Groups may include groups; nobody nests them deeper than this.
DEEPEST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Needed:
    """What is to be installed, the names in it where they are known, and where it was found."""

    install: tuple[str, ...] = ()
    names: frozenset[str] = frozenset()
    found: str = ""

    def has(self, name: str) -> bool:
        """Whether the package is among what is installed."""
        return name in self.names


def needed_for(names: Sequence[str], metadata: Metadata, tree: Tree) -> Needed:
    """Return what the project itself lists under the first of `names` that it has."""
    return (
        _group(names, metadata)
        or _extra(names, metadata)
        or _poetry(names, metadata)
        or _file(names, metadata, tree)
        or _tests_require(metadata)
        or Needed(install=itself(metadata))
    )


def itself(metadata: Metadata) -> tuple[str, ...]:
    """Return "." where the project can be installed, nothing where it is a folder of scripts."""
    return (".",) if metadata.installable else ()


def with_tool(needed: Needed, tool: str) -> tuple[str, ...]:
    """Return what is to be installed, with the tool where it is not among it yet."""
    name = str(canonicalize_name(re.split(r"[\[<>=!~; ]", tool, maxsplit=1)[0]))
    return needed.install if needed.has(name) else (*needed.install, tool)


def names_of(requirements: Iterable[str]) -> frozenset[str]:
    """Return the canonical names of requirements, without those that are none."""
    names = set()
    for each in requirements:
        try:
            names.add(str(canonicalize_name(Requirement(each).name)))
        except InvalidRequirement:
            continue
    return frozenset(names)


def extras_of(metadata: Metadata) -> Mapping[str, tuple[str, ...]]:
    """Return the project's extras, from pyproject.toml, setup.cfg or a literal in setup.py."""
    in_setup = metadata.setup.get("extras_require")
    found: dict[str, Any] = dict(in_setup) if isinstance(in_setup, dict) else {}
    found.update(metadata.setup_cfg.get("options.extras_require", {}))
    found.update(table(metadata.pyproject, "project", "optional-dependencies"))
    return {str(name): texts(listed) for name, listed in found.items()}


def groups_of(metadata: Metadata) -> Mapping[str, frozenset[str]]:
    """Return the names of what stands in each dependency group, included groups' as well."""
    groups = table(metadata.pyproject, "dependency-groups")
    return {str(name): _in_group(str(name), groups, 0) for name in groups}


def _in_group(name: str, groups: Mapping[str, Any], depth: int) -> frozenset[str]:
    listed = groups.get(name)
    if not isinstance(listed, list) or depth > DEEPEST:
        return frozenset()
    names = set(names_of(texts(listed)))
    for each in listed:
        included = each.get("include-group") if isinstance(each, dict) else None
        if isinstance(included, str) and included != name:
            names |= _in_group(included, groups, depth + 1)
    return frozenset(names)


def _group(names: Sequence[str], metadata: Metadata) -> Needed | None:
    groups = groups_of(metadata)
    for name in names:
        if groups.get(name):
            return Needed(
                install=(*itself(metadata), f"group:{name}"),
                names=groups[name],
                found=f"dependency group `{name}`",
            )
    return None


def _extra(names: Sequence[str], metadata: Metadata) -> Needed | None:
    extras = extras_of(metadata)
    for name in names:
        if extras.get(name):
            return Needed(
                install=(f".[{name}]",), names=names_of(extras[name]), found=f"extra `{name}`"
            )
    return None


def _poetry(names: Sequence[str], metadata: Metadata) -> Needed | None:
    """Find Poetry's own groups; their version form is not a requirement's, so names must do."""
    listed = {name: metadata.tool("poetry", "group", name, "dependencies") for name in names}
    old = metadata.tool("poetry", "dev-dependencies")
    for name, group in (*listed.items(), ("dev", old)):
        wanted = tuple(sorted(str(each) for each in group if str(each) != "python"))
        if wanted and names_of(wanted) and name in names:
            return Needed(
                install=(*itself(metadata), *wanted),
                names=names_of(wanted),
                found=f"Poetry's group `{name}`, whose versions are not read",
            )
    return None


def _file(names: Sequence[str], metadata: Metadata, tree: Tree) -> Needed | None:
    for path in (form.format(name) for name in names for form in FILES):
        raw = tree.read(path)
        if raw is not None:
            listed = texts(raw.decode("utf-8", errors="replace"))
            install = (*itself(metadata), f"-r {path}")
            return Needed(install=install, names=names_of(listed), found=path)
    return None


def _tests_require(metadata: Metadata) -> Needed | None:
    listed = texts(metadata.setup.get("tests_require")) or texts(
        metadata.setup_cfg.get("options", {}).get("tests_require")
    )
    if not listed:
        return None
    return Needed(
        install=(*itself(metadata), *listed), names=names_of(listed), found="tests_require"
    )
