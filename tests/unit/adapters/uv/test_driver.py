"""The driver asks a backend as PEP 517 says, and leaves what it was told."""

# mypy: disallow-untyped-calls=False

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import pytest

from foretaste.adapters.uv import driver

BACKEND = """
class within:
    class deeper:
        @staticmethod
        def build_wheel(folder, settings, metadata):
            return "within.whl"
        @staticmethod
        def get_requires_for_build_wheel(settings):
            return ["more"]

class old:
    @staticmethod
    def build_wheel(folder, settings, metadata):
        return "old.whl"
    @staticmethod
    def get_requires_for_build_wheel(settings):
        return ["wheel"]

def build_wheel(folder, settings, metadata):
    return "plain.whl"
"""


@pytest.fixture(name="folder")
def folder_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "driven_backend.py").write_text(BACKEND, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.delitem(sys.modules, "driven_backend", raising=False)
    importlib.invalidate_caches()
    return tmp_path


@pytest.mark.parametrize(
    ("backend", "wanted", "result"),
    [
        ("driven_backend", "either", {"wheel": "plain.whl"}),
        ("driven_backend", "needs", {"needs": []}),
        ("driven_backend:within.deeper", "either", {"needs": ["more"]}),
        ("driven_backend:within.deeper", "needs", {"needs": ["more"]}),
        ("driven_backend:within.deeper", "wheel", {"wheel": "within.whl"}),
    ],
)
def test_it_asks_for_what_is_wanted(
    folder: Path, backend: str, wanted: str, result: dict[str, object]
) -> None:
    driver.main([backend, ".:elsewhere", str(folder), wanted])

    assert json.loads((folder / "result.json").read_text(encoding="utf-8")) == result


def test_a_backend_is_looked_for_where_it_is_said_to_be(folder: Path) -> None:
    with pytest.raises(ImportError):
        driver.main(["driven_backend", "", str(folder), "wheel"])


@pytest.mark.parametrize(
    ("there", "wanted", "result"),
    [
        (True, "either", {"wheel": "old.whl"}),
        (True, "needs", {"needs": ["wheel"]}),
        (False, "either", {"needs": ["wheel"]}),
    ],
)
def test_what_old_setuptools_always_asks_for_is_no_need_where_it_is_there(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    there: bool,
    wanted: str,
    result: dict[str, object],
) -> None:
    # None is how Python marks what cannot be imported.
    monkeypatch.setitem(sys.modules, "wheel", sys if there else None)

    driver.main(["driven_backend:old", ".", str(folder), wanted])

    assert json.loads((folder / "result.json").read_text(encoding="utf-8")) == result
