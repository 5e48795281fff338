"""The contracts of import-linter name every package that they are about.

A contract says nothing of a package that it does not name, and import-linter refuses names of
packages that are not there; so the lists grow with the packages, and this is what makes them.
"""

from __future__ import annotations

import tomllib
from functools import cache
from typing import Any

from tests.house.source import PACKAGE, ROOT

PURE = {"core", "taste", "release", "report"}


@cache
def contract(name: str) -> dict[str, Any]:
    """Return one contract of pyproject.toml by its id."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts: list[dict[str, Any]] = settings["tool"]["importlinter"]["contracts"]
    return {each["id"]: each for each in contracts}[name]


def packages() -> set[str]:
    """Return the names of the packages and modules right under `foretaste`."""
    return {path.parent.name for path in PACKAGE.glob("*/__init__.py")} | {
        path.stem for path in PACKAGE.glob("*.py") if not path.stem.startswith("__")
    }


def test_every_package_has_its_layer() -> None:
    layers = " | ".join(contract("layers")["layers"])
    named = {name.strip(" ()") for name in layers.split("|")}

    assert packages() <= named
    assert contract("layers")["exhaustive"] is True


def test_no_import_is_let_off_the_layers() -> None:
    assert "ignore_imports" not in contract("layers")
    assert "ignore_imports" not in contract("purity")
    assert not contract("layers").get("exclude_type_checking_imports", False)


def test_every_pure_package_is_kept_pure() -> None:
    assert set(contract("purity")["source_modules"]) == {
        f"foretaste.{name}" for name in PURE & packages()
    }
