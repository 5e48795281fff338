"""Asking: what a project asks for, without installing it.

A pyproject.toml that says it all is only read. Where it does not (its dependencies are dynamic,
or there is none), the project's wheel is built in the sandbox, and its metadata tells.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from foretaste.adapters.uv.requirements import Read, checked
from foretaste.adapters.uv.wheels import Wheel
from foretaste.ports.errors import UserError


@dataclass(frozen=True, slots=True, kw_only=True)
class Wants:
    """What a project asks for.

    `requirements` and `constraints` are PEP 508 texts; `own` is whether the project itself is
    installed, too, and `build` what builds it then.
    """

    requirements: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    own: bool = False
    build: tuple[str, ...] = ()


def is_installed(pyproject: Mapping[str, object], read: Read) -> bool:
    """Whether the project is a package, to be built and installed, and not only its dependencies.

    uv and Poetry have a setting for it. A project that says nothing of how it is built and is
    locked by uv is none for uv either; for everybody else it is built by setuptools.
    """
    tools = _table(pyproject, "tool")
    if _table(tools, "uv").get("package") is False:
        return False
    if _table(tools, "poetry").get("package-mode") is False:
        return False
    if "build-system" in pyproject or _table(tools, "uv").get("package") is True:
        return True
    old = any(read(name) is not None for name in ("setup.py", "setup.cfg"))
    return old or read("uv.lock") is None


def static_wheel(pyproject: Mapping[str, object], *, whole: bool) -> Wheel | None:
    """Return what the project's wheel will require, None where only building it tells.

    With `whole` False, what is written down is all that there is: the project is never built.

    Raises:
        UserError: a requirement in it is none.
    """
    project = _table(pyproject, "project")
    dynamic = project.get("dynamic", [])
    known = isinstance(dynamic, list) and not {"dependencies", "optional-dependencies"} & set(
        dynamic
    )
    if whole and not (known and isinstance(project.get("name"), str)):
        return None
    return Wheel(
        path=Path(),
        name=canonicalize_name(str(project.get("name", "project"))),
        version=str(project.get("version", "")),
        requires=tuple(_requires(project)),
        digest="",
    )


def _requires(project: Mapping[str, object]) -> Iterator[str]:
    yield from _texts(project.get("dependencies", []), "project.dependencies")
    for extra, texts in _table(project, "optional-dependencies").items():
        where = f"project.optional-dependencies.{extra}"
        name = canonicalize_name(extra)
        for text in _texts(texts, where):
            requirement = Requirement(text)
            marker = f'extra == "{name}"'
            both = f"({requirement.marker}) and {marker}" if requirement.marker else marker
            requirement.marker = None
            yield f"{requirement} ; {both}" if requirement.url else f"{requirement}; {both}"


def _table(table: Mapping[str, object], name: str) -> Mapping[str, object]:
    found = table.get(name, {})
    return found if isinstance(found, dict) else {}


def _texts(value: object, where: str) -> Sequence[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise UserError("FT622", f"{where} must be a list of strings", where="pyproject.toml")
    return [checked(text, where) for text in value]
