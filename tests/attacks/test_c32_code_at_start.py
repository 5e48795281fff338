"""C32: a wheel that brings code which runs whenever Python starts (`.pth`, `sitecustomize`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.ports.executor import Ending, EnvironmentSpec
from tests.fakes.index import plain_index, wheel
from tests.fakes.jobs import JobRunner, local_jobs


@pytest.fixture(name="canary")
def canary_fixture(tmp_path: Path) -> Path:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    return folder / "canary"


@pytest.fixture(name="runner")
def runner_fixture(
    tmp_path: Path, canary: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[JobRunner]:
    # The word is put together when it runs: a line that is only shown in an error has it not.
    code = (
        f"try:\n    open({str(canary)!r}, 'w').close()\nexcept OSError:\n    print('kept ' 'out')"
    )
    attack = f"import sys; print('rea' 'ched', flush=True); exec({code!r})"
    files = {
        "evil.pth": f"{attack}\n",
        "sitecustomize.py": f"{attack}\n",
        "evil.py": "value = 42\n",
    }
    with plain_index(tmp_path / "index") as (index, address):
        index.add("evil", "evil-1.0-py3-none-any.whl", wheel("evil", "1.0", files))
        index.add(
            "more",
            "more-1.0-py3-none-any.whl",
            wheel("more", "1.0", {"more.py": ""}, "Requires-Dist: evil\n"),
        )
        monkeypatch.setenv("UV_DEFAULT_INDEX", address)
        with local_jobs(tmp_path / "gate") as runner:
            yield runner


def test_it_runs_in_the_sandbox_only_and_is_said(runner: JobRunner, canary: Path) -> None:
    # The project's own wheel goes on top of an environment that holds the attack already, and
    # is built in one: neither may start that environment's Python outside.
    backend = (
        "import os, zipfile\n"
        "def build_wheel(folder, settings=None, metadata=None):\n"
        "    name = 'app-1.0-py3-none-any.whl'\n"
        "    with zipfile.ZipFile(os.path.join(folder, name), 'w') as archive:\n"
        "        archive.writestr('app.py', 'value = 1\\n')\n"
        "        archive.writestr('app-1.0.dist-info/METADATA',\n"
        "            'Metadata-Version: 2.1\\nName: app\\nVersion: 1.0\\nRequires-Dist: more\\n')\n"
        "        archive.writestr('app-1.0.dist-info/WHEEL', 'Wheel-Version: 1.0\\n'\n"
        "            'Generator: x\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')\n"
        "        archive.writestr('app-1.0.dist-info/RECORD',\n"
        "            ''.join(each + ',,\\n' for each in archive.namelist()))\n"
        "    return name\n"
    )
    pyproject = (
        '[build-system]\nrequires = ["evil"]\nbuild-backend = "backend"\nbackend-path = ["."]\n'
    )
    source = runner.commit({"pyproject.toml": pyproject, "backend.py": backend})

    outcome = runner.run(
        "echo begin; python -c 'import app, evil; print(app.value, evil.value)'",
        source,
        environment=EnvironmentSpec(install=(".",)),
    )

    assert outcome.finished.ending is Ending.EXITED, outcome
    assert "evil.pth runs code at every start" in outcome.log
    assert "sitecustomize.py runs code at every start" in outcome.log
    ran = outcome.log.split("begin\n", 1)[1]
    assert "reached" in ran
    assert "kept out" in ran
    assert ran.splitlines()[-1] == "1 42"
    assert not canary.exists()
