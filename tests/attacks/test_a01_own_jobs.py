"""A01: a change edits its own jobs: drops a required one, silences it, gives itself more.

A real push, a real merge, the configuration read from git, and the jobs run in the real sandbox.
That secrets come from the target only cannot be tried yet: there are none, and a job that asks for
them is refused. Who may approve such a change is tried where approvals are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from foretaste.adapters.clock import SystemClock
from foretaste.config.gate import load_gate
from foretaste.config.mistakes import ConfigurationError
from foretaste.config.spec import job_spec
from foretaste.core.believe import believe
from foretaste.core.build import BuildState, Fault
from foretaste.core.change import Change
from foretaste.core.job import Job
from foretaste.core.names import ChangeId, Oid, ProjectName, Ref
from foretaste.ports.executor import Finished
from foretaste.ports.jobs import JobsQuery
from foretaste.ports.repository import Merge, Merged, Swap
from foretaste.service.jobs import ConfiguredJobs
from foretaste.service.observe import evidence_of
from foretaste.service.starts import ServeOptions
from foretaste.wiring.builds import Builds, Place, open_builds
from foretaste.wiring.layout import Layout
from tests.fakes.jobs import Watch
from tests.live_forge import Clone, LiveForge, live_forge

MAIN = Ref(ProjectName("flask"), "main")
# The job shows that it ran, and fails where the change has broken what it looks at.
REQUIRED = """
gate = ["tests"]
[job.tests]
run = "echo reached tests; grep -q 'x1 = 1' app.py"
"""


@dataclass(frozen=True, kw_only=True)
class Attacked:
    """A project whose `main` requires the job `tests`."""

    forge: LiveForge
    clone: Clone
    builds: Builds
    jobs: ConfiguredJobs

    def propose(self, **files: str) -> JobsQuery:
        """Push a change of these files, and prepare its prospect."""
        for name, content in files.items():
            self.clone.commit(
                name.replace("__", "-").replace("_", ".").replace("-", "_"),
                "Change",
                content=content,
            )
        commit = Oid(self.clone.head())
        self.clone.push("-otopic=evil", "HEAD:refs/for/main")
        return self._query(commit)

    def _query(self, commit: Oid) -> JobsQuery:
        target = self.forge.tip()
        assert target is not None
        merge = Merge(ref=MAIN, onto=target, commit=commit, label="1")
        merged = self.forge.repository.merge(merge)
        assert isinstance(merged, Merged)
        change = Change(id=ChangeId("1"), project=MAIN.project, branch=MAIN.branch, commit=commit)
        state = ((MAIN, merged.commit),)
        return JobsQuery(change=change, pipeline="gate", state=state, target=target, ref=MAIN)

    def read(self, query: JobsQuery) -> Mapping[str, Job]:
        """Return the jobs that the gate would run."""
        return {str(job.name): job for job in self.jobs.jobs(query)}

    def build(self, job: Job) -> tuple[BuildState, Fault, str]:
        """Run the job, and return what the gate believes of it, and its log."""
        watch, attempt = Watch(), f"b-{job.name}"
        self.builds.executor.start(job_spec(job, attempt=attempt), watch)
        finished: Finished = watch.until(Finished)
        log, _, _ = self.builds.read_log(attempt, 0, 10_000)
        state, fault = believe(job, evidence_of(finished), None, 0.5)
        return state, fault, log.decode()


@pytest.fixture(name="attacked")
def attacked_fixture(tmp_path: Path) -> Iterator[Attacked]:
    with live_forge(tmp_path) as forge:
        base = forge.tip()
        clone = forge.clone()
        first = Oid(clone.commit("foretaste.toml", "Require the tests", content=REQUIRED))
        clone.push("-otopic=first", "HEAD:refs/for/main")
        assert base is not None
        assert forge.repository.swap("flask", (Swap(ref=MAIN, old=base, new=first),))
        layout = Layout(directory=tmp_path / "gate")
        place = Place(layout=layout, shelf=forge.shelf, clock=SystemClock())
        builds = open_builds(place, None, ServeOptions(directory=layout.directory, workers=1))
        settings = load_gate(b"[project.flask]\n")
        try:
            yield Attacked(
                forge=forge, clone=clone, builds=builds, jobs=builds.jobs(lambda: settings)
            )
        finally:
            builds.close()


def test_a_good_change_passes_its_required_job(attacked: Attacked) -> None:
    jobs = attacked.read(attacked.propose(other_txt="harmless\n"))

    state, _, log = attacked.build(jobs["tests"])

    assert state is BuildState.PASSED
    assert "reached tests" in log


def test_a_dropped_job_runs_all_the_same_and_fails_the_change(attacked: Attacked) -> None:
    noop = 'gate = ["noop"]\njob.noop.run = "echo reached noop"\n'

    query = attacked.propose(app_py="evil\n", foretaste_toml=noop)
    jobs = attacked.read(query)

    state, _, log = attacked.build(jobs["noop"])
    assert (state, "reached noop" in log) == (BuildState.PASSED, True)
    state, fault, log = attacked.build(jobs["tests"])
    assert (state, fault) == (BuildState.FAILED, Fault.JOB)
    assert "reached tests" in log
    assert jobs["tests"].voting
    assert attacked.jobs.altered(query) == ("tests",)


def test_a_job_that_is_made_non_voting_still_votes(attacked: Attacked) -> None:
    silent = REQUIRED + "voting = false\nfiles = ['docs/**']\n"

    jobs = attacked.read(attacked.propose(app_py="evil\n", foretaste_toml=silent))

    assert jobs["tests"].voting
    state, _, log = attacked.build(jobs["tests"])
    assert (state, "reached tests" in log) == (BuildState.FAILED, True)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (REQUIRED + 'secrets = ["token"]\n', r"job\.tests\.secrets: .*secrets are not there yet"),
        (REQUIRED + "network = true\n", r"job\.tests\.network: .*may not have the network"),
        ("gate = []\n[job.tests]\nrun = 'true'\n", "the gate pipeline has no job"),
        ("[project.flask]\ntrusted = true\n", "only the gate's own settings"),
    ],
)
def test_what_only_the_gate_may_give_is_refused_before_any_build(
    attacked: Attacked, text: str, what: str
) -> None:
    query = attacked.propose(foretaste_toml=text)

    with pytest.raises(ConfigurationError, match=what):
        attacked.read(query)


def test_a_configuration_that_is_taken_out_does_not_free_the_change(attacked: Attacked) -> None:
    """Without one, jobs are found out, or the change is refused; the target's stand anyway."""
    attacked.clone.git("rm", "-q", "foretaste.toml")
    query = attacked.propose(test__app_py="import unittest\n", app_py="evil\n")

    jobs = attacked.read(query)

    # The found job has the same name, and takes the place of the target's definition: that is
    # said, for people to approve, and a job that tests nothing is no pass.
    assert list(jobs) == ["tests"]
    assert attacked.jobs.altered(query) == ("tests",)
    state, _, log = attacked.build(jobs["tests"])
    assert state is BuildState.FAILED
    assert "foretaste found: tests with unittest" in log
