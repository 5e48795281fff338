"""Believe: what a finished build's evidence is worth.

Exit status 0 alone is no pass where a job declares evidence: a report that is missing, empty or
holds far fewer tests than the branch's last one is a failure with a fault of its own (the
forging routes A10 and A11 of `attacks.md`).
"""

from __future__ import annotations

from foretaste.core.build import BuildState, Evidence, Fault
from foretaste.core.job import Job


def believe(
    job: Job, evidence: Evidence, counted: int | None, floor: float
) -> tuple[BuildState, Fault]:
    """Return how a build that exited by itself ended.

    `counted` is how many tests the job had when its branch last landed, None where that is not
    known; a report with fewer than `floor` (a share, 0 to 1) of them is not believed.
    """
    if evidence.exit_status != 0 or evidence.failed:
        return BuildState.FAILED, Fault.JOB
    if not job.evidence:
        return BuildState.PASSED, Fault.NONE
    if evidence.tests is None:
        return BuildState.FAILED, Fault.REPORT_MISSING
    if evidence.tests == 0:
        return BuildState.FAILED, Fault.REPORT_EMPTY
    if counted is not None and evidence.tests < floor * counted:
        return BuildState.FAILED, Fault.REPORT_SHRUNK
    return BuildState.PASSED, Fault.NONE
