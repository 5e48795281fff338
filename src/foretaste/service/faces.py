"""Faces: what the web, the command line and every other face are given of the gate.

Reading is by views, writing by intents, news by notices. Everything here is called from several
threads at once and may block; nothing here checks who is asking, which is the face's duty
(`service.access`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from foretaste.report.releases import ReleasesView
from foretaste.report.views import BuildView, ChangeView, GateView, StoryLine
from foretaste.service.access import Principal
from foretaste.service.intents import Answer, Intent


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchView:
    """One guarded branch and the commit that it points at."""

    branch: str
    commit: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectView:
    """One project under the gate; `clone` is the path of its repository below the host."""

    project: str
    queue: str
    branches: tuple[BranchView, ...]
    clone: str = ""


class Queries(Protocol):
    """Answers a face's questions from one set of facts; unknown names get None."""

    def gate(self) -> GateView:
        """Return the whole gate at a glance."""
        ...

    def changes(
        self, *, state: str = "", project: str = "", limit: int = 100
    ) -> tuple[ChangeView, ...]:
        """Return changes, newest first; "" leaves a filter out."""
        ...

    def change(self, change: str) -> ChangeView | None:
        """Return one change."""
        ...

    def story(self, change: str) -> tuple[StoryLine, ...] | None:
        """Return the story of one change, oldest line first."""
        ...

    def build(self, build: str) -> BuildView | None:
        """Return one build."""
        ...

    def builds(self, *, change: str = "", limit: int = 100) -> tuple[BuildView, ...]:
        """Return builds, newest first; "" is those of every change."""
        ...

    def projects(self) -> tuple[ProjectView, ...]:
        """Return the projects, by name."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something a face may want to show anew: the gate, or one change, or one build.

    `seq` is the number of the event behind it; several notices may share one. `kind` is gate,
    change or build, `subject` the change's or build's name ("" for the gate).
    """

    seq: int
    kind: str
    subject: str = ""


class Feed(Protocol):
    """The gate's news, by event number."""

    def newest(self) -> int:
        """Return the number of the newest event; 0 where there is none."""
        ...

    def since(self, seq: int, limit: int) -> tuple[Notice, ...]:
        """Return the notices of at most `limit` events after number `seq`, in order."""
        ...

    def wait(self, seq: int, timeout: float) -> int:
        """Block until there is an event after `seq` or `timeout` seconds passed; the newest."""
        ...


class Guard(Protocol):
    """Knows who holds which token; `service.access.Access` is the one."""

    def authenticate(self, token: str) -> Principal | None:
        """Return whose token it is; None where it is unknown, revoked or expired."""
        ...


ReadLog = Callable[[str, int, int], tuple[bytes, int, bool]]
"""Read `size` bytes of a build's log from `offset`: the bytes, how many there are in all, and
whether the log is complete."""

ReadArtefact = Callable[[str, str], bytes | None]
"""Read one artefact of a build by its path as `BuildView.artefacts` names it; None if gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What `/metrics` tells; counts are since the gate's log began.

    `builds` counts by state, `queued` items by queue. `tick_seconds` is the sum over `ticks`.
    """

    landings: int = 0
    tree_mismatches: int = 0
    builds: Mapping[str, int] = field(default_factory=dict)
    queued: Mapping[str, int] = field(default_factory=dict)
    ticks: int = 0
    tick_seconds: float = 0.0


class Watch(Protocol):
    """Knows how branches stand against the index; `service.watch.watcher.Watcher` is the one."""

    def releases(self) -> tuple[ReleasesView, ...]:
        """Return every branch that is watched, by project and branch."""
        ...

    def report(self, project: str, branch: str) -> str | None:
        """Return the newest report on a branch, as Markdown; None where it is not watched."""
        ...

    def trouble(self) -> str:
        """Return why not everything can be seen, "" where it can."""
        ...


class NotWatched:
    """The watch of a gate that watches nothing: it is offline, or a demo."""

    def releases(self) -> tuple[ReleasesView, ...]:
        """Return nothing."""
        return ()

    def report(self, project: str, branch: str) -> str | None:  # noqa: ARG002 - as `Watch` has it
        """Return nothing."""
        return None

    def trouble(self) -> str:
        """Say so."""
        return "this gate does not look for new releases"


def _well() -> str:
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The desk at which faces ask: everything that one is wired to.

    `trouble` returns "" while the gate can work, else why it cannot (a full disk, say).
    """

    queries: Queries
    submit: Callable[[Intent], Answer]
    guard: Guard
    read_log: ReadLog
    read_artefact: ReadArtefact
    feed: Feed
    figures: Callable[[], Figures] = Figures
    trouble: Callable[[], str] = _well
    watch: Watch = field(default_factory=NotWatched)
