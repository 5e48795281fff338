"""A07: what was built of one index's source is offered to a project of another index.

A project of one's own may name its index, and everything that is kept lies in one folder. A hostile
index has a source only, of a name that everybody knows and a version newer than any. Its wheel must
not be found by a project whose index has the true one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from foretaste.ports.executor import Ending, EnvironmentSpec
from tests.fakes.index import plain_index, sdist, wheel
from tests.fakes.jobs import local_jobs

BACKEND = """
import os, zipfile

def build_wheel(folder, settings=None, metadata=None):
    print("reached the build", flush=True)
    name = "innocent-9.0-py3-none-any.whl"
    info = "innocent-9.0.dist-info"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        archive.writestr("innocent.py", "value = 'planted'\\n")
        archive.writestr(info + "/METADATA",
                         "Metadata-Version: 2.1\\nName: innocent\\nVersion: 9.0\\n")
        archive.writestr(info + "/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\n"
                         "Root-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(info + "/RECORD",
                         "".join(each + ",,\\n" for each in archive.namelist()))
    return name
"""
FILES = {
    "pyproject.toml": '[build-system]\nrequires = []\nbuild-backend = "backend"\n'
    'backend-path = ["."]\n',
    "backend.py": BACKEND,
    "PKG-INFO": "Metadata-Version: 2.1\nName: innocent\nVersion: 9.0\n",
}
SHOW = "python -c 'import innocent; print(innocent.value)'"


def test_a_wheel_of_one_index_is_not_offered_to_another_ones_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = EnvironmentSpec(install=("innocent",))
    good = wheel("innocent", "1.0", {"innocent.py": "value = 'good'\n"})
    with (
        plain_index(tmp_path / "hostile") as (hostile, there),
        plain_index(tmp_path / "true") as (true, here),
    ):
        hostile.add("innocent", "innocent-9.0.tar.gz", sdist("innocent", "9.0", FILES))
        true.add("innocent", "innocent-1.0-py3-none-any.whl", good)
        monkeypatch.setenv("UV_DEFAULT_INDEX", there)
        with local_jobs(tmp_path / "gate") as runner:
            attack = runner.run(SHOW, environment=asked)
        monkeypatch.setenv("UV_DEFAULT_INDEX", here)
        with local_jobs(tmp_path / "gate") as runner:
            later = runner.run(SHOW, environment=asked)

    assert "reached the build" in attack.log
    assert attack.log.splitlines()[-1] == "planted"
    assert later.finished.ending is Ending.EXITED, later
    assert later.log.splitlines()[-1] == "good"
