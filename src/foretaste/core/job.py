"""Job: a named check that a project wants, as the gate needs to know it.

What is run is opaque here: `spec` is text for whoever starts the build. Jobs are read from the
prospect, so a change that alters its own jobs is tested with the altered ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from foretaste.core.names import JobName, Ref


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

    def verdict_key(self, ref: Ref) -> str:
        """Return what a verdict on a change to `ref` is kept under, "" where it is not kept.

        What is believed of a report depends on how many tests its branch had, so such a verdict
        is not used again for another branch.
        """
        if not self.inputs or not self.evidence:
            return self.inputs
        return f"{self.inputs} {ref.project} {ref.branch}"
