"""Records to JSON text and back, compiled from the types of their fields.

Nothing lists fields: a field that is added to a record is stored from then on, and must have a
default, with which older rows are read. What a record does not know is refused, since a newer
program wrote it. Reading and writing are done by pydantic's compiled core, so that a start with
thousands of changes is fast.
"""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import json
import types
import typing
from typing import Any, Generic, TypeVar

from immutables import Map
from pydantic_core import (
    CoreConfig,
    CoreSchema,
    PydanticSerializationError,
    SchemaSerializer,
    SchemaValidator,
    ValidationError,
    core_schema,
)

T = TypeVar("T")

_SHOWN = 3  # of the errors in one text so many are named: one would do to find the cause

_CONFIG = CoreConfig(extra_fields_behavior="forbid", ser_json_inf_nan="constants")
_PLAIN: dict[object, CoreSchema] = {
    str: core_schema.str_schema(strict=True),
    int: core_schema.int_schema(strict=True),
    float: core_schema.float_schema(strict=True),
    bool: core_schema.bool_schema(strict=True),
    types.NoneType: core_schema.none_schema(),
}


class CodecError(Exception):
    """A text is not what this program writes of a record; says what is wrong with it."""


class UnstorableError(TypeError):
    """A field's type is none of those that can be stored: a bug in whoever declared it."""

    def __init__(self, hint: object) -> None:
        super().__init__(f"no way to store a {hint}")


class Codec(Generic[T]):
    """Writes and reads the records of one type.

    Raises:
        UnstorableError: a field's type is none of those that can be stored (see `schema_of`).
    """

    def __init__(self, kind: type[T]) -> None:
        schema = schema_of(kind)
        self._validator = SchemaValidator(schema)
        self._serializer = SchemaSerializer(schema)
        self.shape = hashlib.sha256(describe(kind).encode()).hexdigest()
        """A digest of all names and types within: equal shapes are read without loss."""

    def encode(self, record: T) -> str:
        """Return the record as JSON.

        Raises:
            PydanticSerializationError: a value is not of the type that its field declares: a
                bug in whoever made the record.
        """
        try:
            return self._serializer.to_json(record, warnings="error").decode()
        except PydanticSerializationError:
            # Names that git gives may not be UTF-8: Python keeps such bytes as lone surrogates,
            # which only JSON's own escapes can hold.
            return json.dumps(self._serializer.to_python(record, mode="json", warnings="error"))

    def decode(self, text: str) -> T:
        """Return the record that the JSON holds.

        Raises:
            CodecError: it is no such record.
        """
        try:
            return self._validated(text)
        except ValidationError as error:
            errors = error.errors()[:_SHOWN]
            shown = "; ".join(
                f"{'.'.join(map(str, e['loc'])) or 'all'}: {e['msg']}" for e in errors
            )
            raise CodecError(shown) from None

    def _validated(self, text: str) -> T:
        try:
            record: T = self._validator.validate_json(text)
        except ValidationError:
            if "\\ud" not in text:
                raise
            record = self._validator.validate_python(json.loads(text), strict=False)
        return record


def codec_of(kind: type[T]) -> Codec[T]:
    """Return the codec of a record's type; made when it is first asked for."""
    codec = _CODECS.get(kind)
    if codec is None:
        codec = _CODECS[kind] = Codec(kind)
    return codec


_CODECS: dict[type, Codec[Any]] = {}


def schema_of(hint: object) -> CoreSchema:
    """Return how to check, read and write a value of this type.

    Known are text, numbers, truth, None, enums, tuples of one kind or of fixed places, named
    tuples, optional values, maps, names of their own type, and dataclasses of all these.

    Raises:
        UnstorableError: the type is none of these.
    """
    hint = getattr(hint, "__supertype__", hint)
    if hint in _PLAIN:
        return _PLAIN[hint]
    if isinstance(hint, type):
        return _schema_of_class(hint)
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) is tuple:
        return _schema_of_tuple(arguments)
    if typing.get_origin(hint) is Map:
        return _schema_of_map(*arguments)
    if types.NoneType in arguments and len(arguments) == len((hint, None)):
        return core_schema.nullable_schema(schema_of(arguments[0]))
    raise UnstorableError(hint)


def _schema_of_class(kind: type) -> CoreSchema:
    if issubclass(kind, enum.Enum):
        return core_schema.enum_schema(kind, list(kind))
    if issubclass(kind, tuple) and hasattr(kind, "_fields"):
        places = [schema_of(hint) for hint in typing.get_type_hints(kind).values()]
        return core_schema.no_info_after_validator_function(
            lambda values: kind(*values), core_schema.tuple_schema(places)
        )
    if dataclasses.is_dataclass(kind):
        return _schema_of_dataclass(kind)
    raise UnstorableError(kind)


def _schema_of_dataclass(kind: type) -> CoreSchema:
    hints = typing.get_type_hints(kind)
    fields = [
        core_schema.dataclass_field(
            field.name, _with_default(schema_of(hints[field.name]), field), kw_only=True
        )
        for field in dataclasses.fields(kind)
    ]
    return core_schema.dataclass_schema(
        kind,
        core_schema.dataclass_args_schema(kind.__name__, fields),
        [field.name for field in dataclasses.fields(kind)],
        slots=hasattr(kind, "__slots__"),
        config=_CONFIG,
    )


def _with_default(schema: CoreSchema, field: dataclasses.Field[Any]) -> CoreSchema:
    """Return the schema with the field's default, for rows older than the field."""
    if field.default is not dataclasses.MISSING:
        return core_schema.with_default_schema(schema, default=field.default)
    if field.default_factory is not dataclasses.MISSING:
        return core_schema.with_default_schema(schema, default_factory=field.default_factory)
    return schema


def _schema_of_tuple(arguments: tuple[object, ...]) -> CoreSchema:
    if arguments[-1] is ...:
        return core_schema.tuple_schema([schema_of(arguments[0])], variadic_item_index=0)
    return core_schema.tuple_schema([schema_of(argument) for argument in arguments])


def _schema_of_map(key: object, value: object) -> CoreSchema:
    """A map is a list of pairs, since its keys may be tuples, which JSON has not."""
    pair = core_schema.tuple_schema([schema_of(key), schema_of(value)])
    pairs = core_schema.list_schema(pair)
    return core_schema.no_info_after_validator_function(
        Map,
        pairs,
        serialization=core_schema.plain_serializer_function_ser_schema(_pairs, return_schema=pairs),
    )


def _pairs(kept: Map[Any, Any]) -> list[tuple[object, object]]:
    return list(kept.items())


def describe(hint: object) -> str:
    """Return a type as text, with the names and types of all fields within."""
    told: dict[str, str] = {}
    _describe(hint, told)
    return "\n".join(f"{name}: {text}" for name, text in sorted(told.items()))


def _describe(hint: object, told: dict[str, str]) -> None:
    for argument in typing.get_args(hint):
        _describe(argument, told)
    name = getattr(hint, "__qualname__", "")
    if not isinstance(hint, type) or name in told:
        return
    if issubclass(hint, enum.Enum):
        told[name] = ", ".join(str(member.value) for member in hint)
    elif dataclasses.is_dataclass(hint) or hasattr(hint, "_fields"):
        hints = typing.get_type_hints(hint)
        told[name] = ", ".join(f"{field} {kind}" for field, kind in hints.items())
        for kind in hints.values():
            _describe(kind, told)
