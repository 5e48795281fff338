"""The schema: every key that may be written, with its type, default and meaning.

`docs/reference/settings.md` is written from here. What the keys mean together (does a job that is
named exist?) is checked in `checks`, so that a file is told all its mistakes at once.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from foretaste.config.addresses import Addresses
from foretaste.config.ages import Age, AtOnce, Interval
from foretaste.config.values import (
    Branches,
    Command,
    Duration,
    EnvName,
    EnvValue,
    Globs,
    IndexList,
    InstallList,
    JobRefs,
    Name,
    Names,
    Python,
    Pythons,
    WindowStep,
)
from foretaste.core.policy import Policy

DEFAULT_TIMEOUT = "15m"
POLICY = Policy()

Env = Annotated[dict[EnvName, EnvValue], Field(max_length=100)]
PythonKey = Annotated[
    Annotated[Python, Tag("one")] | Annotated[Pythons, Tag("many")],
    Discriminator(lambda value: "many" if isinstance(value, list) else "one"),
]
RoleName = Literal["push", "approve", "config", "operate", "own"]


class _Table(BaseModel):
    """A table: no key but its own, and no value of one type where another is meant."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class JobTable(_Table):
    """`[tool.foretaste.job.NAME]`: a named check. It has a `template`, a `run`, or both."""

    template: Name | None = Field(
        None, description="where all keys that are not written here come from"
    )
    run: Command | None = Field(
        None, description="the command, for `sh -e`: the first line that fails ends it"
    )
    python: PythonKey | None = Field(
        None, description="an interpreter, or a list of them: a build for each, `tests[3.11]`"
    )
    with_: Names | None = Field(
        None,
        alias="with",
        description="other projects, installed from their own state in the prospect",
    )
    needs: JobRefs | None = Field(
        None, description="jobs that must pass first; their artefacts come along"
    )
    files: Globs | None = Field(
        None, description="the job runs only where the change touches one of these; `*`, `?`, `**`"
    )
    timeout: Duration | None = Field(
        None, description=f'how long the command may take; without it "{DEFAULT_TIMEOUT}"'
    )
    voting: bool | None = Field(
        None, description="whether its failure stands in a change's way; without it true"
    )
    env: Env | None = Field(None, description="variables of the command, each text")
    services: Names | None = Field(None, description="started for the job")
    install: InstallList | None = Field(
        None,
        description='what the command needs: ".", ".[extra]", "group:NAME", "-r FILE", "-c FILE" '
        "or requirements",
    )
    evidence: Literal["junit", ""] | None = Field(
        None, description='"junit": exit status 0 is no pass without a JUnit report of the tests'
    )
    holds: bool | None = Field(
        None, description="no other job of the change starts before this one has passed"
    )
    fail_fast: bool | None = Field(
        None, description="its failure stops the change's other builds at once"
    )
    semaphore: Name | None = Field(
        None, description="a semaphore of the gate: only so many of its jobs run at once"
    )
    shared: bool | None = Field(
        None, description="one build serves all members of an item that want this job"
    )
    artefacts: Globs | None = Field(
        None, description="files of the working folder to keep after the build"
    )
    network: bool | None = Field(
        None, description="whether it needs the network; only where the gate trusts the project"
    )


class EnvironmentTable(_Table):
    """`[tool.foretaste.environment]`: what every environment of the project needs."""

    python: Python | None = Field(
        None, description="the interpreter of jobs that name none; without it the gate's own"
    )
    preinstall: IndexList | None = Field(
        None, description="put in before anything else, and never moved"
    )
    build_constraints: IndexList | None = Field(
        None, alias="build-constraints", description="constraints on what builds sdists"
    )


class ProjectTable(_Table):
    """`[tool.foretaste]` in `pyproject.toml`, or `foretaste.toml` without that prefix."""

    check: JobRefs | None = Field(None, description="jobs of each change by itself")
    gate: JobRefs | None = Field(None, description="jobs that a change must pass to land")
    post: JobRefs | None = Field(None, description="jobs after landing; kept, not run yet")
    release: JobRefs | None = Field(None, description="jobs after a tag; kept, not run yet")
    job: Annotated[dict[Name, JobTable], Field(max_length=200)] | None = Field(
        None, description="the jobs by name"
    )
    environment: EnvironmentTable | None = Field(None, description="what environments need")


class PolicyTable(_Table):
    """`[policy]` of the gate: its limits and rules."""

    window: int = Field(
        POLICY.window, ge=0, description="so many items of a queue hold builds; 0 is no limit"
    )
    window_floor: int = Field(POLICY.window_floor, ge=1, description="the window is never smaller")
    window_ceiling: int = Field(
        POLICY.window_ceiling, ge=0, description="the window is never larger; 0 is no limit"
    )
    window_increase: WindowStep = Field("+1", description="what a landing does to the window")
    window_decrease: WindowStep = Field("/2", description="what a failure at the head does to it")
    planner: Name = Field(POLICY.planner, description="who chooses which prospects get builds")
    workers: int = Field(POLICY.workers, ge=0, description="builds at once; 0 is no limit")
    attempts: int = Field(
        POLICY.attempts, ge=1, le=20, description="starts of a build that infrastructure loses"
    )
    landing_attempts: int = Field(
        POLICY.landing_attempts, ge=1, le=20, description="times that a host is asked to land"
    )
    reuse: bool = Field(
        POLICY.reuse, description="use a verdict again where all that the build reads is identical"
    )
    evidence_floor: float = Field(
        POLICY.evidence_floor,
        ge=0,
        le=1,
        description="a report with fewer tests than this share of the branch's last is no evidence",
    )


class WatchTable(_Table):
    """`[watch]` of the gate: how it looks for new releases of what its projects stand on."""

    enabled: bool = Field(
        default=True, description="whether the gate looks for new releases and proposes bumps"
    )
    interval: Interval = Field(
        "15m", description="time between two looks at the index, between 1m and 24h"
    )
    minimum_age: Age = Field(
        "3d",
        description="a release is tested at once, and lands when it is so old; 0d waits for nothing",
    )
    ages: Annotated[dict[Name, Age], Field(max_length=1000)] = Field(
        default={}, description="the same for single packages, by name"
    )
    at_once: Annotated[AtOnce, Field(max_length=1000)] = Field(
        default=[], description="releases that need not wait (security): `NAME`, `NAME==VERSION`"
    )
    files: Globs = Field(
        default=[
            "uv.lock",
            "pylock.toml",
            "pylock.*.toml",
            "*requirements*.txt",
            "*constraints*.txt",
            "requirements/*.txt",
        ],
        description="the files whose pins are moved",
    )
    trials: int = Field(
        1, ge=1, le=64, description="trials of one check at once; builds of changes go on beside"
    )
    budget: int = Field(60, ge=2, le=10_000, description="trials that one check may take in all")


class UnreleasedTable(_Table):
    """`[unreleased]` of the gate: states of dependencies that are not released (`Depends-On`)."""

    addresses: Addresses = Field(
        default=[],
        description="repositories that `Depends-On: NAME@URL@REF` may name, or what they lie below;"
        " without any, none",
    )
    lands: bool = Field(
        default=False, description="whether a change that depends on such a state may land"
    )


class WatchedTable(_Table):
    """`[project.NAME.watch]` of the gate: what is different for one project."""

    enabled: bool = Field(default=True, description="whether bumps are proposed to it")
    minimum_age: Age | None = Field(None, description="in place of the gate's")
    ages: Annotated[dict[Name, Age], Field(max_length=1000)] = Field(
        default={}, description="for single packages, before all others"
    )
    at_once: Annotated[AtOnce, Field(max_length=1000)] = Field(
        default=[], description="added to those of the gate"
    )
    files: Globs | None = Field(None, description="in place of the gate's")


class GuardedTable(ProjectTable):
    """`[project.NAME]` of the gate: a project, and what only the gate may say of it.

    Jobs and pipelines may stand here too. They add to what the project says in its own tree, and
    win where both speak: the tree cannot take them away.
    """

    queue: Name | None = Field(
        None, description="projects that can break each other share one; without it its own name"
    )
    branches: Branches = Field(
        default=["main"], min_length=1, description="the branches that are guarded"
    )
    branch_queues: bool = Field(default=False, description="each branch has a queue of its own")
    allow_cycles: bool = Field(
        default=False, description="changes that depend on each other in a circle land at once"
    )
    trusted: bool = Field(
        default=False, description="its tree may ask for what is kept from others: the network"
    )
    watch: WatchedTable = Field(
        default=WatchedTable(), description="how new releases are looked for"
    )


class UserTable(_Table):
    """`[user.NAME]` of the gate: a person or program."""

    roles: list[RoleName] = Field(default=[], description="what they may do")


class GateTable(_Table):
    """`foretaste.toml` of the project `gate`: the gate's own settings."""

    policy: PolicyTable = Field(PolicyTable(), description="limits and rules")
    project: Annotated[dict[Name, GuardedTable], Field(max_length=1000)] = Field(
        default={}, description="the projects by name"
    )
    user: Annotated[dict[str, UserTable], Field(max_length=10_000)] = Field(
        default={}, description="people and programs by name"
    )
    semaphores: Annotated[dict[Name, Annotated[int, Field(ge=1)]], Field(max_length=100)] = Field(
        default={}, description="how many jobs with this semaphore run at once"
    )
    template: Annotated[dict[Name, JobTable], Field(max_length=200)] = Field(
        default={}, description="job templates of this gate, for all its projects"
    )
    watch: WatchTable = Field(WatchTable(), description="how new releases are looked for")
    unreleased: UnreleasedTable = Field(
        UnreleasedTable(), description="dependencies that are not released yet"
    )
