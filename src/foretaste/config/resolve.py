"""Resolve: what each job is once its template, its matrix and the defaults are put in.

Where the gate itself says something of a project, that stands first: its pipelines come before
the tree's, its jobs in place of the tree's of the same name. The tree can add, never take away.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from foretaste.config import mistakes
from foretaste.config.checks import PIPELINES
from foretaste.config.layers import Layer, Value, Values, layers_of, merged
from foretaste.config.load import ProjectSettings
from foretaste.config.mistakes import ConfigurationError, Mistake
from foretaste.config.schema import DEFAULT_TIMEOUT
from foretaste.config.tree import Tree
from foretaste.config.values import seconds
from foretaste.core.names import JobName

# Characters of a note: it is one line of a log.
LONGEST_NOTE = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One job as it is started: `tests[3.11]` of the job `tests`; `needs` as they are written."""

    name: JobName
    job: str
    run: str
    python: str = ""
    projects: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    timeout: float
    voting: bool = True
    env: Mapping[str, str] = field(default_factory=dict)
    services: tuple[str, ...] = ()
    install: tuple[str, ...] = ()
    preinstall: tuple[str, ...] = ()
    build_constraints: tuple[str, ...] = ()
    evidence: str = ""
    holds: bool = False
    fail_fast: bool = False
    semaphore: str = ""
    shared: bool = False
    artefacts: tuple[str, ...] = ()
    network: bool = False
    note: str = ""

    @property
    def command(self) -> str:
        """The text for the shell: the note is said, the first line that fails ends it."""
        lines = ["set -e"]
        if self.note:
            lines.append(f"printf '%s\\n' {shlex.quote(f'foretaste found: {self.note}')}")
        if self.evidence == "junit" and "FORETASTE_JUNIT" not in self.run:
            told = "--junitxml='$FORETASTE_JUNIT' ${PYTEST_ADDOPTS:-}"
            lines.append(f'export PYTEST_ADDOPTS="{told}"')
        return "\n".join([*lines, self.run])


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """A project's jobs by name, and those of each pipeline; `values` tell where they are from."""

    definitions: Mapping[JobName, Definition] = field(default_factory=dict)
    pipelines: Mapping[str, tuple[JobName, ...]] = field(default_factory=dict)
    values: Mapping[str, Values] = field(default_factory=dict)
    settings: tuple[ProjectSettings, ...] = ()

    def named(self, reference: str) -> tuple[JobName, ...]:
        """Return the jobs that a reference is to: `tests` is all of its matrix."""
        return named(reference, self.definitions)


def named(reference: str, definitions: Mapping[JobName, Definition]) -> tuple[JobName, ...]:
    """Return the jobs among the definitions that a reference is to."""
    if reference in definitions:
        return (JobName(reference),)
    return tuple(name for name, each in definitions.items() if each.job == reference)


def resolve(
    settings: Sequence[ProjectSettings],
    templates: Mapping[str, Layer],
    tree: Tree,
    *,
    network: bool = True,
) -> Resolved:
    """Return the jobs of all settings together; where two name the same, the first counts.

    Without `network` no job may have it but those of the gate.

    Raises:
        ConfigurationError: a template finds nothing in the tree, or gives the network.
    """
    values: dict[str, Values] = {}
    notes: dict[str, str] = {}
    wrong: list[Mistake] = []
    for said in settings:
        for name in sorted(set(said.table.job or {}) - set(values)):
            try:
                layers = list(layers_of(name, said, templates, tree))
            except ConfigurationError as error:
                wrong += error.mistakes
                continue
            values[name] = merged(layers, tree)
            notes[name] = _note(layers)
            wrong += _unfit(name, said, values[name], network=network)
    if wrong:
        raise ConfigurationError(wrong)
    return _resolved(settings, values, notes)


def _unfit(name: str, said: ProjectSettings, values: Values, *, network: bool) -> Iterator[Mistake]:
    """Yield what only shows once the templates are put in."""
    asks = values.get("network", Value(value=False))
    if asks.value and not (network or said.held):
        what = f"this project's jobs may not have the network ({asks.origin})"
        hint = "the gate's settings must say that the project is trusted"
        yield said.mistake(mistakes.NOT_ALLOWED, ("job", name), what, hint=hint)
    if "run" not in values:
        what = "neither the job nor its template says what to run"
        yield said.mistake(mistakes.NOTHING_TO_RUN, ("job", name), what)


def environment_of(settings: Sequence[ProjectSettings]) -> Values:
    """Return what every environment of the project needs."""
    found: dict[str, Value] = {}
    for said in settings:
        table = said.table.environment
        for name, info in type(table).model_fields.items() if table is not None else ():
            value, key = getattr(table, name), info.alias or name
            if value is not None and key not in found:
                found[key] = Value(value=value, origin=said.origin(("environment", key)))
    return found


def _resolved(
    settings: Sequence[ProjectSettings], values: Mapping[str, Values], notes: Mapping[str, str]
) -> Resolved:
    environment = {key: each.value for key, each in environment_of(settings).items()}
    definitions = {
        each.name: each
        for name, job in values.items()
        for each in _instances(name, job, environment, notes[name])
    }
    pipelines = {pipeline: _in_pipeline(pipeline, settings, definitions) for pipeline in PIPELINES}
    return Resolved(
        definitions=definitions, pipelines=pipelines, values=values, settings=tuple(settings)
    )


def _in_pipeline(
    pipeline: str, settings: Sequence[ProjectSettings], definitions: Mapping[JobName, Definition]
) -> tuple[JobName, ...]:
    references = [each for said in settings for each in getattr(said.table, pipeline) or ()]
    found = [name for reference in references for name in named(reference, definitions)]
    return tuple(dict.fromkeys(found))


def _instances(
    name: str, values: Values, environment: Mapping[str, Any], note: str
) -> Iterator[Definition]:
    said = {key: each.value for key, each in values.items()}
    python = said.get("python") or environment.get("python", "")
    if isinstance(python, str):
        yield _definition(JobName(name), name, python, {**environment, **said, "note": note})
        return
    for version in python:
        instance = JobName(f"{name}[{version}]")
        yield _definition(instance, name, version, {**environment, **said, "note": note})


def _definition(name: JobName, job: str, python: str, said: Mapping[str, Any]) -> Definition:
    def texts(key: str) -> tuple[str, ...]:
        return tuple(said.get(key, ()))

    return Definition(
        name=name,
        job=job,
        python=python,
        run=said["run"],
        projects=texts("with"),
        needs=texts("needs"),
        files=texts("files"),
        timeout=seconds(said.get("timeout", DEFAULT_TIMEOUT)),
        voting=said.get("voting", True),
        env=dict(said.get("env", {})),
        services=texts("services"),
        install=texts("install"),
        preinstall=texts("preinstall"),
        build_constraints=texts("build-constraints"),
        evidence=said.get("evidence", ""),
        holds=said.get("holds", False),
        fail_fast=said.get("fail_fast", False),
        semaphore=said.get("semaphore", ""),
        shared=said.get("shared", False),
        artefacts=texts("artefacts"),
        network=said.get("network", False),
        note=said["note"],
    )


def _note(layers: Sequence[Layer]) -> str:
    """Return what was found out for a job, as one printable line."""
    said = "; ".join(dict.fromkeys(layer.note for layer in layers if layer.note))
    clean = "".join(each if each.isprintable() else "?" for each in said)
    return clean if len(clean) <= LONGEST_NOTE else f"{clean[:LONGEST_NOTE]}…"
