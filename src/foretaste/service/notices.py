"""Notices: which pages an event concerns, and the feed of them that faces follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from foretaste.core.events import Event, Prepared, Recorded
from foretaste.core.subjects import Sort, Subject, subjects
from foretaste.ports.store import Store
from foretaste.service.faces import Notice

SHOWN: Mapping[Sort, str] = {Sort.CHANGE: "change", Sort.BUILD: "build"}
"""What has a page of its own, and the word for it."""


class StoreFeed:
    """The gate's news, read from its log; `wait` blocks until there is an event after a number.

    `wait(seq, seconds)` returns the number of the newest event, at the latest after `seconds`.
    """

    def __init__(self, store: Store, wait: Callable[[int, float], int]) -> None:
        self._store = store
        self._wait = wait

    def newest(self) -> int:
        """Return the number of the newest event; 0 where there is none."""
        return self._wait(0, 0.0)

    def since(self, seq: int, limit: int) -> tuple[Notice, ...]:
        """Return the notices of at most `limit` events after number `seq`, in order."""
        return tuple(
            notice for recorded in self._store.since(seq, limit) for notice in notices(recorded)
        )

    def wait(self, seq: int, timeout: float) -> int:
        """Block until there is an event after `seq` or `timeout` seconds passed; the newest."""
        return self._wait(seq, timeout)


def notices(recorded: Recorded) -> tuple[Notice, ...]:
    """Return what may look different after the event: the gate always, then what it names."""
    about = (*_planned(recorded.event), *subjects(recorded.event))
    named = [(word, name) for kind, word in SHOWN.items() for sort, name in about if sort is kind]
    return tuple(
        Notice(seq=recorded.seq, kind=kind, subject=subject)
        for kind, subject in [("gate", ""), *named]
    )


def _planned(event: Event) -> tuple[Subject, ...]:
    """Return the changes whose jobs are known from now on: they stand inside a record."""
    plans = event.plans if isinstance(event, Prepared) else ()
    return tuple((Sort.CHANGE, plan.change) for plan in plans)
