"""Notices: which pages an event concerns, and the feed of them that faces follow."""

from __future__ import annotations

from collections.abc import Callable

from foretaste.core import events as ev
from foretaste.core.events import Event, Recorded
from foretaste.ports.store import Store
from foretaste.service.faces import Notice


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
    named = [
        *(("change", change) for change in _changes(recorded.event)),
        *(("build", build) for build in _builds(recorded.event)),
    ]
    return tuple(
        Notice(seq=recorded.seq, kind=kind, subject=subject)
        for kind, subject in [("gate", ""), *named]
    )


def _changes(event: Event) -> tuple[str, ...]:
    match event:
        case ev.ChangesSeen(about=about):
            return tuple(about)
        case ev.Promoted(changes=changes):
            return tuple(changes)
        case ev.Enqueued(items=items):
            return tuple(member.change for members in items for member in members)
        case ev.ProspectWanted(members=members) | ev.LandWanted(members=members):
            return tuple(member.change for member in members)
        case ev.Prepared(plans=plans):
            return tuple(plan.change for plan in plans)
        case (
            ev.Conflicted(change=change)
            | ev.Misconfigured(change=change)
            | ev.Reported(change=change)
            | ev.DequeueAsked(change=change)
            | ev.EnqueueAsked(change=change)
            | ev.Considered(change=change)
            | ev.Waited(change=change)
            | ev.CheckStarted(change=change)
            | ev.CheckEnded(change=change)
            | ev.ReportWanted(change=change)
            | ev.Judged(change=change)
        ):
            return (change,)
        case ev.BuildWanted(change=shared):
            return () if shared is None else (shared,)
        case _:
            return ()


def _builds(event: Event) -> tuple[str, ...]:
    match event:
        case (
            ev.BuildWanted(build=build)
            | ev.CancelWanted(build=build)
            | ev.BuildStarted(build=build)
            | ev.BuildEnded(build=build)
        ):
            return (build,)
        case _:
            return ()
