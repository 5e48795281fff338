"""The build driver: runs inside the sandbox, and asks a project's backend for a wheel (PEP 517).

It has nothing but the standard library and the build environment, of whatever Python the project
is built for, 2.7 and 3.6 included: no annotations, and nothing that is newer. Arguments: the
backend, its path in the tree (colon between folders, or empty), the folder for the wheel, and what
is wanted: "needs" for what the backend asks for beyond `requires`, "wheel" where that is in the
environment already, "either" for the needs where there are any. It leaves `result.json` beside the
wheel: `{"needs": [...]}` or `{"wheel": "NAME"}`.
"""

# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False

import importlib
import json
import os
import sys


def _backend(name, path):
    """Return the backend: a module, or an object in one."""
    if path:
        sys.path[:0] = [os.path.abspath(part) for part in path.split(":")]
    module, _, attributes = name.partition(":")
    found = importlib.import_module(module)
    for attribute in filter(None, attributes.split(".")):
        found = getattr(found, attribute)
    return found


def _has_wheel():
    """Whether what setuptools asked for until version 70 is there: it spares a second start."""
    try:
        importlib.import_module("wheel")
    except ImportError:
        return False
    return True


def main(arguments):
    """Ask the backend what it needs, or for the wheel."""
    name, path, out, wanted = arguments
    backend = _backend(name, path)
    ask = getattr(backend, "get_requires_for_build_wheel", None)
    needs = [] if wanted == "wheel" or ask is None else list(ask({}))
    if wanted == "either" and _has_wheel():
        needs = [need for need in needs if need != "wheel"]
    if needs or wanted == "needs":
        result = {"needs": needs}
    else:
        result = {"wheel": backend.build_wheel(out, {}, None)}
    with open(os.path.join(out, "result.json"), "w") as file:
        json.dump(result, file)


if __name__ == "__main__":
    main(sys.argv[1:])
