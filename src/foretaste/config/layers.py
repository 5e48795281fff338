"""Layers: where a job's values come from: its own table, templates of the gate, the library."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from foretaste.config.detect.dependencies import itself
from foretaste.config.detect.metadata import read_metadata
from foretaste.config.library import LIBRARY
from foretaste.config.load import ProjectSettings
from foretaste.config.mistakes import ConfigurationError, Mistake
from foretaste.config.schema import JobTable
from foretaste.config.tree import Tree

DEFAULT = "default"
KEYS: Mapping[str, str] = {info.alias or name: name for name, info in JobTable.model_fields.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What a key comes to, and where it was said."""

    value: Any
    origin: str = DEFAULT


Values = Mapping[str, Value]
"""What a job comes to, by key as it is written; a key that is said nowhere is not there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layer:
    """One table that a job gets values from; `origin` tells where a key of it stands."""

    table: JobTable
    origin: Callable[[str], str]
    note: str = ""


def layers_of(
    name: str, said: ProjectSettings, templates: Mapping[str, Layer], tree: Tree
) -> Iterator[Layer]:
    """Yield the tables that a job gets values from, the nearest first.

    Raises:
        ConfigurationError: a template of the library finds nothing to be filled with.
    """
    layer = Layer(
        table=(said.table.job or {})[name],
        origin=lambda key: said.origin(("job", name, key)),
        note=said.note,
    )
    yield layer
    while layer.table.template in templates:
        layer = templates[layer.table.template or ""]
        yield layer
    template = layer.table.template
    if template is None:
        return
    try:
        filled = LIBRARY[template](tree, name)
    except ConfigurationError as error:
        place = layer.origin("template")
        raise ConfigurationError(_placed(error, place, name)) from None
    word = f"template {template}" + (f" ({filled.note})" if filled.note else "")
    yield Layer(table=filled.table, origin=lambda _: word, note=filled.note)


def merged(layers: Sequence[Layer], tree: Tree) -> Values:
    """Return each key's value from the nearest layer that has one; `env` from all together."""
    found: dict[str, Value] = {}
    for key, name in KEYS.items():
        for layer in layers:
            value = getattr(layer.table, name)
            if value is not None:
                found[key] = Value(value=value, origin=layer.origin(key))
                break
    if "install" not in found:
        found["install"] = Value(value=list(itself(read_metadata(tree))))
    if "env" in found:
        tables = [layer.table.env or {} for layer in reversed(layers)]
        together = {name: text for table in tables for name, text in table.items()}
        found["env"] = Value(value=together, origin=found["env"].origin)
    return found


def _placed(error: ConfigurationError, place: str, job: str) -> Iterator[Mistake]:
    """Yield what a template did not find, at the place where it was asked for."""
    file, _, line = place.rpartition(":")
    for each in error.mistakes:
        known = line.isdigit()
        yield Mistake(
            code=each.code,
            what=each.what,
            file=file if known else place,
            line=int(line) if known else 0,
            key=f"job.{job}.template",
            hint=each.hint,
        )
