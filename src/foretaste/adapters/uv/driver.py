"""The build driver: runs inside the sandbox, and asks a project's backend for a wheel (PEP 517).

It has nothing but the standard library and the build environment. Arguments: the backend, its
path in the tree (colon between folders, or empty), the folder for the wheel, and "yes" where
what the backend asks for beyond `requires` is in the environment already. It leaves
`result.json` beside the wheel: `{"needs": [...]}` or `{"wheel": "NAME"}`.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from typing import Any


def _backend(name: str, path: str) -> Any:  # noqa: ANN401 -- a module or an object in one
    if path:
        sys.path[:0] = [os.path.abspath(part) for part in path.split(":")]  # noqa: PTH100
    module, _, attributes = name.partition(":")
    found = importlib.import_module(module)
    for attribute in filter(None, attributes.split(".")):
        found = getattr(found, attribute)
    return found


def main(arguments: list[str]) -> None:
    """Ask the backend what it needs; where that is there, ask it for the wheel."""
    name, path, out, ready = arguments
    if name.startswith("setuptools.build_meta:"):
        # The old way (PEP 517, "the legacy backend"): setup.py finds its neighbours.
        sys.path.insert(0, os.getcwd())  # noqa: PTH109
    backend = _backend(name, path)
    ask = getattr(backend, "get_requires_for_build_wheel", None)
    needs = [] if ready == "yes" or ask is None else list(ask({}))
    result = {"needs": needs} if needs else {"wheel": backend.build_wheel(out, {}, None)}
    with open(os.path.join(out, "result.json"), "w") as file:  # noqa: PTH118, PTH123
        json.dump(result, file)


if __name__ == "__main__":
    main(sys.argv[1:])
