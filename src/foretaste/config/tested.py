"""Tested: the one job that shows whether a project works on what it stands on.

A project may have several; what is asked here is which of them runs its tests, and what a
person's own command stands on where the project says nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from foretaste.config.checks import Known
from foretaste.config.detect.find import find
from foretaste.config.load import PYPROJECT, ProjectSettings, load_project
from foretaste.config.local import resolve_locally
from foretaste.config.mistakes import NOTHING_FOUND, ConfigurationError, Mistake
from foretaste.config.resolve import Definition, Resolved, environment_of, resolve
from foretaste.config.schema import DEFAULT_TIMEOUT
from foretaste.config.tree import Tree
from foretaste.config.values import seconds
from foretaste.core.names import JobName

OWN = "tests"
NO_JOB = "FT902"
RUNNER = "pytest"


def trial_job(tree: Tree, *, command: str = "", job: str = "") -> Definition:
    """Return the job to run: `job` where it is named, else the one that runs the tests.

    With a `command` of a person's own, that is run in its place, on what the job would have
    installed; where nothing is known of the project's tests, on what it needs itself.

    Raises:
        ConfigurationError: there is no such job, or nothing is found and no command is given.
    """
    if command and not job and not _says_jobs(tree):
        return _of_command(tree, command)
    definition = _chosen(_resolved(tree), job)
    if command:
        return replace(definition, run=command, evidence="", note="")
    return definition


def testing_job(resolved: Resolved) -> Definition:
    """Return which of a configuration's jobs runs the tests.

    Raises:
        ConfigurationError: it has no job.
    """
    return _chosen(resolved, "")


def _resolved(tree: Tree) -> Resolved:
    """Return the project's jobs; where there are none, a command of one's own is the nearest way."""
    try:
        return resolve_locally(tree)
    except ConfigurationError as error:
        if error.code != NOTHING_FOUND:
            raise
        hint = f"say with --test what to run, or {error.hint}"
        raise ConfigurationError([replace(each, hint=hint) for each in error.mistakes]) from None


def _says_jobs(tree: Tree) -> bool:
    said = load_project(tree, Known())
    return said is not None and said.says_jobs


def _of_command(tree: Tree, command: str) -> Definition:
    """Return a job for a command, with what the project's environments need."""
    said = load_project(tree, Known())
    settings = [] if said is None else [said]
    needs = {key: value.value for key, value in environment_of(settings).items()}
    return Definition(
        name=JobName(OWN),
        job=OWN,
        run=command,
        timeout=seconds(DEFAULT_TIMEOUT),
        python=str(needs.get("python") or ""),
        install=_installed(tree, command),
        preinstall=tuple(needs.get("preinstall", ())),
        build_constraints=tuple(needs.get("build-constraints", ())),
    )


def _installed(tree: Tree, command: str) -> tuple[str, ...]:
    """Return what the tests stand on: what is found out, else the project and its own list.

    A runner that the command does not name is not needed for it.
    """
    try:
        table = find(tree).table
        jobs = resolve([ProjectSettings(table=table)], {}, tree).definitions
        found = next(iter(jobs.values())).install
        return tuple(each for each in found if each != RUNNER or RUNNER in command)
    except ConfigurationError:
        pass
    if any(tree.read(name) is not None for name in (PYPROJECT, "setup.py", "setup.cfg")):
        return (".",)
    return ("-r requirements.txt",) if tree.read("requirements.txt") is not None else ()


def _chosen(resolved: Resolved, job: str) -> Definition:
    if job:
        names = resolved.named(job)
        if not names:
            raise _no_job(f"there is no job {job!r}", list(resolved.definitions))
        return resolved.definitions[names[0]]
    jobs = [
        resolved.definitions[name]
        for pipeline in ("gate", "check")
        for name in resolved.pipelines.get(pipeline, ())
    ] or list(resolved.definitions.values())
    if not jobs:
        raise _no_job("the project has no job", [])
    return max(jobs, key=_tests)


def _tests(definition: Definition) -> tuple[bool, bool]:
    """Sort what runs tests behind what does not; the first of equals is taken."""
    return (definition.evidence == "junit", definition.job == OWN)


def _no_job(what: str, known: Sequence[str]) -> ConfigurationError:
    there = f"there are: {', '.join(known)}; or " if known else ""
    return ConfigurationError(
        [Mistake(code=NO_JOB, what=what, key="job", hint=f"{there}say with --test what to run")]
    )
