"""The past: builds and prospects that facts no longer hold, folded from recorded events."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import singledispatch

from foretaste.core.build import Build, BuildState, advance
from foretaste.core.events import (
    BuildEnded,
    BuildStarted,
    BuildWanted,
    Conflicted,
    Event,
    Misconfigured,
    Prepared,
    ProspectWanted,
    Recorded,
)
from foretaste.core.names import BuildId, ProspectKey
from foretaste.core.preparing import answered, prospect_of
from foretaste.core.prospect import Prospect


@dataclass(slots=True, kw_only=True)
class Past:
    """What some events told of builds and prospects."""

    builds: dict[BuildId, Build] = field(default_factory=dict)
    prospects: dict[ProspectKey, Prospect] = field(default_factory=dict)

    def take(self, recorded: Recorded) -> None:
        """Take one event in; those that say nothing of builds and prospects change nothing."""
        _take(recorded.event, self, recorded.at)


def past_of(story: Iterable[Recorded]) -> Past:
    """Return what the events tell of builds and prospects."""
    past = Past()
    for recorded in story:
        past.take(recorded)
    return past


@singledispatch
def _take(event: Event, past: Past, at: float) -> None:
    """Most events say nothing of builds and prospects."""


@_take.register
def _prospect_wanted(event: ProspectWanted, past: Past, _at: float) -> None:
    past.prospects[event.key] = prospect_of(event)


@_take.register(Prepared)
@_take.register(Conflicted)
@_take.register(Misconfigured)
def _prepared(event: Prepared | Conflicted | Misconfigured, past: Past, _at: float) -> None:
    prospect = past.prospects.get(event.key)
    if prospect is not None:
        past.prospects[event.key] = answered(prospect, event)


@_take.register
def _build_wanted(event: BuildWanted, past: Past, at: float) -> None:
    past.builds[event.build] = Build(
        id=event.build,
        job=event.job,
        prospect=event.prospect,
        change=event.change,
        attempt=event.attempt,
        wanted_at=at,
    )


@_take.register
def _build_started(event: BuildStarted, past: Past, _at: float) -> None:
    build = past.builds.get(event.build)
    if build is not None:
        past.builds[build.id] = advance(build, BuildState.RUNNING)


@_take.register
def _build_ended(event: BuildEnded, past: Past, at: float) -> None:
    build = past.builds.get(event.build)
    if build is not None and not build.final:
        past.builds[build.id] = replace(
            advance(build, event.state), fault=event.fault, evidence=event.evidence, ended_at=at
        )
