"""Without a sandbox a build still runs as it would in one, and it is said that there is none."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.adapters.clock import SystemClock
from foretaste.adapters.executors.builds import Leave
from foretaste.adapters.sandbox.unconfined import Unconfined, _stand_in
from foretaste.ports.environments import Confinement
from foretaste.ports.errors import TransientError, UserError
from foretaste.ports.executor import Ending, Finished, Output
from foretaste.ports.executor import Watch as WatchSpec
from tests.fakes.jobs import JobRunner, local_jobs
from tests.fakes.suites import RUN, VARIABLES, with_pytest


@pytest.fixture(name="runner")
def runner_fixture(tmp_path: Path) -> Iterator[JobRunner]:
    sandbox = Unconfined(tmp_path / "unconfined", SystemClock())
    with local_jobs(tmp_path, sandbox=sandbox, leave=Leave(unsandboxed=True)) as runner:
        yield runner
    sandbox.close()


def test_a_build_runs_in_a_copy_and_reports(runner: JobRunner) -> None:
    source = runner.commit({"a.txt": "hello\n"})

    outcome = runner.run(
        "cat a.txt; echo x > a.txt; echo '<testsuite><testcase name=\"n\"/></testsuite>' > "
        '"$FORETASTE_JUNIT"; python -c "import sys; print(sys.prefix)"; exit 3',
        source,
    )

    lines = outcome.log.splitlines()
    assert lines[0] == "[foretaste] warning: there is no sandbox here; this build is not confined"
    assert lines[1] == "hello"
    assert lines[2].endswith("/env")
    assert outcome.finished.exit_status == 3
    assert outcome.finished.why == "it ran without a sandbox"
    assert outcome.finished.cases is not None
    assert [case.name for case in outcome.finished.cases] == ["n"]
    assert (runner.bases.folder(source) / "a.txt").read_text(encoding="utf-8") == "hello\n"
    assert list((runner.folder / "unconfined").iterdir()) == []


def test_without_leave_it_is_refused(tmp_path: Path) -> None:
    sandbox = Unconfined(tmp_path / "unconfined", SystemClock())
    with local_jobs(tmp_path, sandbox=sandbox) as runner:
        outcome = runner.run("echo ran")
    sandbox.close()

    assert outcome.finished.ending is Ending.REFUSED
    assert "there is no sandbox here" in outcome.finished.why
    assert "ran" not in outcome.log.splitlines()


def test_artefacts_come_along(runner: JobRunner) -> None:
    first, watch = runner.start("echo data > a.txt", artefacts=("a.txt",), label="package")
    watch.until_finished()

    second = runner.run('cat "$FORETASTE_NEEDS/package/a.txt"', needs=(first,))

    assert "data" in second.log.splitlines()


def test_time_and_cancel_end_it(runner: JobRunner) -> None:
    late = runner.run("sleep 600 & wait", timeout=0.3)
    attempt, watch = runner.start("echo ready; sleep 600")
    watch.until(Output)
    runner.executor.cancel(attempt)

    assert late.finished.ending is Ending.TIMED_OUT
    assert watch.until(Finished).ending is Ending.CANCELLED


def test_a_process_that_stays_behind_does_not_hold_the_verdict(runner: JobRunner) -> None:
    outcome = runner.run("(sleep 3 &) ; exit 5", timeout=60)

    assert outcome.finished.exit_status == 5
    assert outcome.finished.phases["test"] < 2.5


def test_scripts_of_an_environment_run_where_it_stands_in(tmp_path: Path) -> None:
    environment, made = tmp_path / "environment", tmp_path / "made"
    (environment / "bin").mkdir(parents=True)
    (environment / "lib").mkdir()
    (environment / "pyvenv.cfg").write_text("home = /usr/bin\n", encoding="utf-8")
    (environment / "bin" / "python").symlink_to(sys.executable)
    script = environment / "bin" / "tool"
    script.write_text("#!/env/bin/python\nprint('/env/bin/ in its text')\n", encoding="utf-8")
    script.chmod(0o444)

    _stand_in(made, environment)
    done = subprocess.run([made / "bin" / "tool"], check=True, capture_output=True, text=True)

    assert done.stdout == "/env/bin/ in its text\n"
    assert script.read_text(encoding="utf-8").startswith("#!/env/bin/python")


def test_what_cannot_be_copied_is_said_and_leaves_nothing(
    runner: JobRunner, tmp_path: Path
) -> None:
    source = tmp_path / "source"
    source.mkdir()
    os.mkfifo(source / "pipe")

    with pytest.raises(UserError, match="FT615: the job's files cannot be copied"):
        runner.sandbox.start(["/bin/true"], Confinement(folders={"work": source}), bool)
    with pytest.raises(TransientError, match="FT613: a job could not be started"):
        runner.sandbox.start(["/bin/none"], Confinement(folders={"work": None}), bool)

    assert list((tmp_path / "unconfined").iterdir()) == []


def test_a_watched_build_is_told_as_in_a_sandbox(runner: JobRunner) -> None:
    source = runner.commit(
        with_pytest({"test_it.py": "def test_a(): pass\n", "own.py": "", "only.txt": ""})
    )
    watch = WatchSpec(only=("test_it.py::test_a", "import own"), imports=True)

    outcome = runner.run(RUN, source, env=VARIABLES, watch=watch)

    assert outcome.finished.exit_status == 0, outcome.log
    assert [case.name for case in outcome.finished.cases or ()] == [
        "test_it.py",
        "test_it.py::test_a",
        "import own",
    ]


def test_a_watched_build_that_hangs_says_where(runner: JobRunner) -> None:
    code = "import threading\ndef stands(): threading.Event().wait()\nstands()\n"
    source = runner.commit({"hangs.py": code})

    outcome = runner.run("python hangs.py; true", source, watch=WatchSpec(), timeout=2.0)

    assert outcome.finished.ending is Ending.TIMED_OUT
    assert "in stands" in outcome.log
