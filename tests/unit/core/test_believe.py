"""An exit status of 0 is no pass where a job declares evidence and leaves none that counts."""

from __future__ import annotations

import pytest

from foretaste.core.believe import believe
from foretaste.core.build import BuildState, Evidence, Fault
from foretaste.core.job import Job
from foretaste.core.names import JobName

PLAIN = Job(name=JobName("lint"))
TESTS = Job(name=JobName("tests"), evidence="junit")
STRANGE = Job(name=JobName("tests"), evidence="a kind that nobody knows")
PASSED = (BuildState.PASSED, Fault.NONE)


def failed(fault: Fault) -> tuple[BuildState, Fault]:
    return BuildState.FAILED, fault


@pytest.mark.parametrize(
    ("job", "evidence", "counted", "ended"),
    [
        (PLAIN, Evidence(exit_status=0), None, PASSED),
        (PLAIN, Evidence(exit_status=3), None, failed(Fault.JOB)),
        (PLAIN, Evidence(), None, failed(Fault.JOB)),
        (PLAIN, Evidence(exit_status=0, tests=2, failed=("a",)), None, failed(Fault.JOB)),
        (TESTS, Evidence(exit_status=0, tests=2), None, PASSED),
        (TESTS, Evidence(exit_status=0), None, failed(Fault.REPORT_MISSING)),
        (TESTS, Evidence(exit_status=0, tests=0), None, failed(Fault.REPORT_EMPTY)),
        (TESTS, Evidence(exit_status=0, tests=5), 10, PASSED),
        (TESTS, Evidence(exit_status=0, tests=4), 10, failed(Fault.REPORT_SHRUNK)),
        (TESTS, Evidence(exit_status=0, tests=40), 10, PASSED),
        (STRANGE, Evidence(exit_status=0), None, failed(Fault.REPORT_MISSING)),
    ],
)
def test_a_build_that_exited_by_itself_ended(
    job: Job, evidence: Evidence, counted: int | None, ended: tuple[BuildState, Fault]
) -> None:
    assert believe(job, evidence, counted, floor=0.5) == ended
