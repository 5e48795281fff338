"""Job: a named check that a project wants, as the gate needs to know it.

What is run is opaque here: `spec` is text for whoever starts the build. Jobs are read from the
prospect, so a change that alters its own jobs is tested with the altered ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from foretaste.core.names import JobName


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One job of one change in one prospect.

    `inputs` is a digest of all that its builds read (trees, definition, environment): two
    builds with equal inputs have equal outcomes. Empty: never used again.
    """

    name: JobName
    needs: tuple[JobName, ...] = ()
    holds: bool = False
    voting: bool = True
    fail_fast: bool = False
    semaphore: str = ""
    shared: bool = False
    evidence: str = ""
    inputs: str = ""
    spec: str = ""
