"""A12: a job puts programs of its own in the place of those that the gate uses around it.

Before the command begins, the gate's own shell fills the job's folders in the sandbox, and nobody
watches the time or the memory yet. What a job chooses by PATH, or a wheel brings into the
environment's `bin`, must not be run there.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.ports.executor import EnvironmentSpec
from tests.fakes.index import plain_index, wheel
from tests.fakes.jobs import JobRunner, local_jobs

PROGRAM = """#!/bin/sh
echo hijacked "$@"
exec /bin/cp "$@"
"""


@pytest.fixture(name="runner")
def runner_fixture(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[JobRunner]:
    planted = {f"planted-1.0.data/scripts/{name}": PROGRAM for name in ("cp", "env", "sh")}
    with plain_index(tmp_path / "index") as (index, address):
        index.add("planted", "planted-1.0-py3-none-any.whl", wheel("planted", "1.0", planted))
        monkeypatch.setenv("UV_DEFAULT_INDEX", address)
        with local_jobs(tmp_path / "gate") as runner:
            yield runner


def test_a_program_of_a_wheel_is_run_by_the_job_alone(runner: JobRunner) -> None:
    outcome = runner.run(
        "echo begun; cp a.txt b.txt",
        runner.commit({"a.txt": "1\n"}),
        environment=EnvironmentSpec(install=("planted",)),
    )

    assert outcome.finished.exit_status == 0
    assert outcome.log.splitlines()[-2:] == ["begun", "hijacked a.txt b.txt"]
    assert outcome.log.count("hijacked") == 1
