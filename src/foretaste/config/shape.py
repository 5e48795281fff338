"""Shape: whether a document has the keys and types of its model, told in words for people."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from foretaste.config import mistakes
from foretaste.config.document import Document
from foretaste.config.mistakes import Mistake, did_you_mean, shown
from foretaste.config.spots import Path
from foretaste.config.values import WrongValueError

Model = TypeVar("Model", bound=BaseModel)

# By pydantic's name for what is wrong: what should be there.
WANTED: Mapping[str, str] = {
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "float_type": "a number",
    "list_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
}
# By what is wanted and what is there: how it is put right.
MENDED: Mapping[tuple[str, str], str] = {
    ("string_type", "int"): 'put it in quotes: "{}"',
    ("string_type", "float"): 'put it in quotes: "{}"',
    ("bool_type", "str"): "write true or false without quotes",
    ("int_type", "str"): "write the number without quotes",
    ("list_type", "str"): "put it in brackets: [{}]",
}
# By key: how it is put right, whatever is there.
MENDED_OF: Mapping[str, str] = {
    "timeout": 'write "90s", "15m" or "1h30m"',
    "python": 'put versions in quotes, as in "3.11": without them 3.10 is the number 3.1',
}
# By the first key that is not known: why it is not.
ELSEWHERE: Mapping[str, str] = {
    "policy": "only the gate's own settings, in the project `gate`, say that",
    "project": "only the gate's own settings, in the project `gate`, say that",
    "user": "only the gate's own settings, in the project `gate`, say that",
    "semaphores": "only the gate's own settings, in the project `gate`, say that",
    "template": "job templates stand in the gate's own settings, in the project `gate`",
    "secret": "secrets are not there yet",
    "secrets": "secrets are not there yet",
}


def shaped(model: type[Model], document: Document) -> Model | list[Mistake]:
    """Return the document as its model, or everything that is wrong with its shape."""
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        details = error.errors(include_url=False)
        return [_mistake(model, document, detail) for detail in details]


def _mistake(model: type[BaseModel], document: Document, detail: ErrorDetails) -> Mistake:
    kind = detail["type"]
    path = _written(document.data, detail["loc"])
    if kind == "extra_forbidden":
        return _unknown_key(model, document, path)
    if kind == "value_error":
        return _wrong_value(document, path, detail)
    if kind in WANTED:
        return _wrong_type(document, path, detail)
    return document.mistake(mistakes.VALUE, path, _said(detail))


def _written(data: Mapping[str, Any], loc: Sequence[str | int]) -> Path:
    """Return the place as it is written: without pydantic's own marks in it."""
    path: Path = ()
    value: Any = data
    for part in loc:
        if _holds(value, part):
            value = value[part]
            path = (*path, part)
    return path


def _holds(value: object, part: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(part, int) and part < len(value)
    return isinstance(value, dict) and part in value


def _unknown_key(model: type[BaseModel], document: Document, path: Path) -> Mistake:
    name = str(path[-1])
    known = _keys_at(model, path[:-1])
    elsewhere = ELSEWHERE.get(name, "") if name not in known else ""
    hint = elsewhere or did_you_mean(name, known)
    return document.mistake(mistakes.UNKNOWN_KEY, path, "there is no such key", hint=hint)


def _wrong_value(document: Document, path: Path, detail: ErrorDetails) -> Mistake:
    error = detail.get("ctx", {}).get("error")
    if not isinstance(error, WrongValueError):
        return document.mistake(mistakes.VALUE, path, _said(detail))
    if error.place is not None:
        path = (*path, error.place)
    value = detail["input"]
    where = f"{shown(value)}: " if isinstance(value, str) and error.place is None else ""
    return document.mistake(mistakes.VALUE, path, f"{where}{error.what}", hint=error.hint)


def _wrong_type(document: Document, path: Path, detail: ErrorDetails) -> Mistake:
    kind, value = detail["type"], detail["input"]
    name = next((part for part in reversed(path) if isinstance(part, str)), "")
    wanted = "text, or a list of text" if "one" in detail["loc"] else WANTED[kind]
    mended = MENDED.get((kind, type(value).__name__), "").format(shown(value))
    hint = MENDED_OF.get(name, mended)
    return document.mistake(
        mistakes.TYPE, path, f"must be {wanted}, not {_called(value)}", hint=hint
    )


def _called(value: object) -> str:
    match value:
        case str():
            return f"text ({shown(value)})"
        case bool() | int() | float():
            return shown(value)
        case list() | dict():
            return shown(value)
        case _:
            return f"a date or time ({shown(value)})"


def _said(detail: ErrorDetails) -> str:
    """Word what the model itself keeps: bounds, lengths, choices."""
    context = detail.get("ctx", {})
    match detail["type"]:
        case "greater_than_equal":
            return f"{shown(detail['input'])}: must be at least {context['ge']}"
        case "less_than_equal":
            return f"{shown(detail['input'])}: must be at most {context['le']}"
        case "literal_error":
            return f"{shown(detail['input'])}: must be {str(context['expected']).replace(chr(39), chr(34))}"
        case "too_short":
            return "must not be empty"
        case "too_long":
            return f"at most {context['max_length']} are taken"
        case other:
            return f"{shown(detail['input'])}: {other.replace('_', ' ')}"


def _keys_at(model: type[BaseModel], path: Path) -> list[str]:
    """Return the keys of the table that the path leads to."""
    named = False
    for part in path:
        if named:
            named = False
            continue
        field = {each.alias or name: each for name, each in model.model_fields.items()}[str(part)]
        model, named = _inner(field.annotation)
    return [each.alias or name for name, each in model.model_fields.items()]


def _inner(annotation: Any) -> tuple[type[BaseModel], bool]:  # noqa: ANN401 -- a type of any form
    """Return the model inside a type, and whether tables with names of their own are around it."""
    parts = typing.get_args(annotation)
    if typing.get_origin(annotation) is dict:
        return _inner(parts[1])[0], True
    if typing.get_origin(annotation) is typing.Annotated:
        return _inner(parts[0])
    if parts:
        return _inner(next(part for part in parts if part is not type(None)))
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    raise TypeError(annotation)
