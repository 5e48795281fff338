"""Scenario: one black-box case of the gate's behaviour, as a file says it.

The format is that of the scenario README: a world, steps, and what must be true after them.
Whatever a file holds that the format does not know is an error, never ignored: a step that was
not understood would pass for nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from foretaste.core.policy import Operator, Policy, Step
from foretaste.ports.errors import UserError

Wrong = tuple[list[str], str]
"""A key path and what is wrong there."""

STEP = re.compile(r"(?P<operator>[+*/-])(?P<amount>[0-9]+)")


def parse_step(text: object) -> Step:
    """Return a window step such as `+1`, `*2`, `-1` or `/3`.

    Raises:
        ValueError: it is not one.
    """
    match = STEP.fullmatch(text) if isinstance(text, str) else None
    if match is None or (match["operator"] == "/" and int(match["amount"]) == 0):
        raise ValueError(f"a step is +n, *n, -n or /n, not {text!r}")
    return Step(operator=Operator(match["operator"]), amount=int(match["amount"]))


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class PolicyTable(_Model):
    """`[policy]`: any key of the gate's policy."""

    window: int = Field(20, ge=0)
    window_floor: int = Field(3, ge=0)
    window_ceiling: int = Field(0, ge=0)
    window_increase: Annotated[Step, BeforeValidator(parse_step)] = Policy().window_increase
    window_decrease: Annotated[Step, BeforeValidator(parse_step)] = Policy().window_decrease
    planner: str = Field("window", pattern="^(window|adaptive)$")
    workers: int = Field(0, ge=0)
    attempts: int = Field(3, ge=1)

    def policy(self) -> Policy:
        """Return the policy; verdicts are not used again here, so that every build is seen."""
        return Policy(
            **{name: getattr(self, name) for name in type(self).model_fields}, reuse=False
        )


class ProjectTable(_Model):
    """`[[project]]`."""

    name: str
    queue: str = ""
    branches: list[str] = Field(default=["main"], min_length=1)
    branch_queues: bool = False
    allow_cycles: bool = False


class JobTable(_Model):
    """`[[job]]`."""

    name: str
    projects: list[str] | None = None
    pipeline: str = Field("gate", pattern="^(gate|check)$")
    needs: list[str] = []
    holds: bool = False
    voting: bool = True
    fail_fast: bool = False
    semaphore: str = ""
    fails_with: list[str] = []
    shared: bool = False


class ChangeTable(_Model):
    """`[[change]]`."""

    id: str = Field(pattern="^[A-Za-z][A-Za-z0-9_-]*$")
    project: str
    branch: str = "main"
    files: dict[str, str] = {}
    parent: str = ""
    depends_on: list[str] = []


class Expect(_Model):
    """`[step.expect]`: every key that is there must hold."""

    running: list[str] | None = None
    queued: list[str] | None = None
    queue: str = ""
    window: int | None = None
    merged: list[str] | None = None
    failed: list[str] | None = None
    left: list[str] | None = None
    waiting: list[str] | None = None
    builds: dict[str, str] | None = None
    count: dict[str, int] | None = None
    never: list[str] | None = None
    reasons: dict[str, str] | None = None
    reports: dict[str, int] | None = None
    tree: dict[str, dict[str, str | bool]] | None = None


class StepTable(_Model):
    """`[[step]]`: one `do` or one `expect`."""

    do: str | None = None
    expect: Expect | None = None


class Scenario(_Model):
    """A whole file."""

    title: str = ""
    source: str = ""
    note: str = ""
    policy: PolicyTable = PolicyTable()
    project: list[ProjectTable] = Field(min_length=1)
    job: list[JobTable] = []
    semaphores: dict[str, int] = {}
    change: list[ChangeTable] = []
    step: list[StepTable] = []


def load(path: Path) -> Scenario:
    """Read a scenario file.

    Raises:
        UserError: it cannot be read; the message names file, line and key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError("FT601", f"cannot be read: {error}", where=str(path)) from None
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line ([0-9]+)", str(error))
        where = f"{path}:{line[1] if line else len(text.splitlines())}"
        raise UserError("FT602", f"is not TOML: {error}", where=where) from None
    try:
        scenario = Scenario.model_validate(table)
    except ValidationError as error:
        first = error.errors()[0]
        keys = [str(key) for key in first["loc"]]
        where = f"{path}:{line_of(text, keys)}"
        what = f"key {'.'.join(keys)}: {first['msg']}"
        raise UserError("FT603", what, where=where, hint="see the scenario README") from None
    _check_names(scenario, path, text)
    return scenario


def line_of(text: str, keys: list[str]) -> int:
    """Return the line, from 1, that a key path leads to, as near as the text shows it."""
    lines, start, wanted = text.splitlines(), 0, [key for key in keys if not key.isdigit()]
    numbers = [int(key) for key in keys if key.isdigit()]
    if numbers and wanted:
        heads = [i for i, line in enumerate(lines) if line.strip() == f"[[{wanted[0]}]]"]
        start = heads[numbers[0]] if numbers[0] < len(heads) else 0
    last = wanted[-1] if wanted else ""
    for number in range(start, len(lines)):
        if re.match(rf"\s*\[?\"?{re.escape(last)}\"?\s*[\].=]", lines[number]):
            return number + 1
    inside = (i for i in range(start, len(lines)) if last and last in lines[i])
    return next(inside, start) + 1


def _check_names(scenario: Scenario, path: Path, text: str) -> None:
    """Refuse names that stand for nothing, and steps that are neither a do nor an expect."""
    for keys, name in (*_unknown(scenario), *_steps(scenario)):
        what = f"key {'.'.join(keys)}: {name!r} is not there"
        raise UserError("FT604", what, where=f"{path}:{line_of(text, keys)}")


def _unknown(scenario: Scenario) -> Iterator[Wrong]:
    """Yield each name of a project, a change or a job that the file does not have."""
    projects = {project.name for project in scenario.project}
    changes = {change.id for change in scenario.change}
    jobs = {job.name for job in scenario.job}
    for i, change in enumerate(scenario.change):
        needs = [*change.depends_on, *filter(None, [change.parent])]
        yield from _absent(["change", str(i), "project"], [change.project], projects)
        yield from _absent(["change", str(i), "depends_on"], needs, changes)
    for i, job in enumerate(scenario.job):
        yield from _absent(["job", str(i), "needs"], job.needs, jobs)
        yield from _absent(["job", str(i), "projects"], job.projects or [], projects)


def _absent(keys: list[str], names: Iterable[str], known: Collection[str]) -> Iterator[Wrong]:
    return ((keys, name) for name in names if name not in known)


def _steps(scenario: Scenario) -> Iterator[Wrong]:
    """Yield each step that does not say one thing."""
    for i, step in enumerate(scenario.step):
        if (step.do is None) == (step.expect is None):
            yield ["step", str(i)], "a step has one `do` or one `expect`"
