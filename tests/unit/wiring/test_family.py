"""A family's releases are the files that its data names: by hash from an index, or bundled."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from foretaste.adapters.uv.archives import Archives
from foretaste.ports.errors import TransientError
from foretaste.wiring.family import load_family
from tests.fakes.index import plain_index, sdist

DATA = sdist("app", "1.0", {"app.py": "value = 1\n", "tests/test_app.py": ""})


def files_in(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_a_real_release_is_fetched_once_and_by_its_hash(tmp_path: Path) -> None:
    digest = hashlib.sha256(DATA).hexdigest()
    release = {"sha256": digest, "sdist": "app-1.0.tar.gz"}
    family = replace(load_family("family"), releases={("app", "1.0"): release})
    with plain_index(tmp_path / "index") as (index, address):
        index.add("app", "app-1.0.tar.gz", DATA)
        archives = Archives(tmp_path / "kept", address)
        family.write("app", "1.0", tmp_path / "first", archives)
    family.write("app", "1.0", tmp_path / "second", archives)  # there is no index any more

    assert not family.bundled
    for name in ("first", "second"):
        assert files_in(tmp_path / name) == ["app.py", "tests/test_app.py"]


def test_another_file_of_that_name_is_not_taken(tmp_path: Path) -> None:
    release = {"sha256": "0" * 64, "sdist": "app-1.0.tar.gz"}
    family = replace(load_family("family"), releases={("app", "1.0"): release})
    with plain_index(tmp_path / "index") as (index, address):
        index.add("app", "app-1.0.tar.gz", DATA)
        archives = Archives(tmp_path / "kept", address)

        with pytest.raises(TransientError, match=r"no app-1\.0\.tar\.gz with the hash"):
            family.write("app", "1.0", tmp_path / "made", archives)


def test_every_change_of_a_family_has_its_release(tmp_path: Path) -> None:
    nothing = Archives(tmp_path, "http://127.0.0.1:1/simple")
    for name in ("family", "mini"):
        family = load_family(name)
        wanted = [*family.projects.items(), *((c.project, c.version) for c in family.changes)]

        assert set(wanted) <= set(family.releases)
        for number, (project, version) in enumerate(wanted if family.bundled else ()):
            folder = tmp_path / str(number)
            family.write(project, version, folder, nothing)
            assert files_in(folder)
