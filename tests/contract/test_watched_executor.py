"""What every executor tells of a watched build: each test, and where its processes stood.

One suite for the real ones and for their twins, as `test_executor` is; the tests are run by the
pytest that runs us.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from foretaste.ports.executor import UNFINISHED, CaseResult, Ending, Finished, Watch
from tests.fakes.jobs import JobRunner, Outcome, local_jobs
from tests.fakes.suites import RUN, VARIABLES, with_pytest

WATCH = Watch()
TESTS = """
import pytest

class BoomError(Exception):
    pass

@pytest.fixture
def breaks():
    raise KeyError("no such")

@pytest.fixture
def breaks_late():
    yield
    raise ValueError("late")

def test_passes(): pass
def test_fails(): assert [1] == [2]
def test_raises(): raise BoomError("wh\\u00e4t \\ud800")
def test_set_up(breaks): pass
def test_torn_down(breaks_late): pass
@pytest.mark.skip(reason="not now")
def test_skips(): pass
@pytest.mark.xfail(reason="known")
def test_expected(): assert False
@pytest.mark.parametrize("text", ["a b", "x"])
def test_many(text): pass
"""


@pytest.fixture(scope="module", name="runner", params=["local"])
def runner_fixture(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[JobRunner]:
    """Where builds run."""
    assert request.param == "local"
    with local_jobs(tmp_path_factory.mktemp("watched")) as runner:
        yield runner


def run(runner: JobRunner, command: str, files: dict[str, str], **spec: Any) -> Outcome:
    """Run a command as a watched build on these files."""
    source = runner.commit(with_pytest(files))
    return runner.run(command, source, **{"env": VARIABLES, "watch": WATCH, **spec})


def cases(finished: Finished) -> dict[str, CaseResult]:
    assert finished.cases is not None
    found = {case.name: case for case in finished.cases}
    assert len(found) == len(finished.cases)
    return found


def test_each_test_is_told_with_its_exception(runner: JobRunner) -> None:
    outcome = run(runner, RUN, {"tests/test_it.py": TESTS})

    assert outcome.finished.ending is Ending.EXITED
    assert outcome.finished.exit_status == 1
    assert outcome.finished.why == ""
    found = cases(outcome.finished)
    told = {
        name.removeprefix("tests/test_it.py"): (case.outcome, case.type, case.message)
        for name, case in found.items()
    }
    assert told.pop("::test_fails")[:2] == ("failed", "AssertionError")
    assert told == {
        "": ("passed", "", ""),
        "::test_passes": ("passed", "", ""),
        "::test_raises": ("failed", "test_it.BoomError", "wh\u00e4t ?"),
        "::test_set_up": ("error", "KeyError", "'no such'"),
        "::test_torn_down": ("error", "ValueError", "late"),
        "::test_skips": ("skipped", "", "Skipped: not now"),
        "::test_expected": ("skipped", "", "known"),
        "::test_many[a b]": ("passed", "", ""),
        "::test_many[x]": ("passed", "", ""),
    }
    fails = found["tests/test_it.py::test_fails"]
    assert "assert [1] == [2]" in fails.message
    assert "test_it.py:17: AssertionError" in fails.trace
    assert fails.seconds > 0


def test_what_cannot_be_collected_is_an_error_of_the_module(runner: JobRunner) -> None:
    files = {"test_a.py": "import nowhere\n", "test_b.py": "def test_b(): pass\n"}

    outcome = run(runner, f"{RUN} --continue-on-collection-errors", files)

    found = cases(outcome.finished)
    assert {name: case.outcome for name, case in found.items()} == {
        "test_a.py": "error",
        "test_b.py": "passed",
        "test_b.py::test_b": "passed",
    }
    assert found["test_a.py"].type == "ModuleNotFoundError"
    assert found["test_a.py"].message == "No module named 'nowhere'"
    assert "test_a.py:1: in <module>" in found["test_a.py"].trace


def test_a_conftest_that_breaks_is_an_error_of_its_own(runner: JobRunner) -> None:
    files = {"conftest.py": "import nowhere\n", "test_b.py": "def test_b(): pass\n"}

    outcome = run(runner, RUN, files)

    assert outcome.finished.exit_status == 4
    [case] = cases(outcome.finished).values()
    assert (case.name, case.outcome, case.type) == ("conftest.py", "error", "ModuleNotFoundError")
    assert 'conftest.py", line 1, in <module>' in case.trace


def test_only_what_is_asked_for_is_run(runner: JobRunner) -> None:
    wanted = ("tests/test_it.py::test_many[a b]", "test_b.py", "gone.py::test_c")
    files = {"tests/test_it.py": TESTS, "test_b.py": "def test_b(): pass\ndef test_c(): pass\n"}

    outcome = run(runner, RUN, files, watch=Watch(only=wanted))

    assert outcome.finished.exit_status == 0
    assert set(cases(outcome.finished)) == {
        "tests/test_it.py",
        "tests/test_it.py::test_many[a b]",
        "test_b.py",
        "test_b.py::test_b",
        "test_b.py::test_c",
    }
    left = list((runner.folder / "watching").glob("*.only"))
    assert left == []


def test_where_the_run_as_a_whole_is_asked_for_all_tests_are(runner: JobRunner) -> None:
    files = {"test_b.py": "def test_b(): pass\ndef test_c(): pass\n"}

    outcome = run(runner, RUN, files, watch=Watch(only=("(command)", "test_b.py::test_b")))

    assert len(cases(outcome.finished)) == 3


def test_a_test_that_ends_the_run_is_told_as_unfinished(runner: JobRunner) -> None:
    files = {"test_b.py": "import os\ndef test_a(): pass\ndef test_b(): os._exit(0)\n"}

    outcome = run(runner, RUN, files)

    assert outcome.finished.exit_status == 0
    assert outcome.finished.why == "the tests ended before they were over"
    found = cases(outcome.finished)
    assert found["test_b.py::test_a"].outcome == "passed"
    assert found["test_b.py::test_b"].outcome == "error"
    assert found["test_b.py::test_b"].type == UNFINISHED


def test_a_hang_ends_with_the_stacks_of_every_process_and_what_was_told(
    runner: JobRunner,
) -> None:
    hangs = (
        "import subprocess, sys, threading\n"
        "def test_a(): pass\n"
        "def test_b():\n"
        "    code = 'import threading\\ndef stands(): threading.Event().wait()\\nstands()'\n"
        "    child = subprocess.Popen([sys.executable, '-c', code], stderr=subprocess.PIPE)\n"
        "    threading.Thread(target=waits, args=(child,)).start()\n"
        "    child.communicate()\n"
        "def waits(child): child.wait()\n"
    )

    outcome = run(runner, RUN, {"test_b.py": hangs}, timeout=6.0)

    assert outcome.finished.ending is Ending.TIMED_OUT
    assert outcome.finished.exit_status is None
    found = cases(outcome.finished)
    assert found["test_b.py::test_a"].outcome == "passed"
    assert found["test_b.py::test_b"].type == UNFINISHED
    assert outcome.log.count("[foretaste] stacks of process ") == 2
    assert outcome.log.count("Timeout (0:00:06)!") == 2
    assert "in stands" in outcome.log
    assert "in test_b" in outcome.log
    assert "in waits" in outcome.log


def test_a_process_that_stands_still_tells_where_and_goes_on(runner: JobRunner) -> None:
    waits = (
        "import threading\n"
        "def test_fails_first(): assert False\n"
        "def test_waits(): threading.Event().wait(4)\n"
        "def test_after(): pass\n"
    )

    outcome = run(runner, RUN, {"test_b.py": waits}, watch=Watch(stacks_after=0.5))

    assert outcome.finished.exit_status == 1
    assert cases(outcome.finished)["test_b.py::test_after"].outcome == "passed"
    assert "Timeout (0:00:00.500000)!" in outcome.log
    assert "in test_waits" in outcome.log


def test_a_process_that_is_busy_is_left_alone(runner: JobRunner) -> None:
    # Stacks of threads that run can crash an interpreter.
    busy = "import time\nend = time.monotonic() + 3\nwhile time.monotonic() < end: pass\n"

    outcome = run(runner, "python busy.py", {"busy.py": busy}, watch=Watch(stacks_after=0.5))

    assert outcome.finished.exit_status == 0
    assert outcome.log == ""


def test_without_pytest_the_junit_report_is_read(runner: JobRunner) -> None:
    report = '<testsuite><testcase classname="t" name="a"/></testsuite>'

    outcome = run(runner, f"echo '{report}' > $FORETASTE_JUNIT", {})

    assert [case.name for case in outcome.finished.cases or ()] == ["t::a"]
    assert run(runner, "true", {}).finished.cases is None


def test_two_runs_in_one_command_are_both_told(runner: JobRunner) -> None:
    files = {"test_a.py": "def test_a(): pass\n", "test_b.py": "def test_b(): assert 0\n"}

    outcome = run(runner, f"{RUN} test_a.py && {RUN} test_b.py", files)

    found = cases(outcome.finished)
    assert found["test_a.py::test_a"].outcome == "passed"
    assert found["test_b.py::test_b"].outcome == "failed"


def test_runs_that_are_tests_themselves_are_not_told(runner: JobRunner) -> None:
    inner = (
        "import os, subprocess, sys, pytest\n"
        "def test_inner(tmp_path):\n"
        "    (tmp_path / 'test_x.py').write_text('def test_x(): assert 0')\n"
        "    assert pytest.main([str(tmp_path), '-q']) == 1\n"
        "    command = [sys.executable, '-m', 'pytest', '-q', str(tmp_path)]\n"
        "    assert subprocess.run(command).returncode == 1\n"
        "    assert 'FORETASTE_TESTS' not in os.environ\n"
    )

    outcome = run(runner, RUN, {"test_b.py": inner})

    assert {name: case.outcome for name, case in cases(outcome.finished).items()} == {
        "test_b.py": "passed",
        "test_b.py::test_inner": "passed",
    }


def test_little_changes_for_what_is_tested(runner: JobRunner) -> None:
    looks = (
        "import os, sys, threading\n"
        "def test_it(capfd):\n"
        "    fds = sorted(int(name) for name in os.listdir('/proc/self/fd'))\n"
        "    with capfd.disabled():\n"
        "        print('fds', [number for number in fds if number < 1000])\n"
        "        print('threads', threading.active_count())\n"
        "        print('path', [each for each in sys.path if each != '/foretaste'])\n"
        "        print('finders', len(sys.meta_path), 'PYTEST_ADDOPTS' in os.environ)\n"
    )
    files = {"test_b.py": looks}

    watched = run(runner, f"{RUN} -W error", files)
    alone = run(runner, f"{RUN} -W error", files, watch=None)

    said = [
        [
            line
            for line in outcome.log.splitlines()
            if line.startswith(("fds", "threads", "path", "finders"))
        ]
        for outcome in (watched, alone)
    ]
    assert len(said[0]) == 4
    assert said[0] == said[1]


def test_what_the_job_says_itself_stays(runner: JobRunner) -> None:
    env = {**VARIABLES, "PYTEST_ADDOPTS": "--tb=no"}
    looks = "import os\ndef test_it(): assert os.environ['PYTEST_ADDOPTS'] == '--tb=no'\n"
    command = f"echo $PYTEST_ADDOPTS; echo $PYTHONPATH; {RUN}"

    outcome = run(runner, command, {"test_it.py": looks}, env=env)

    assert outcome.log.startswith("--tb=no\n/foretaste:/job/work/.pytest\n")
    assert outcome.finished.exit_status == 0
    assert "test_it.py::test_it" in cases(outcome.finished)


@pytest.mark.parametrize("options", ["-I", "-E", "-S -I"])
def test_where_python_takes_no_hints_pytest_runs_unwatched(runner: JobRunner, options: str) -> None:
    code = "import sys; sys.path.insert(0, '/job/work/.pytest'); import pytest; "
    command = f"python {options} -c \"{code} sys.exit(pytest.main(['-q']))\""

    outcome = run(runner, command, {"test_it.py": "def test_it(): pass\n"})

    assert outcome.finished.exit_status == 0, outcome.log
    assert outcome.finished.cases is None


def test_what_takes_pythons_path_away_has_pytest_unwatched(runner: JobRunner) -> None:
    # As tox does, which hands PYTEST_ADDOPTS on where it is told to.
    outer = (
        "import os, subprocess, sys, pytest\n"
        "env = {**os.environ, 'PYTHONPATH': '/job/work/.pytest'}\n"
        "sys.exit(subprocess.call([sys.executable, '-m', 'pytest', '-q'], env=env))\n"
    )
    files = {"outer.py": outer.replace(", pytest", ""), "test_it.py": "def test_it(): pass\n"}

    outcome = run(runner, "python outer.py", files)

    assert outcome.finished.exit_status == 0, outcome.log
    assert "1 passed" in outcome.log


def test_two_sessions_in_one_process_are_both_told(runner: JobRunner) -> None:
    both = "import pytest\npytest.main(['-q', 'test_a.py'])\npytest.main(['-q', 'test_b.py'])\n"
    test = "def test_{}(): pass\n"
    files = {"both.py": both, "test_a.py": test.format("a"), "test_b.py": test.format("b")}

    outcome = run(runner, "python both.py", files)

    assert set(cases(outcome.finished)) == {
        "test_a.py", "test_a.py::test_a", "test_b.py", "test_b.py::test_b",
    }  # fmt: skip


def test_an_own_sitecustomize_runs_as_ever(runner: JobRunner) -> None:
    files = {"own/sitecustomize.py": "print('own', __name__, __file__)\n"}
    command = "python -c 'import sitecustomize; print(sitecustomize.__file__)'"

    outcome = run(runner, command, files, env={"PYTHONPATH": "/job/work/own"})
    none = run(runner, "python -c 'import sitecustomize'; echo $?", {}, env={})

    own = "/job/work/own/sitecustomize.py"
    assert outcome.log == f"own sitecustomize {own}\n{own}\n"
    assert none.log == "0\n"


def test_the_whole_log_can_be_read_as_soon_as_the_build_is_over(runner: JobRunner) -> None:
    attempt, watch = runner.start(
        "seq 1 20000; python -W default -c 'import warnings; warnings.warn(\"old\")'", watch=WATCH
    )
    finished = watch.until_finished()

    data, size, done = runner.executor.read_log(attempt, 0, 10_000_000)

    assert done
    assert size == finished.log_size == len(data)
    assert data.startswith(b"1\n2\n")
    assert b"UserWarning: old" in data
