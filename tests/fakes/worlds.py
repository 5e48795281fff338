"""Worlds of scenarios with more to their jobs than the format of scenarios says."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from foretaste.config.spec import encode, job_spec
from foretaste.core.events import Configured
from foretaste.core.job import Job
from foretaste.ports.jobs import JobsQuery
from foretaste.simulation.repository import MemoryRepository, tree_id
from foretaste.simulation.world import World


class Thrifty(World):
    """A world in which verdicts are used again: a job's inputs are all trees and what it needs."""

    def settings(self) -> Configured:
        """Return the gate's settings."""
        settings = super().settings()
        return replace(settings, policy=replace(settings.policy, reuse=True))

    def jobs(self, query: JobsQuery) -> tuple[Job, ...]:
        """Return the jobs of a change, each with the digest of what its builds read."""
        repository = self.place.repository
        assert isinstance(repository, MemoryRepository)
        trees = [[*ref, tree_id(repository.files(oid))] for ref, oid in query.state]
        made: dict[str, Job] = {}
        for job in super().jobs(query):
            needs = [made[need].inputs for need in job.needs if need in made]
            text = json.dumps([job.name, query.change.project, trees, needs])
            inputs = hashlib.sha256(text.encode()).hexdigest()
            made[job.name] = replace(job, inputs=inputs)
        return tuple(made.values())


class Own(World):
    """A world in which each project's jobs say whose they are, in what they run."""

    def jobs(self, query: JobsQuery) -> tuple[Job, ...]:
        """Return the jobs of a change."""
        return tuple(
            replace(job, spec=encode(replace(job_spec(job, ""), run=f"test {query.ref.project}")))
            for job in super().jobs(query)
        )
