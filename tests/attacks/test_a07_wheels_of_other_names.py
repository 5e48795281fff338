"""A07: what is built for one job is offered to others as another package.

The index is one of our own on loopback. `attacked` on it has a source only, and its build leaves a
wheel that says that it is a newer release of `innocent`, which another project asks for. That the
sandbox holds meanwhile is tried in C31.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.ports.executor import Ending, EnvironmentSpec
from tests.fakes.index import plain_index, sdist, wheel
from tests.fakes.jobs import JobRunner, local_jobs

BACKEND = """
import os, zipfile

def build_wheel(folder, settings=None, metadata=None):
    print("reached the build", flush=True)
    name = "{file}-py3-none-any.whl"
    info = "{info}.dist-info"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        archive.writestr("innocent.py", "value = 'planted'\\n")
        archive.writestr(info + "/METADATA",
                         "Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n")
        archive.writestr(info + "/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\n"
                         "Root-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr(info + "/RECORD",
                         "".join(each + ",,\\n" for each in archive.namelist()))
    return name
"""
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


def backend(file: str, info: str) -> str:
    name, version = info.split("-")
    return BACKEND.format(file=file, info=info, name=name, version=version)


@pytest.fixture(name="runner")
def runner_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[JobRunner]:
    good = wheel("innocent", "1.0", {"innocent.py": "value = 'good'\n"})
    with plain_index(tmp_path / "index") as (index, address):
        index.add("innocent", "innocent-1.0-py3-none-any.whl", good)
        for name, file, info in (
            ("attacked", "innocent-9.0", "innocent-9.0"),
            ("halfway", "innocent-9.0", "halfway-1.0"),
            ("versions", "versions-9.0", "versions-9.0"),
            ("honest", "honest-1.0", "honest-1.0"),
        ):
            files = {
                "pyproject.toml": PYPROJECT,
                "backend.py": backend(file, info),
                "PKG-INFO": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
            }
            index.add(name, f"{name}-1.0.tar.gz", sdist(name, "1.0", files))
        monkeypatch.setenv("UV_DEFAULT_INDEX", address)
        with local_jobs(tmp_path / "gate") as runner:
            yield runner


@pytest.mark.parametrize("name", ["attacked", "halfway", "versions"])
def test_a_source_cannot_be_built_into_another_release(runner: JobRunner, name: str) -> None:
    asked = EnvironmentSpec(install=(name,))
    attack = runner.run("true", environment=asked)

    later = runner.run(
        "python -c 'import innocent; print(innocent.value)'",
        runner.commit({"b": "2\n"}, "trusted"),
        environment=EnvironmentSpec(install=("innocent",)),
    )

    assert "reached the build" in attack.log
    assert attack.finished.ending is Ending.REFUSED
    assert "another release" in attack.finished.why
    assert later.log.splitlines()[-1] == "good"


def test_a_source_that_builds_what_it_is_goes_on_as_before(runner: JobRunner) -> None:
    asked = EnvironmentSpec(install=("honest",))

    outcome = runner.run("python -c 'import innocent; print(innocent.value)'", environment=asked)

    assert outcome.log.splitlines()[-1] == "planted"
