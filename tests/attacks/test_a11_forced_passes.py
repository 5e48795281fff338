"""A11: a dependency brings a plugin of pytest's that makes passes of failures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.ports.executor import EnvironmentSpec, Watch
from tests.fakes.index import plain_index, wheel
from tests.fakes.jobs import JobRunner, Outcome, local_jobs
from tests.fakes.suites import RUN, VARIABLES, with_pytest

FORCES = {
    "in the report": (
        "import pytest\n"
        "@pytest.hookimpl(hookwrapper=True{order})\n"
        "def pytest_runtest_makereport():\n"
        "    outcome = yield\n"
        "    report = outcome.get_result()\n"
        "    print('reached', report.outcome)\n"
        "    report.outcome = 'passed'\n"
        "    report.longrepr = None\n"
    ),
    "in its telling": (
        "import pytest\n"
        "@pytest.hookimpl(tryfirst=True)\n"
        "def pytest_runtest_logreport(report):\n"
        "    print('reached', report.outcome)\n"
        "    report.outcome = 'passed'\n"
    ),
}
TESTS = "def test_good(): pass\ndef test_bad(): raise KeyError('real')\n"


def forced(folder: Path, plugin: str) -> Iterator[JobRunner]:
    """A gate whose index has a release with a plugin."""
    files = {
        "forcing.py": plugin,
        "forcing-1.0.dist-info/entry_points.txt": "[pytest11]\nforcing = forcing\n",
    }
    with plain_index(folder / "index") as (index, address), pytest.MonkeyPatch.context() as patch:
        index.add("forcing", "forcing-1.0-py3-none-any.whl", wheel("forcing", "1.0", files))
        patch.setenv("UV_DEFAULT_INDEX", address)
        with local_jobs(folder / "gate") as runner:
            yield runner


def run(runner: JobRunner, variables: dict[str, str]) -> Outcome:
    return runner.run(
        f"{RUN} -s",
        runner.commit(with_pytest({"test_it.py": TESTS})),
        environment=EnvironmentSpec(install=("forcing",)),
        env={**VARIABLES, **variables},
        watch=Watch(),
    )


@pytest.mark.parametrize(
    "plugin",
    [
        FORCES["in the report"].format(order=""),
        FORCES["in the report"].format(order=", tryfirst=True"),
        FORCES["in the report"].format(order=", trylast=True"),
        FORCES["in its telling"],
    ],
    ids=["a wrapper", "the outermost", "the innermost", "the telling"],
)
def test_a_failure_that_is_told_as_a_pass_is_a_failure(tmp_path: Path, plugin: str) -> None:
    for runner in forced(tmp_path, plugin):
        outcome = run(runner, {})

        # It reached pytest, which says that all is well.
        assert "reached failed" in outcome.log, outcome.log
        assert "2 passed" in outcome.log
        told = {case.name: case for case in outcome.finished.cases or ()}
        assert told["test_it.py::test_good"].outcome == "passed"
        assert told["test_it.py::test_bad"].outcome == "failed"
        assert told["test_it.py::test_bad"].type == "KeyError"
        assert outcome.finished.plugins == ("forcing 1.0",)


def test_without_the_plugins_of_releases_the_outcome_is_another(tmp_path: Path) -> None:
    # Where the exception itself is swallowed, nothing is left to be told; a run with autoload off
    # differs from the other, and the plugins that were loaded are named.
    plugin = (
        "import pytest\n"
        "@pytest.hookimpl(tryfirst=True)\n"
        "def pytest_pyfunc_call(pyfuncitem):\n"
        "    print('reached', pyfuncitem.name)\n"
        "    return True\n"
    )
    for runner in forced(tmp_path, plugin):
        with_it = run(runner, {})
        control = run(runner, {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"})

        assert "reached test_bad" in with_it.log
        assert with_it.finished.plugins == ("forcing 1.0",)
        told = [
            {case.name: case.outcome for case in each.finished.cases or ()}
            for each in (with_it, control)
        ]
        assert told[0]["test_it.py::test_bad"] == "passed"
        assert told[1]["test_it.py::test_bad"] == "failed"
        assert control.finished.plugins == ()
