"""A10: the tests exit 0 before they ran, or end whoever would report."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from foretaste.core.believe import believe
from foretaste.core.build import BuildState, Fault
from foretaste.core.job import Job
from foretaste.core.names import JobName
from foretaste.ports.executor import Ending, Finished
from foretaste.service.observe import evidence_of
from tests.fakes.jobs import JobRunner, local_jobs

JOB = Job(name=JobName("tests"), evidence="junit")
RUNNER = """
import os, sys, unittest
import test_app
result = unittest.TestResult()
unittest.defaultTestLoader.loadTestsFromModule(test_app).run(result)
cases = "".join(f'<testcase classname="t" name="{n}"/>' for n in range(result.testsRun))
with open(os.environ["FORETASTE_JUNIT"], "w") as file:
    file.write(f"<testsuite>{cases}</testsuite>")
sys.exit(not result.wasSuccessful())
"""
HONEST = "import unittest\nclass T(unittest.TestCase):\n    def test(self): pass\n"
ATTACKS = {
    "exit at import": "import os\nprint('reached', flush=True)\nos._exit(0)\n",
    "kill the reporter": "import os, signal\nprint('reached', flush=True)\n"
    "os.kill(os.getppid(), signal.SIGKILL)\nos._exit(0)\n",
    "no tests": "print('reached', flush=True)\n",
    "a link as the report": "import os\nprint('reached', flush=True)\n"
    "os.symlink('/etc/passwd', os.environ['FORETASTE_JUNIT'])\nos._exit(0)\n",
    "a pipe as the report": "import os\nprint('reached', flush=True)\n"
    "os.mkfifo(os.environ['FORETASTE_JUNIT'])\nos._exit(0)\n",
    "a folder as the report": "import os\nprint('reached', flush=True)\n"
    "os.mkdir(os.environ['FORETASTE_JUNIT'])\nos._exit(0)\n",
    "entities in the report": "import os\nprint('reached', flush=True)\n"
    "open(os.environ['FORETASTE_JUNIT'], 'w').write('<!DOCTYPE x [<!ENTITY a \"aaaa\">]>"
    '<testsuite><testcase name="&a;"/></testsuite>\')\nos._exit(0)\n',
    "the report's folder gone": "import os, shutil\nprint('reached', flush=True)\n"
    "os.rename('/job/out', '/job/away')\nos._exit(0)\n",
}


@pytest.fixture(scope="module", name="runner")
def runner_fixture(tmp_path_factory: pytest.TempPathFactory) -> Iterator[JobRunner]:
    with local_jobs(tmp_path_factory.mktemp("a10")) as runner:
        yield runner


def judged(finished: Finished) -> tuple[BuildState, Fault]:
    """What the gate makes of a build."""
    assert finished.ending is Ending.EXITED
    return believe(JOB, evidence_of(finished), None, 0.5)


def test_an_honest_run_passes(runner: JobRunner) -> None:
    source = runner.commit({"run.py": RUNNER, "test_app.py": HONEST})

    outcome = runner.run("python run.py", source, evidence="junit")

    assert judged(outcome.finished) == (BuildState.PASSED, Fault.NONE)


@pytest.mark.parametrize("attack", ATTACKS)
def test_exit_status_0_alone_is_no_pass(runner: JobRunner, attack: str) -> None:
    source = runner.commit({"run.py": RUNNER, "test_app.py": ATTACKS[attack]})

    outcome = runner.run("sh -c 'python run.py'; exit 0", source, evidence="junit")

    assert "reached" in outcome.log
    assert outcome.finished.exit_status in {0, 137}
    state, fault = judged(outcome.finished)
    assert state is BuildState.FAILED
    assert fault in {Fault.REPORT_MISSING, Fault.REPORT_EMPTY, Fault.JOB}
    assert not outcome.finished.cases
