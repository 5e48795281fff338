"""What the projects' own wheels need from the index, their extras followed to the end.

A project that is installed from its tree takes the place of its releases: what others require
of its version is not looked at, for the prospect is the version that counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from foretaste.adapters.uv.interpreters import Interpreter
from foretaste.adapters.uv.requirements import checked
from foretaste.adapters.uv.wheels import Wheel


def _environment(interpreter: Interpreter) -> dict[str, str]:
    """Return what markers ask of the interpreter; of what it does not say, ours is the answer."""
    return {
        "python_version": interpreter.minor,
        "python_full_version": interpreter.version,
        "implementation_version": interpreter.version,
        **interpreter.markers,
    }


def _applies(requirement: Requirement, extras: Iterable[str], facts: Mapping[str, str]) -> bool:
    if requirement.marker is None:
        return True
    return any(requirement.marker.evaluate({**facts, "extra": extra}) for extra in ("", *extras))


def externals(
    packages: Sequence[str],
    wheels: Sequence[Wheel],
    extras: Mapping[str, frozenset[str]],
    interpreter: Interpreter,
) -> tuple[str, ...]:
    """Return the requirements that no wheel of `wheels` provides.

    `packages` are asked for by name; `extras` holds what is asked of a wheel beyond itself.

    Raises:
        UserError: a wheel needs something from a place that is not the index.
    """
    facts = _environment(interpreter)
    by_name = {wheel.name: wheel for wheel in wheels}
    asked = {name: set(extras.get(name, ())) for name in by_name}
    found: dict[str, None] = {}
    waiting = [(Requirement(text), "install") for text in packages]
    done: set[tuple[str, frozenset[str]]] = set()
    waiting += [(Requirement(name), name) for name in by_name]
    while waiting:
        requirement, where = waiting.pop(0)
        name = canonicalize_name(requirement.name)
        if name not in by_name:
            found[checked(str(requirement), where)] = None
            continue
        asked[name] |= set(map(canonicalize_name, requirement.extras))
        key = (name, frozenset(asked[name]))
        if key not in done:
            done.add(key)
            waiting += _needs(by_name[name], asked[name], facts)
    return tuple(found)


def _needs(
    wheel: Wheel, extras: set[str], facts: Mapping[str, str]
) -> list[tuple[Requirement, str]]:
    """Return what a wheel requires here, with its markers decided."""
    needs = []
    for text in wheel.requires:
        requirement = Requirement(text)
        if _applies(requirement, extras, facts):
            requirement.marker = None
            needs.append((requirement, f"what {wheel.name} requires"))
    return needs
