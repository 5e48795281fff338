"""What a release says of itself is read from its files: what it owns, starts, adds and requires."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from foretaste.adapters.uv.metadata import describe
from foretaste.ports.errors import UserError
from foretaste.ports.releases import Release

SITE = "lib/python3.11/site-packages"


def described(folder: Path, files: Mapping[str, str], metadata: str = "") -> Release:
    """Lay out a release of those files below its packages' folder and read it."""
    info = "app-1.0.dist-info"
    whole = {f"{info}/METADATA": f"Metadata-Version: 2.1\nName: My.App\nVersion: 1.0\n{metadata}"}
    for name, text in {**whole, **files}.items():
        path = folder / SITE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    listing = {
        os.path.relpath(place, folder): tuple(sorted(names))
        for place, _, names in os.walk(folder)
        if names
    }
    return describe(folder, SITE, listing)


def test_its_name_what_it_requires_and_the_pythons_that_it_runs_on(tmp_path: Path) -> None:
    metadata = "Requires-Dist: six (>=1.9)\nRequires-Dist: pytest; extra == 'test'\nRequires-Python: >=3.6\n"

    release = described(tmp_path, {}, metadata)

    assert (release.name, release.version) == ("my-app", "1.0")
    assert release.requires == ("six (>=1.9)", "pytest; extra == 'test'")
    assert release.requires_python == ">=3.6"


def test_what_can_be_imported_is_owned(tmp_path: Path) -> None:
    files = {
        "app/__init__.py": "",
        "app/deep/__init__.py": "",
        "six.py": "",
        "_fast.cpython-311-x86_64-linux-gnu.so": "",
        "app.libs/libz.so": "",
        "docs/readme.txt": "",
        "other.pth": "docs\n",
    }

    assert described(tmp_path, files).owns == (
        "_fast.cpython-311-x86_64-linux-gnu.so",
        "app",
        "six.py",
    )


def test_of_a_shared_namespace_only_its_own_part_is_owned(tmp_path: Path) -> None:
    files = {
        "sphinxcontrib/applehelp/__init__.py": "",
        "google/__init__.py": "__import__('pkg_resources').declare_namespace(__name__)",
        "google/api/__init__.py": "",
        "google/one.py": "",
        "zope/__init__.py": "__path__ = __import__('pkgutil').extend_path(__path__, __name__)",
        "zope/event/__init__.py": "",
        "mixed/part/code.py": "",
    }

    assert described(tmp_path, files).owns == (
        "google/api",
        "google/one.py",
        "mixed/part/code.py",
        "sphinxcontrib/applehelp",
        "zope/event",
    )


def test_what_runs_whenever_python_starts_is_named(tmp_path: Path) -> None:
    files = {
        "code.pth": "# first\nimport os; os.getpid()\n",
        "paths.pth": "somewhere\n",
        "sitecustomize.py": "",
        "usercustomize/__init__.py": "",
    }

    assert described(tmp_path, files).starts == (
        "code.pth",
        "sitecustomize.py",
        "usercustomize",
    )


def test_scripts_and_plugins(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "app").write_text("#!x\n", encoding="utf-8")
    points = (
        "[console_scripts]\napp = app:main\n[pytest11]\nb = app.b\na: still = app.a\n"
        "[gui_scripts]\nw = app:w\n"
    )

    release = described(tmp_path, {"app-1.0.dist-info/entry_points.txt": points})

    assert release.scripts == ("app",)
    assert release.plugins == {"pytest11": ("a: still", "b")}


def test_entry_points_that_cannot_be_read_are_none(tmp_path: Path) -> None:
    release = described(tmp_path, {"app-1.0.dist-info/entry_points.txt": "no section\n"})

    assert release.plugins == {}


def test_metadata_without_a_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"FT661: app-1\.0\.dist-info names no release"):
        described(tmp_path, {"app-1.0.dist-info/METADATA": "nothing\n"})


def test_metadata_of_a_size_that_nobody_writes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"FT661: entry_points\.txt is too large"):
        described(tmp_path, {"app-1.0.dist-info/entry_points.txt": "x" * (8 * 2**20 + 1)})


def test_entry_points_are_read_as_they_are_loaded(tmp_path: Path) -> None:
    text = "none yet\n[pytest11]\n# a = no\none = app\n  two = app\n[console_scripts]\nx = app:x\n"
    old = "[pytest11]\nthree = app\n[other]\nfour = app\n"

    release = described(
        tmp_path,
        {"app-1.0.dist-info/entry_points.txt": text, "old.egg-info/entry_points.txt": old},
    )

    assert release.plugins == {"other": ("four",), "pytest11": ("one", "three", "two")}
