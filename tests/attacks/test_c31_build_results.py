"""C31: a build that leaves what would exhaust or break whoever reads it outside the sandbox.

The build runs for real in the sandbox and reaches what it leaves: the failure shows its words. What
is refused must be refused soon, in little memory, and be told as the package's own fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.adapters.uv import wheels
from foretaste.ports.executor import Ending, EnvironmentSpec
from tests.fakes.index import plain_index
from tests.fakes.jobs import JobRunner, local_jobs

PYPROJECT = '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
DEEP = """
import os, sys
with open(os.path.join(sys.argv[3], "result.json"), "w") as file:
    file.write("[" * 500000)
os._exit(0)
"""
NAMED = """
def build_wheel(folder, settings=None, metadata=None):
    return {name}
"""
MANY = (
    '"attacked-1.0-" + "-".join(".".join(x + str(n) for n in range(5000)) for x in "abc") + ".whl"'
)
OUTSIDE = '"attacked-1.0-1/../../../secret-py3-none-any.whl"'
FLOOD = """
import sys
while True:
    sys.stdout.write("x" * 65536)
"""
WHEEL = """
import os, zipfile

def build_wheel(folder, settings=None, metadata=None):
    name = "attacked-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, name), "w") as archive:
        archive.writestr("attacked-1.0.dist-info/METADATA", {metadata!r})
    return name
"""
ATTEMPTS = {
    "deep": (DEEP, "the build's result cannot be read"),
    "name": (NAMED.format(name=MANY), "no sound wheel's name"),
    "outside": (NAMED.format(name=OUTSIDE), "no sound wheel's name"),
    "flood": (FLOOD, "does not build (log)"),
    "option": (WHEEL.format(metadata="Name: attacked\n -i http://127.0.0.1:9\nVersion: 1.0\n"),
               "no sound wheel"),
    "version": (WHEEL.format(metadata="Name: attacked\nVersion: 1.0 -i http://127.0.0.1:9\n"),
                "no sound wheel"),
}  # fmt: skip


@pytest.fixture(name="runner")
def runner_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[JobRunner]:
    with plain_index(tmp_path / "index") as (_, address):
        monkeypatch.setenv("UV_DEFAULT_INDEX", address)
        with local_jobs(tmp_path / "gate") as runner:
            yield runner


@pytest.mark.parametrize("what", ATTEMPTS)
def test_what_a_build_leaves_is_refused(
    runner: JobRunner, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.setattr(wheels, "_LARGEST_OUTPUT", 2**20)
    backend, told = ATTEMPTS[what]
    source = runner.commit({"pyproject.toml": PYPROJECT, "backend.py": backend}, "attacked")

    outcome = runner.run("echo ran", source, environment=EnvironmentSpec(install=(".",)))

    assert outcome.finished.ending is Ending.REFUSED, outcome
    assert told in outcome.finished.why
    assert "ran" not in outcome.log.splitlines()
