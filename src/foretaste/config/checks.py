"""Checks: what the keys of a project's settings mean together.

They look at the document as it is written and skip over what has the wrong shape, which is told
apart, so that a file is told all its mistakes at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from foretaste.config import mistakes
from foretaste.config.document import Document
from foretaste.config.library import LIBRARY, NOT_YET
from foretaste.config.mistakes import Mistake, did_you_mean, shown
from foretaste.config.schema import JobTable
from foretaste.config.spots import Path
from foretaste.config.values import INSTANCE

PIPELINES = ("check", "gate", "post", "release")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a project's settings may name. None: not known here, so not checked.

    `jobs` are jobs that the gate holds for the project, with the versions of their matrix.
    """

    project: str = ""
    projects: frozenset[str] | None = None
    semaphores: frozenset[str] | None = None
    services: frozenset[str] | None = None
    templates: Mapping[str, JobTable] = field(default_factory=dict)
    jobs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    network: bool = True


def checked(document: Document, known: Known) -> Iterator[Mistake]:
    """Yield what is wrong with a project's settings beyond their shape."""
    jobs = tables(document.data, "job")
    matrices = {**known.jobs, **{name: matrix(job, known) for name, job in jobs.items()}}
    for pipeline in PIPELINES:
        yield from _job_refs(document, (pipeline,), matrices)
    for name, job in jobs.items():
        path = ("job", name)
        yield from _job_refs(document, (*path, "needs"), matrices)
        yield from template_named(document, path, known.templates)
        yield from _startable(document, path, job)
        yield from names_known(document, path, known)
        yield from _network(document, path, known)
    yield from _circles(document, jobs)


def tables(data: Mapping[str, Any], name: str) -> dict[str, dict[str, Any]]:
    """Return the tables in the table `name`, without what has another type."""
    found = data.get(name)
    inner = found if isinstance(found, dict) else {}
    return {key: table for key, table in inner.items() if isinstance(table, dict)}


def matrix(job: Mapping[str, Any], known: Known) -> tuple[str, ...]:
    """Return the versions of a job's matrix, empty where it has none."""
    python = job.get("python")
    seen: set[str] = set()
    name = job.get("template")
    while python is None and isinstance(name, str) and name in known.templates and name not in seen:
        seen.add(name)
        python, name = known.templates[name].python, known.templates[name].template
    return (
        tuple(each for each in python if isinstance(each, str)) if isinstance(python, list) else ()
    )


def base_of(reference: str) -> str:
    """Return the job that a reference such as `tests[3.11]` is to."""
    return reference.partition("[")[0]


def _strings(document: Document, path: Path) -> Iterator[tuple[Path, str]]:
    """Yield the texts in a list, with the place of each."""
    value: Any = document.data
    for part in path:
        value = value.get(part) if isinstance(value, dict) else None
    for place, each in enumerate(value if isinstance(value, list) else ()):
        if isinstance(each, str):
            yield (*path, place), each


def _job_refs(
    document: Document, path: Path, matrices: Mapping[str, tuple[str, ...]]
) -> Iterator[Mistake]:
    for place, reference in _strings(document, path):
        found = INSTANCE.fullmatch(reference)
        if found is None:
            continue
        name, version = found.groups()
        if name not in matrices:
            hint = did_you_mean(name, matrices, otherwise=f"write [{_table(document)}job.{name}]")
            yield document.mistake(
                mistakes.UNKNOWN_JOB, place, f"there is no job {shown(name)}", hint=hint
            )
        elif version is not None and version not in matrices[name]:
            built = ", ".join(matrices[name])
            yield document.mistake(
                mistakes.UNKNOWN_JOB,
                place,
                f"job {name} has no build for Python {version}",
                hint=f"its python is {built}" if built else f"{name} has no list of pythons",
            )


def _table(document: Document) -> str:
    return "".join(f"{part}." for part in document.root)


def template_named(
    document: Document, path: Path, templates: Mapping[str, object]
) -> Iterator[Mistake]:
    """Yield the mistake where the table at `path` names a template that is not there."""
    table: Any = document.data
    for part in path:
        table = table.get(part, {})
    name, place = table.get("template"), (*path, "template")
    if not isinstance(name, str) or name in LIBRARY or name in templates:
        return
    if name in NOT_YET:
        yield document.mistake(
            mistakes.UNKNOWN_TEMPLATE,
            place,
            f"the template {name} is not there yet",
            hint="write `run` yourself until it is",
        )
        return
    hint = did_you_mean(name, {*LIBRARY, *templates})
    what = f"there is no template {shown(name)}"
    yield document.mistake(mistakes.UNKNOWN_TEMPLATE, place, what, hint=hint)


def _startable(document: Document, path: Path, job: Mapping[str, Any]) -> Iterator[Mistake]:
    if "run" not in job and "template" not in job:
        yield document.mistake(
            mistakes.NOTHING_TO_RUN,
            path,
            "a job needs a run or a template",
            hint='as in run = "pytest", or template = "pytest"',
        )


def names_known(document: Document, path: Path, known: Known) -> Iterator[Mistake]:
    """Yield what the job or template at `path` names and the gate does not have."""
    for place, name in _strings(document, (*path, "with")):
        if name == known.project:
            what = "a project is always tested with itself"
            yield document.mistake(mistakes.UNKNOWN_NAME, place, what, hint="take it out")
        elif known.projects is not None and name not in known.projects:
            what = f"the gate has no project {shown(name)}"
            hint = did_you_mean(name, known.projects)
            yield document.mistake(mistakes.UNKNOWN_NAME, place, what, hint=hint)
    for place, name in _strings(document, (*path, "services")):
        if known.services is not None and name not in known.services:
            what = f"the service {shown(name)} cannot be started here"
            hint = did_you_mean(name, known.services, otherwise="no service can, yet")
            yield document.mistake(mistakes.UNKNOWN_NAME, place, what, hint=hint)
    yield from _semaphore(document, path, known)


def _semaphore(document: Document, path: Path, known: Known) -> Iterator[Mistake]:
    job: Any = document.data
    for part in path:
        job = job[part]
    name = job.get("semaphore")
    if isinstance(name, str) and known.semaphores is not None and name not in known.semaphores:
        what = f"the gate has no semaphore {shown(name)}"
        hint = did_you_mean(name, known.semaphores, otherwise="its settings list them")
        yield document.mistake(mistakes.UNKNOWN_NAME, (*path, "semaphore"), what, hint=hint)


def _network(document: Document, path: Path, known: Known) -> Iterator[Mistake]:
    job: Any = document.data
    for part in path:
        job = job[part]
    if job.get("network") is True and not known.network:
        yield document.mistake(
            mistakes.NOT_ALLOWED,
            (*path, "network"),
            "this project's jobs may not have the network",
            hint="the gate's settings must say that the project is trusted",
        )


def _circles(document: Document, jobs: Mapping[str, Mapping[str, Any]]) -> Iterator[Mistake]:
    """Yield each circle of needs once, named from its first job on."""
    needs = {
        name: [base_of(each) for _, each in _strings(document, ("job", name, "needs"))]
        for name in jobs
    }
    done: set[str] = set()
    for start in needs:
        circle = _circle_from(start, needs, done)
        if circle:
            first = circle.index(min(circle))
            turned = [*circle[first:], *circle[:first], circle[first]]
            yield document.mistake(
                mistakes.CIRCLE,
                ("job", circle[first], "needs"),
                f"jobs need each other in a circle: {' -> '.join(turned)}",
                hint="one of them has to go first",
            )


def _circle_from(start: str, needs: Mapping[str, list[str]], done: set[str]) -> list[str]:
    """Return the first circle met from `start` on; marks all it has seen as done."""
    way: list[str] = []
    ahead = [(start, iter(needs.get(start, ())))] if start not in done else []
    while ahead:
        name, rest = ahead[-1]
        if name not in way:
            way.append(name)
        following = next(rest, None)
        if following is None:
            done.add(name)
            way.pop()
            ahead.pop()
        elif following in way:
            circle = way[way.index(following) :]
            done.update(way)
            return circle
        elif following in needs and following not in done:
            ahead.append((following, iter(needs[following])))
    return []
