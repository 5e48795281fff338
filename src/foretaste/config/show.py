"""Show: what the configuration comes to, a row a key, each with where it was said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from foretaste.config.checks import PIPELINES
from foretaste.config.gate import GateSettings
from foretaste.config.layers import DEFAULT, KEYS, Value, Values
from foretaste.config.mistakes import dotted
from foretaste.config.resolve import Resolved, environment_of
from foretaste.config.schema import DEFAULT_TIMEOUT, EnvironmentTable
from foretaste.config.spots import Path
from foretaste.config.written import value

# What a job has that says nothing of it; keys without a value here are left empty.
DEFAULTS: Mapping[str, Any] = {
    "python": "",
    "timeout": DEFAULT_TIMEOUT,
    "voting": True,
    "env": {},
    "evidence": "",
    "holds": False,
    "fail_fast": False,
    "semaphore": "",
    "shared": False,
    "network": False,
    "template": "",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One key; `value` as TOML, `origin` as `file:line`, a template, `found: …` or `default`."""

    key: str
    value: str
    origin: str


def project_rows(resolved: Resolved) -> tuple[Row, ...]:
    """Return what a project's configuration comes to."""
    rows = [_pipeline(pipeline, resolved) for pipeline in PIPELINES]
    environment = environment_of(resolved.settings)
    for name, info in EnvironmentTable.model_fields.items():
        key = info.alias or name
        found = environment.get(key, Value(value="" if key == "python" else []))
        rows.append(_row(("environment", key), found))
    for job, values in sorted(resolved.values.items()):
        rows += _job(job, values)
    return tuple(rows)


def gate_rows(settings: GateSettings) -> tuple[Row, ...]:
    """Return what the gate's own settings come to."""
    return tuple(_leaves(settings, settings.table, ()))


def _pipeline(pipeline: str, resolved: Resolved) -> Row:
    listed = [said for said in resolved.settings if getattr(said.table, pipeline)]
    references = [each for said in listed for each in getattr(said.table, pipeline)]
    origins = dict.fromkeys(said.origin((pipeline,)) for said in listed)
    together = Value(value=list(dict.fromkeys(references)), origin=" + ".join(origins) or DEFAULT)
    return _row((pipeline,), together)


def _job(job: str, values: Values) -> Iterator[Row]:
    for key in KEYS:
        found = values.get(key, Value(value=DEFAULTS.get(key, [])))
        yield _row(("job", job, key), found)


def _row(path: Sequence[str | int], found: Value) -> Row:
    return Row(key=dotted(path), value=value(found.value), origin=found.origin)


def _leaves(settings: GateSettings, model: BaseModel, path: Path) -> Iterator[Row]:
    for name, info in type(model).model_fields.items():
        yield from _leaf(settings, getattr(model, name), (*path, info.alias or name))


def _leaf(settings: GateSettings, data: Any, path: Path) -> Iterator[Row]:  # noqa: ANN401
    if data is None:
        return
    if isinstance(data, BaseModel):
        yield from _leaves(settings, data, path)
    elif isinstance(data, dict) and path[-1] != "env":
        for name, each in sorted(data.items()):
            yield from _leaf(settings, each, (*path, name))
    else:
        said = (*settings.document.root, *path) in settings.document.spots
        origin = settings.document.origin(path) if said else DEFAULT
        yield _row(path, Value(value=data, origin=origin))
