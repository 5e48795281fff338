"""Spec: a job's text for the executor, as canonical JSON; the same job gives the same text.

The core carries the text without reading it. What only a build knows (its attempt, the attempts
that it needs) is not in it, and is put in when the build is started.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

from foretaste.core.job import Job
from foretaste.ports.errors import PermanentError
from foretaste.ports.executor import EnvironmentSpec, JobSpec, Source, Watch

# What a build adds to its job's spec.
OF_A_BUILD = ("attempt", "needs")


def canonical(value: object) -> str:
    """Write a value as JSON so that equal values give equal text."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def encode(spec: JobSpec) -> str:
    """Write the spec without what only a build knows."""
    return canonical({key: each for key, each in asdict(spec).items() if key not in OF_A_BUILD})


def job_spec(job: Job, attempt: str, needs: Sequence[str] = ()) -> JobSpec:
    """Return what the executor needs for one build of the job.

    Raises:
        PermanentError: the text is not one that `encode` wrote: stored by another version of
            Foretaste, or damaged.
    """
    try:
        return _decoded(json.loads(job.spec), attempt, tuple(needs))
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PermanentError(
            "FT215",
            f"the spec of job {job.name} cannot be read: {error}",
            hint="propose the change again, so that its jobs are read anew",
        ) from error


def _decoded(read: dict[str, Any], attempt: str, needs: tuple[str, ...]) -> JobSpec:
    environment = read["environment"]
    known = {each.name for each in fields(JobSpec)} - set(OF_A_BUILD)
    if unknown := set(read) - known:
        raise ValueError(", ".join(sorted(unknown)))
    return JobSpec(
        **{
            **read,
            "attempt": attempt,
            "needs": needs,
            "sources": tuple(Source(**source) for source in read["sources"]),
            "environment": EnvironmentSpec(**_all_frozen(environment)),
            "watch": _watch(read.get("watch")),
            "services": tuple(read["services"]),
            "artefacts": tuple(read["artefacts"]),
        }
    )


def _watch(read: dict[str, Any] | None) -> Watch | None:
    """Return what a spec says of watching; specs of earlier versions say nothing of it."""
    return None if read is None else Watch(**_all_frozen(read))


def _all_frozen(read: dict[str, Any]) -> dict[str, Any]:
    return {key: _frozen(value) for key, value in read.items()}


def _frozen(value: object) -> Any:  # noqa: ANN401 -- a field of any type
    return tuple(value) if isinstance(value, list) else value
