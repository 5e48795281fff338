"""What every executor does: one suite for the real ones and for their twins.

A case is given a way to run commands; the parameter says on what. An executor that comes later
adds its name and its branch to `runner`.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from foretaste.ports.executor import Ending, Finished, Output, Started
from tests.fakes.jobs import JobRunner, local_jobs

WAITS = "echo ready; exec sleep 600"


@pytest.fixture(scope="module", name="runner", params=["local"])
def runner_fixture(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[JobRunner]:
    """Where builds run."""
    assert request.param == "local"
    with local_jobs(tmp_path_factory.mktemp("executor")) as runner:
        yield runner


def test_a_build_starts_once_and_finishes_once_with_its_status(runner: JobRunner) -> None:
    attempt, watch = runner.start("echo one; echo two >&2; exit 3")

    finished = watch.until(Finished)

    assert finished.ending is Ending.EXITED
    assert finished.exit_status == 3
    assert [type(each) for each in watch.seen if not isinstance(each, Output)] == [
        Started,
        Finished,
    ]
    assert watch.seen[0] == Started(attempt=attempt)
    assert watch.seen[-1] is finished


def test_both_streams_are_in_the_log_and_the_last_output_has_its_size(runner: JobRunner) -> None:
    attempt, watch = runner.start("echo one; echo two >&2")

    finished = watch.until(Finished)

    data, size, done = runner.executor.read_log(attempt, 0, 100)
    assert data == b"one\ntwo\n"
    assert done
    assert size == finished.log_size == 8
    assert [each.size for each in watch.seen if isinstance(each, Output)][-1] == 8


def test_the_log_grows_while_the_build_runs(runner: JobRunner) -> None:
    attempt, watch = runner.start(WAITS)

    watch.until(Output)
    data, _, done = runner.executor.read_log(attempt, 0, 100)
    runner.executor.cancel(attempt)
    watch.until(Finished)

    assert data == b"ready\n"
    assert not done
    assert runner.executor.read_log(attempt, 6, 100) == (
        b"[foretaste] cancelled\n",
        28,
        True,
    )


def test_a_second_start_of_an_attempt_does_nothing(runner: JobRunner) -> None:
    attempt, watch = runner.start("true")
    watch.until(Finished)

    _, second = runner.start("true", attempt=attempt)
    _, other = runner.start("true")
    other.until(Finished)

    assert second.seen == []


def test_cancel_stops_a_build_from_any_thread_and_twice_is_harmless(runner: JobRunner) -> None:
    attempt, watch = runner.start(WAITS)
    watch.until(Output)
    assert attempt in runner.executor.running()

    threads = [threading.Thread(target=runner.executor.cancel, args=(attempt,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    finished = watch.until(Finished)
    for thread in threads:
        thread.join()
    runner.executor.cancel(attempt)

    assert finished.ending is Ending.CANCELLED
    assert finished.exit_status is None
    assert attempt not in runner.executor.running()
    assert sum(isinstance(each, Finished) for each in watch.seen) == 1


def test_cancel_of_an_unknown_attempt_does_nothing(runner: JobRunner) -> None:
    before = runner.executor.running()

    runner.executor.cancel("never-heard-of")

    assert runner.executor.running() == before


def test_a_build_that_waits_for_a_slot_can_be_cancelled(tmp_path: Path) -> None:
    with local_jobs(tmp_path, slots=1) as runner:
        first, first_watch = runner.start(WAITS)
        first_watch.until(Output)
        second, second_watch = runner.start("echo never")

        runner.executor.cancel(second)
        runner.executor.cancel(first)

        assert second_watch.until(Finished).ending is Ending.CANCELLED
        assert first_watch.until(Finished).ending is Ending.CANCELLED
        assert b"never" not in runner.executor.read_log(second, 0, 100)[0]


def test_a_build_that_takes_too_long_is_ended_with_all_that_it_started(runner: JobRunner) -> None:
    outcome = runner.run("(setsid sleep 600 &) ; sleep 600", timeout=0.5)

    assert outcome.finished.ending is Ending.TIMED_OUT
    assert outcome.finished.why == "it took longer than 0.5 s"
    assert outcome.finished.exit_status is None


def test_a_flood_is_cut_off_and_its_end_is_kept(runner: JobRunner) -> None:
    outcome = runner.run("yes 0123456789 | head -c 400000; echo the end; yes", log_limit=100_000)

    assert outcome.finished.ending is Ending.LIMIT
    assert outcome.finished.why == "the log reached its limit"
    assert "the log reached its limit of 100000 bytes" in outcome.log
    assert outcome.finished.log_size < 100_000 + 65536 + 500


def test_tests_are_read_from_the_report(runner: JobRunner) -> None:
    report = (
        '<testsuites><testsuite><testcase classname="t" name="a" time="0.5"/>'
        '<testcase classname="t" name="b"><failure message="no"/></testcase>'
        '<testcase classname="t" name="c"><skipped/></testcase></testsuite></testsuites>'
    )
    outcome = runner.run(f"echo '{report}' > $FORETASTE_JUNIT; exit 1")

    assert outcome.finished.cases is not None
    assert [(case.name, case.outcome) for case in outcome.finished.cases] == [
        ("t::a", "passed"),
        ("t::b", "failed"),
        ("t::c", "skipped"),
    ]
    assert outcome.finished.cases[0].seconds == 0.5
    assert outcome.finished.cases[1].message == "no"


def test_without_a_report_there_are_no_cases(runner: JobRunner) -> None:
    assert runner.run("true", evidence="junit").finished.cases is None


def test_a_report_that_is_none_is_said_to_be_so(runner: JobRunner) -> None:
    finished = runner.run("echo '<html/>' > $FORETASTE_JUNIT").finished

    assert finished.cases is None
    assert finished.why == "the JUnit report begins with <html>"


def test_artefacts_are_kept_and_come_along_to_the_next_job(runner: JobRunner) -> None:
    first, watch = runner.start(
        "mkdir -p dist && echo data > dist/a.txt && echo no > other",
        artefacts=("dist/**",),
        label="package",
    )
    finished = watch.until(Finished)
    second = runner.run(
        "cat $FORETASTE_NEEDS/package/dist/a.txt; ls $FORETASTE_NEEDS/package; "
        "touch $FORETASTE_NEEDS/package/x",
        needs=(first,),
    )

    assert finished.artefacts == ("dist/a.txt",)
    assert runner.executor.places.read_artefact(first, "dist/a.txt") == b"data\n"
    assert second.log.splitlines()[:2] == ["data", "dist"]
    assert "Read-only file system" in second.log


def test_builds_of_one_tree_do_not_see_what_another_wrote(runner: JobRunner) -> None:
    source = runner.commit({"a.txt": "as committed\n", "run.sh*": "#!/bin/sh\necho ran\n"})

    first = runner.run("./run.sh; echo changed > a.txt; cat a.txt", source)
    second = runner.run("cat a.txt", source)

    assert first.log == "ran\nchanged\n"
    assert second.log == "as committed\n"
    assert runner.trees.exports[source.commit] == 1


def test_other_projects_can_be_read_where_they_stand(runner: JobRunner) -> None:
    own = runner.commit({"a": "own\n"})
    setup = "from setuptools import setup\nsetup(name='other', version='1')\n"
    other = runner.commit({"b": "other\n", "setup.py": setup}, "other")

    # No wheel is built of a project whose job has no environment to put it into: see the
    # environments' own tests for that; here the files count.
    folder = runner.bases.folder(other)

    assert (folder / "b").read_text(encoding="utf-8") == "other\n"
    assert runner.run("cat a", own).log == "own\n"


@pytest.mark.parametrize(
    ("spec", "why"),
    [
        ({"services": ("postgresql",)}, "services are not there yet: postgresql"),
        ({"network": True}, "asks for the network"),
        ({"attempt": "../../x"}, "cannot be an attempt's name"),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_runs(
    runner: JobRunner, spec: dict[str, object], why: str
) -> None:
    outcome = runner.run("echo ran", **spec)

    assert outcome.finished.ending is Ending.REFUSED
    assert why in outcome.finished.why
    assert "ran" not in outcome.log


def test_variables_reach_the_command_and_the_gates_own_win(runner: JobRunner) -> None:
    outcome = runner.run(
        "echo $COLOUR $FORETASTE_JUNIT", env={"COLOUR": "red", "FORETASTE_JUNIT": "elsewhere"}
    )

    assert outcome.log == "red /job/out/junit.xml\n"


def test_phases_are_timed(runner: JobRunner) -> None:
    phases = runner.run("true").finished.phases

    assert {"workspace", "test"} <= set(phases)
    assert all(seconds >= 0 for seconds in phases.values())


def test_close_leaves_nothing_running(tmp_path: Path) -> None:
    with local_jobs(tmp_path, slots=2) as runner:
        watches = [runner.start(WAITS)[1] for _ in range(3)]
        watches[0].until(Output)
        watches[1].until(Output)

        runner.executor.close()

        assert {watch.until(Finished).ending for watch in watches} == {Ending.CANCELLED}
        assert runner.executor.running() == frozenset()
        _, late = runner.start("true")
        assert late.until(Finished).ending is Ending.LOST
