"""Watching: the watcher of a gate, put together and run beside it.

It is outside of the gate: it reads settings and facts as any face does, and asks by intents. One
that breaks says so and stops; the gate goes on.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import TimeoutError as LateError
from dataclasses import dataclass
from typing import Final

import structlog

from foretaste.adapters.git.edits import Edits
from foretaste.ports.errors import TransientError
from foretaste.ports.index import Index
from foretaste.service.intents import Answer, Intent
from foretaste.service.watch.asking import Checker
from foretaste.service.watch.bumps import BY, Bumps
from foretaste.service.watch.kept import Kept
from foretaste.service.watch.lockfiles import Relock
from foretaste.service.watch.watcher import Watcher, World
from foretaste.wiring.house import House

LOG = structlog.get_logger("foretaste.watch")
CLOSING: Final = 30.0
"""Seconds that a thread may take to notice that the gate closes; a check's trials are ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What a watcher watches with."""

    index: Index
    checker: Checker
    relock: Relock


def watcher_of(house: House, means: Means) -> Watcher:
    """Return the watcher of a gate; nothing of it runs yet."""

    def submit(intent: Intent) -> Answer:
        try:
            return house.ask((intent,))[0]
        except LateError:
            raise TransientError("FT510", "the gate does not answer") from None

    bumps = Bumps(
        facts=lambda: house.gate.facts,
        submit=submit,
        writer=Edits(house.shelf),
        relock=means.relock,
        approves=lambda: "approve" in house.roles(BY),
    )
    world = World(
        clock=house.clock,
        contents=house.builds.contents,
        index=means.index,
        checker=means.checker,
        bumps=bumps,
        kept=Kept(house.layout.watch, _complain),
        settings=house.settings.now,
        complain=_complain,
    )
    return Watcher(world)


@contextlib.contextmanager
def watching(watcher: Watcher | None) -> Iterator[None]:
    """Let a watcher run while inside, where there is one."""
    if watcher is None:
        yield
        return
    threads = [
        threading.Thread(target=_run, args=(watcher, run), name=name, daemon=True)
        for name, run in (("watcher", watcher.run), ("releases", watcher.checks.run))
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        watcher.close()
        for thread in threads:
            thread.join(CLOSING)


def _run(watcher: Watcher, run: Callable[[], None]) -> None:
    """Run one of its loops; one that breaks is said on the page of releases."""
    try:
        run()
    except Exception as error:
        watcher.broken = f"the watcher has stopped: {error!r}"
        LOG.exception("the watcher has stopped")
        watcher.close()


def _complain(what: str) -> None:
    LOG.warning("watch", what=what)
