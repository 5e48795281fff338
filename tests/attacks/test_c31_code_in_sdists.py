"""C31: an sdist whose build runs code; none of it may run outside the sandbox.

The index is one of our own on loopback; `attacked` on it has no wheel, so its build is what
stands between the job and its environment, and it tries to leave a canary on the host.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.ports.executor import Ending, EnvironmentSpec
from tests.fakes.index import plain_index, sdist
from tests.fakes.jobs import JobRunner, local_jobs

BACKEND = """
import os, zipfile

def _attack(where):
    print("reached", where, flush=True)
    for path in {paths!r}:
        try:
            with open(path, "w") as file:
                file.write(where)
            print("wrote", path, flush=True)
        except OSError as error:
            print("kept out", error.errno, flush=True)

_attack("import")

def get_requires_for_build_wheel(settings=None):
    _attack("requires")
    return []

def prepare_metadata_for_build_wheel(folder, settings=None):
    _attack("metadata")
    raise SystemExit("not here")

def build_wheel(folder, settings=None, metadata=None):
    _attack("wheel")
    name = "attacked-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        archive.writestr("attacked.py", "value = 42\\n")
        archive.writestr("attacked-1.0.dist-info/METADATA",
                         "Metadata-Version: 2.1\\nName: attacked\\nVersion: 1.0\\n")
        archive.writestr("attacked-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\n"
                         "Root-Is-Purelib: true\\nTag: py3-none-any\\n")
        archive.writestr("attacked-1.0.dist-info/RECORD",
                         "".join(each + ",,\\n" for each in archive.namelist()))
    return name
"""
PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'


@pytest.fixture(name="canaries")
def canaries_fixture(tmp_path: Path) -> list[Path]:
    """Places on the host that everybody may write to."""
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    return [folder / "canary", Path("/tmp/foretaste-c31-canary")]  # noqa: S108 -- the attack's


@pytest.fixture(name="runner")
def runner_fixture(
    tmp_path: Path, canaries: list[Path], monkeypatch: pytest.MonkeyPatch
) -> Iterator[JobRunner]:
    files = {
        "pyproject.toml": PYPROJECT,
        "backend.py": BACKEND.format(paths=[str(path) for path in canaries]),
        "setup.py": f"open({str(canaries[0])!r}, 'w').write('setup.py')\n",
        "PKG-INFO": "Metadata-Version: 2.1\nName: attacked\nVersion: 1.0\n",
    }
    with plain_index(tmp_path / "index") as (index, address):
        index.add("attacked", "attacked-1.0.tar.gz", sdist("attacked", "1.0", files))
        monkeypatch.setenv("UV_DEFAULT_INDEX", address)
        with local_jobs(tmp_path / "gate") as runner:
            yield runner


def test_an_sdist_is_built_in_the_sandbox_only(runner: JobRunner, canaries: list[Path]) -> None:
    outcome = runner.run(
        "python -c 'import attacked; print(attacked.value)'",
        environment=EnvironmentSpec(install=("attacked",)),
    )

    assert outcome.finished.ending is Ending.EXITED, outcome
    assert outcome.log.splitlines()[-1] == "42"
    assert "reached import" in outcome.log
    assert "reached wheel" in outcome.log
    # The second place is the sandbox's own /tmp: written there, gone with it.
    assert "kept out" in outcome.log
    assert [path for path in canaries if path.exists()] == []


def test_the_project_itself_is_built_in_the_sandbox_only(
    runner: JobRunner, canaries: list[Path]
) -> None:
    source = runner.commit(
        {
            "pyproject.toml": PYPROJECT,
            "backend.py": BACKEND.format(paths=[str(path) for path in canaries]),
        },
        "attacked",
    )

    outcome = runner.run(
        "cd / && python -c 'import attacked; print(attacked.__file__)'",
        source,
        environment=EnvironmentSpec(install=(".",)),
    )

    assert outcome.log.splitlines()[-1].startswith("/env/lib/")
    assert "reached wheel" in outcome.log
    assert [path for path in canaries if path.exists()] == []


def test_a_build_that_leaves_a_link_as_its_wheel_is_refused(runner: JobRunner) -> None:
    backend = (
        "import os\n"
        "def build_wheel(folder, settings=None, metadata=None):\n"
        "    print('reached', flush=True)\n"
        "    os.symlink('/etc/passwd', os.path.join(folder, 'attacked-1.0-py3-none-any.whl'))\n"
        "    return 'attacked-1.0-py3-none-any.whl'\n"
    )
    source = runner.commit({"pyproject.toml": PYPROJECT, "backend.py": backend}, "attacked")

    outcome = runner.run("echo ran", source, environment=EnvironmentSpec(install=(".",)))

    assert "reached" in outcome.log
    assert outcome.finished.ending is Ending.REFUSED
    assert "cannot be read" in outcome.finished.why
    assert "ran" not in outcome.log.splitlines()


@pytest.mark.parametrize("name", ["../../x-1-py3-none-any.whl", "/etc/x-1-py3-none-any.whl", "x"])
def test_a_build_that_names_its_wheel_elsewhere_is_refused(runner: JobRunner, name: str) -> None:
    backend = (
        "def build_wheel(folder, settings=None, metadata=None):\n"
        f"    print('reached', flush=True)\n    return {name!r}\n"
    )
    source = runner.commit({"pyproject.toml": PYPROJECT, "backend.py": backend}, "attacked")

    outcome = runner.run("echo ran", source, environment=EnvironmentSpec(install=(".",)))

    assert "reached" in outcome.log
    assert outcome.finished.ending is Ending.REFUSED
    assert "FT627" in outcome.finished.why
