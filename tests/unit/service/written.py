"""Projects as a test writes them down: commits as dictionaries, and the jobs that come of them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from foretaste.config.gate import load_gate
from foretaste.config.spec import job_spec
from foretaste.core.change import Change
from foretaste.core.job import Job
from foretaste.core.names import ChangeId, Oid, ProjectName, Ref, State
from foretaste.ports.executor import JobSpec
from foretaste.ports.jobs import JobsQuery
from foretaste.service.jobs import ConfiguredJobs

TESTS = 'gate = ["tests"]\ncheck = ["tests"]\n'
GATE = b"""
[project.app]
queue = "both"
[project.lib]
queue = "both"
[project.far]
branches = ["stable"]
"""


@dataclass(slots=True, kw_only=True)
class FakeContents:
    """Commits as dictionaries, by project and name; the tree of `x1` and `x2` is `x`.

    `changed` is what every change touches, `reads` counts the files that were asked for.
    """

    commits: dict[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    tips: dict[Ref, Oid] = field(default_factory=dict)
    touched: tuple[str, ...] = ("src/app.py",)
    reads: int = 0

    def read(self, project: str, commit: str, path: str) -> bytes | None:
        self.reads += 1
        text = self.commits[project, commit].get(path)
        return None if text is None else text.encode()

    def paths(self, project: str, commit: str) -> Collection[str]:
        return self.commits[project, commit].keys()

    def tree(self, project: str, commit: str) -> str:
        assert (project, commit) in self.commits
        return commit.rstrip("0123456789")

    def changed(self, project: str, target: str, commit: str) -> Collection[str]:
        assert (project, target[:3], commit) == ("app", "old", "revision")
        return self.touched

    def tip(self, ref: Ref) -> Oid | None:
        return self.tips.get(ref)


class World:
    """A project `app` whose prospects and targets a test writes down."""

    def __init__(self) -> None:
        self.contents = FakeContents()
        self.settings = load_gate(GATE)
        self.index = "monday"
        self.jobs = ConfiguredJobs(
            self.contents, lambda: self.settings, interpreter="3.11.2", index=lambda: self.index
        )
        self.commit("lib", "lib1")

    def commit(self, project: str, name: str, text: str = "", **files: str) -> None:
        own = {"foretaste.toml": text} if text else {}
        self.contents.commits[project, name] = {**own, **files}

    def propose(self, new: str, old: str | None = None, lib: str = "lib1") -> JobsQuery:
        """Make a prospect and a target of these settings; commits never change, so new ones."""
        number = len(self.contents.commits)
        self.commit("app", f"new{number}", new)
        self.commit("app", f"old{number}", new if old is None else old)
        state: State = ((ref("app"), Oid(f"new{number}")), (ref("lib"), Oid(lib)))
        return query("app", state, target=f"old{number}")

    def ask(self, new: str, old: str | None = None, lib: str = "lib1") -> dict[str, Job]:
        found = self.jobs.jobs(self.propose(new, old, lib))
        return {str(job.name): job for job in found}


def ref(project: str, branch: str = "main") -> Ref:
    return Ref(ProjectName(project), branch)


def query(project: str, state: State, pipeline: str = "gate", target: str = "old") -> JobsQuery:
    change = Change(
        id=ChangeId("1"), project=ProjectName(project), branch="main", commit=Oid("revision")
    )
    return JobsQuery(
        change=change, pipeline=pipeline, state=state, target=Oid(target), ref=ref(project)
    )


def spec(job: Job) -> JobSpec:
    return job_spec(job, attempt="b1")
