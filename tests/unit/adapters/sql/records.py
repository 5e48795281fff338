"""Any record at all, made from the types of its fields, for laws about how records are kept.

The strategies know the same types as the codec and nothing of its code.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from enum import Enum
from typing import Any

from hypothesis import strategies as st
from immutables import Map

MOST = 3  # so many elements in what is nested, since records nest deeply

# Names come from git as bytes; Python keeps those that are not UTF-8 as low surrogates.
TEXT = st.text(
    st.characters(exclude_categories=["Cs"])
    | st.characters(min_codepoint=0xDC80, max_codepoint=0xDCFF),
    max_size=8,
)
_LEAVES: dict[object, st.SearchStrategy[Any]] = {
    str: TEXT,
    int: st.integers(),
    bool: st.booleans(),
    # What is not a number is not equal to itself; infinity is.
    float: st.floats(allow_nan=False),
    types.NoneType: st.none(),
}


def any_of(hint: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for values of the type, with every field of a record drawn."""
    hint = getattr(hint, "__supertype__", hint)
    if hint in _LEAVES:
        return _LEAVES[hint]
    if isinstance(hint, type):
        return _of_class(hint)
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) is Map:
        key, value = map(any_of, arguments)
        return st.dictionaries(key, value, max_size=MOST).map(Map)
    if typing.get_origin(hint) is not tuple:
        return st.one_of([any_of(argument) for argument in arguments])
    if arguments[-1] is ...:
        return st.lists(any_of(arguments[0]), max_size=MOST).map(tuple)
    return st.tuples(*map(any_of, arguments))


def _of_class(kind: Any) -> st.SearchStrategy[Any]:
    if issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    hints = typing.get_type_hints(kind)
    if issubclass(kind, tuple):
        return st.builds(kind, *map(any_of, hints.values()))
    names = [field.name for field in dataclasses.fields(kind)]
    return st.deferred(lambda: st.builds(kind, **{name: any_of(hints[name]) for name in names}))
