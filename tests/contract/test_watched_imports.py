"""What every executor tells of a project's imports, beside its tests.

One suite for the real ones and for their twins, as `test_watched_executor` is.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from foretaste.ports.executor import Watch
from tests.fakes.jobs import JobRunner, local_jobs
from tests.fakes.suites import RUN, VARIABLES, with_pytest


@pytest.fixture(scope="module", name="runner", params=["local"])
def runner_fixture(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[JobRunner]:
    """Where builds run."""
    assert request.param == "local"
    with local_jobs(tmp_path_factory.mktemp("imports")) as runner:
        yield runner


IMPORTS = {
    "own/__init__.py": "import dep\n",
    "own/bad.py": "from dep import gone\n",
    "setup.py": "import setuptools_that_is_not_there\n",
    "libs/site-packages/dep.py": "here = 1\n",
    "libs/site-packages/pyvenv.cfg": "",
    "test_own.py": "def test_own(): pass\n",
}


@pytest.mark.parametrize(
    ("only", "expected"),
    [
        (
            (),
            {
                "test_own.py": "passed",
                "test_own.py::test_own": "passed",
                "import own": "passed",
                "import own.bad": "failed",
                "use dep": "passed",
                "use dep.gone": "failed",
            },
        ),
        (("use dep", "import own"), {"import own": "passed", "use dep": "passed"}),
        (
            ("test_own.py::test_own",),
            {"test_own.py": "passed", "test_own.py::test_own": "passed"},
        ),
        (
            ("use dep", "test_own.py"),
            {"test_own.py": "passed", "test_own.py::test_own": "passed", "use dep": "passed"},
        ),
    ],
)
def test_imports_are_told_beside_the_tests(
    runner: JobRunner, only: tuple[str, ...], expected: dict[str, str]
) -> None:
    env = {**VARIABLES, "PYTHONPATH": "/job/work/.pytest:/job/work/libs/site-packages"}

    outcome = runner.run(
        RUN,
        runner.commit(with_pytest(IMPORTS)),
        env=env,
        watch=Watch(only=only, imports=True),
    )

    assert outcome.finished.exit_status == 0, outcome.log
    assert outcome.finished.why == ""
    told = {case.name: case.outcome for case in outcome.finished.cases or ()}
    assert told == expected


def test_imports_leave_the_exit_status_of_the_command(runner: JobRunner) -> None:
    source = runner.commit({"own.py": ""})

    outcome = runner.run("exit 7", source, watch=Watch(imports=True))

    assert outcome.finished.exit_status == 7
    assert [case.name for case in outcome.finished.cases or ()] == ["import own"]
