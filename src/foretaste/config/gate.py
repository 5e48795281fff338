"""Gate: the settings of the gate itself, from `foretaste.toml` of its own project."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from pydantic import ValidationError

from foretaste.config import mistakes
from foretaste.config.checks import (
    PIPELINES,
    Known,
    checked,
    matrix,
    names_known,
    tables,
    template_named,
)
from foretaste.config.document import Document, read_document
from foretaste.config.layers import Layer
from foretaste.config.library import LIBRARY
from foretaste.config.load import OWN_FILE, ProjectSettings
from foretaste.config.mistakes import ConfigurationError, Mistake
from foretaste.config.schema import GateTable, GuardedTable, JobTable, PolicyTable
from foretaste.config.shape import shaped
from foretaste.config.values import step
from foretaste.core.events import Configured
from foretaste.core.names import ProjectName, QueueName
from foretaste.core.policy import Policy
from foretaste.core.project import Project

GATE = "gate"
PLANNERS = frozenset({Policy().planner})
# What a project may say in its own tree, and the gate for it.
OF_A_PROJECT = (*PIPELINES, "job", "environment")


@dataclass(frozen=True, slots=True, kw_only=True)
class GateSettings:
    """What only the gate says, and what is installed for it to name.

    `services` are those that its executors can start, `planners` those that may plan.
    """

    table: GateTable = field(default_factory=GateTable)
    document: Document = field(default_factory=lambda: Document(file=OWN_FILE, data={}))
    services: frozenset[str] = frozenset()
    planners: frozenset[str] = PLANNERS

    @property
    def projects(self) -> tuple[Project, ...]:
        """The projects by name, the gate's own among them."""
        guarded = {GATE: GuardedTable(), **self.table.project}
        return tuple(_project(name, guarded[name]) for name in sorted(guarded))

    @property
    def policy(self) -> Policy:
        """The policy."""
        return _policy(self.table.policy)

    def configured(self) -> Configured:
        """Return the event that tells the core of these settings."""
        return Configured(
            policy=self.policy,
            projects=self.projects,
            semaphores=tuple(sorted(self.table.semaphores.items())),
        )

    def rules(self, project: str) -> str:
        """Return a digest of all that the gate says of a project's jobs."""
        written = tables(self.document.data, "project").get(project, {})
        said = {key: written.get(key) for key in (*OF_A_PROJECT, "trusted")}
        text = json.dumps([said, tables(self.document.data, "template")], default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def roles(self, user: str) -> frozenset[str]:
        """Return what a person or program may do; nobody unknown may do anything."""
        found = self.table.user.get(user)
        return frozenset(found.roles if found is not None else ())

    def trusts(self, project: str) -> bool:
        """Whether the project's tree may ask for what is kept from others."""
        found = self.table.project.get(project)
        return found is not None and found.trusted

    def known(self, project: str) -> Known:
        """Return what the project's own settings may name."""
        known = _known(self.document, self.table.template, project)
        return replace(known, services=self.services, network=self.trusts(project))

    def held(self, project: str) -> ProjectSettings | None:
        """Return what the gate itself says of the project's jobs, None where it says nothing."""
        table = self.table.project.get(project)
        document = self.document.at(("project", project))
        if table is None or document is None:
            return None
        said = any(getattr(table, key) is not None for key in OF_A_PROJECT)
        settings = ProjectSettings(table=table, document=document, held=True)
        return settings if said else None

    @property
    def templates(self) -> Mapping[str, Layer]:
        """The gate's own job templates."""
        return {
            name: Layer(table=table, origin=partial(self._origin, name))
            for name, table in self.table.template.items()
        }

    def _origin(self, template: str, key: str) -> str:
        return self.document.origin(("template", template, key))


def load_gate(
    raw: bytes,
    *,
    file: str = OWN_FILE,
    services: frozenset[str] = frozenset(),
    planners: frozenset[str] = PLANNERS,
) -> GateSettings:
    """Return the gate's settings from its file; `file` is its name in messages.

    `services` and `planners` are those that it may name.

    Raises:
        ConfigurationError: with every mistake in it.
    """
    document = read_document(file, raw)
    if isinstance(document, Mistake):
        raise ConfigurationError([document])
    table = shaped(GateTable, document)
    templates = {name: _job_table(each) for name, each in tables(document.data, "template").items()}
    known = partial(_known, document, templates)
    wrong = list(_templates(document, replace(known(""), services=services)))
    for name in tables(document.data, "project"):
        part = document.at(("project", name))
        if part is not None:
            wrong += checked(part, replace(known(name), services=services))
    if isinstance(table, list):
        raise ConfigurationError([*table, *wrong])
    planner = table.policy.planner
    if planner not in planners:
        hint = mistakes.did_you_mean(planner, planners)
        what = f"no planner {planner!r} is installed"
        place = ("policy", "planner")
        wrong.append(document.mistake(mistakes.UNKNOWN_NAME, place, what, hint=hint))
    if wrong:
        raise ConfigurationError(wrong)
    return GateSettings(table=table, document=document, services=services, planners=planners)


def _known(document: Document, templates: Mapping[str, JobTable], project: str) -> Known:
    """Return what settings may name, read from the document as it is written."""
    guarded = tables(document.data, "project")
    known = Known(
        project=project,
        projects=frozenset({GATE, *guarded}),
        semaphores=frozenset(_keys(document.data.get("semaphores"))),
        templates=templates,
    )
    held = tables(guarded.get(project, {}), "job")
    jobs = {name: matrix(job, known) for name, job in held.items()}
    return replace(known, jobs=jobs)


def _keys(value: Any) -> list[str]:  # noqa: ANN401 -- as it is written
    return list(value) if isinstance(value, dict) else []


def _job_table(written: Mapping[str, Any]) -> JobTable:
    """Return a template's table, an empty one where it has mistakes, which are told apart."""
    try:
        return JobTable.model_validate(written)
    except ValidationError:
        return JobTable()


def _templates(document: Document, known: Known) -> Iterator[Mistake]:
    templates = tables(document.data, "template")
    for name, template in templates.items():
        path = ("template", name)
        yield from template_named(document, path, templates)
        yield from names_known(document, path, known)
        if name in LIBRARY:
            what = f"the library has a template {name} already"
            hint = f'another name, with template = "{name}" in it'
            yield document.mistake(mistakes.NOT_ALLOWED, path, what, hint=hint)
        if "needs" in template:
            what = "a template cannot need the jobs of a project"
            hint = "put it into the jobs"
            yield document.mistake(mistakes.NOT_ALLOWED, (*path, "needs"), what, hint=hint)
        if _in_itself(name, templates):
            what = "a template cannot stand on itself"
            yield document.mistake(mistakes.CIRCLE, (*path, "template"), what)


def _in_itself(name: str, templates: Mapping[str, Mapping[str, Any]]) -> bool:
    seen = [name]
    while True:
        following = templates.get(seen[-1], {}).get("template")
        if not isinstance(following, str) or following not in templates:
            return False
        if following in seen:
            return following == name
        seen.append(following)


def _project(name: str, table: GuardedTable) -> Project:
    return Project(
        name=ProjectName(name),
        queue=QueueName(table.queue or name),
        branches=tuple(table.branches),
        branch_queues=table.branch_queues,
        allow_cycles=table.allow_cycles,
    )


def _policy(table: PolicyTable) -> Policy:
    written = table.model_dump()
    steps = {name: step(written[name]) for name in ("window_increase", "window_decrease")}
    return Policy(**{**written, **steps})
