"""What an event is about: the changes, builds, prospects and queues that it names.

The subjects are read from the types of an event's fields, so that a new kind of event is found
again without being listed anywhere. What an event only mentions (what a prospect stands on, who
is to blame, what a forge showed beside) does not make it part of that change's story: the chain
of a prospect names every item ahead of it.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Callable, Collection, Iterable, Iterator
from functools import cache
from typing import Any, get_args, get_type_hints

from foretaste.core.events import BuildWanted, Event, Prepared, ProspectWanted, Recorded
from foretaste.core.names import BuildId, ChangeId, ProspectKey, QueueName


class Sort(enum.Enum):
    """The sorts of thing that an event may be about."""

    CHANGE = "change"
    BUILD = "build"
    PROSPECT = "prospect"
    QUEUE = "queue"


Subject = tuple[Sort, str]
"""A thing by its sort and its name."""

Find = Callable[[Sort, Collection[str]], Iterable[Recorded]]
"""Returns the events that are about at least one of the named things."""

_NAMED: dict[object, Sort] = {
    ChangeId: Sort.CHANGE,
    BuildId: Sort.BUILD,
    ProspectKey: Sort.PROSPECT,
    QueueName: Sort.QUEUE,
}
_MENTIONED = frozenset({"base", "because", "chain", "needs"})

_Reader = Callable[[Any], Iterator[Subject]]


def subjects(event: Event) -> tuple[Subject, ...]:
    """Return what an event is about, each thing once."""
    kind: type = type(event)
    found: dict[Subject, None] = {}
    for name, read in _readers(kind):
        found.update(dict.fromkeys(read(getattr(event, name))))
    return tuple(found)


def story_of(change: ChangeId, find: Find) -> tuple[Recorded, ...]:
    """Return the events that concern one change, in order: its own, its prospects', its builds'."""
    own = [r for r in find(Sort.CHANGE, (change,)) if not _beside(r.event, change)]
    keys = [r.event.key for r in own if isinstance(r.event, ProspectWanted)]
    beneath = list(find(Sort.PROSPECT, keys)) if keys else []
    wanted = [r.event.build for r in (*own, *beneath) if isinstance(r.event, BuildWanted)]
    builds = find(Sort.BUILD, wanted) if wanted else ()
    return _in_order((*own, *beneath, *builds))


def build_story_of(build: BuildId, find: Find) -> tuple[Recorded, ...]:
    """Return the events that concern one build, in order, with what its prospect is."""
    own = list(find(Sort.BUILD, (build,)))
    keys = [r.event.prospect for r in own if isinstance(r.event, BuildWanted)]
    beneath = find(Sort.PROSPECT, keys) if keys else ()
    made = (r for r in beneath if isinstance(r.event, ProspectWanted | Prepared))
    return _in_order((*own, *made))


def _beside(event: Event, change: ChangeId) -> bool:
    """Whether the event is the check of another change, which needs this one."""
    if not isinstance(event, ProspectWanted) or event.pipeline != "check":
        return False
    return event.members[-1].change != change


def _in_order(found: Iterable[Recorded]) -> tuple[Recorded, ...]:
    by_number = {recorded.seq: recorded for recorded in found}
    return tuple(by_number[seq] for seq in sorted(by_number))


@cache
def _readers(kind: type) -> tuple[tuple[str, _Reader], ...]:
    """Return the fields of a kind of event that name things, each with how to read it."""
    hints = get_type_hints(kind)
    fields = [field.name for field in dataclasses.fields(kind) if field.name not in _MENTIONED]
    readers = ((name, _reader(hints[name])) for name in fields)
    return tuple((name, read) for name, read in readers if read is not None)


def _reader(hint: object) -> _Reader | None:
    """Return how to read the names from a value of this type; None where it cannot hold any.

    Tuples, named or not, are looked into; records (`Change`, `Verdict`) are not.
    """
    sort = _NAMED.get(hint)
    if sort is not None:
        return lambda name: iter(((sort, name),) if name is not None else ())
    if isinstance(hint, type) and issubclass(hint, tuple) and hasattr(hint, "_fields"):
        return _reader_of_each(tuple(get_type_hints(hint).values()))
    match get_args(hint):
        case (element, end) if end is ...:
            return _reader_of_all(_reader(element))
        case (one, none) if none is type(None):
            return _reader(one)
        case parts:
            return _reader_of_each(parts)


def _reader_of_all(read: _Reader | None) -> _Reader | None:
    if read is None:
        return None
    return lambda values: (found for value in values for found in read(value))


def _reader_of_each(hints: tuple[Any, ...]) -> _Reader | None:
    readers = [(place, _reader(hint)) for place, hint in enumerate(hints)]
    telling = [(place, read) for place, read in readers if read is not None]
    if not telling:
        return None
    return lambda value: (found for place, read in telling for found in read(value[place]))
