"""The past is what events told of builds and prospects, however they arrive."""

from __future__ import annotations

from foretaste.core.build import BuildState
from foretaste.core.events import (
    BuildEnded,
    BuildStarted,
    Conflicted,
    Event,
    Misconfigured,
    Prepared,
    Recorded,
)
from foretaste.core.names import BuildId, ChangeId, ProspectKey
from foretaste.core.past import Past, past_of
from foretaste.core.prospect import ProspectState
from tests.unit.core.town import Town


def past(town: Town, change: str) -> Past:
    return past_of(town.world.store.story(change))


def test_builds_and_prospects_that_facts_forgot_are_known() -> None:
    town = Town()("approve A", "fail M[A]")
    assert not town.facts.builds

    known = past(town, "A")

    (build,) = known.builds.values()
    assert (build.state, build.evidence.exit_status) == (BuildState.FAILED, 1)
    assert build.wanted_at <= build.ended_at
    prospect = known.prospects[build.prospect]
    assert prospect.status is ProspectState.PREPARED
    assert [job.name for job in prospect.jobs(ChangeId("A"))] == ["M"]


def test_what_could_not_be_merged_or_configured_says_so() -> None:
    clash = [{"id": name, "project": "R", "files": {"x": name}} for name in ("A", "B")]
    town = Town(change=clash)("approve A B")

    (prospect,) = past(town, "B").prospects.values()
    assert (prospect.status, prospect.paths) == (ProspectState.CONFLICT, ("x",))
    known = past(town, "A")
    (key,) = known.prospects
    known.take(
        Recorded(seq=99, at=0.0, event=Misconfigured(key=key, change=ChangeId("A"), detail="no"))
    )
    assert (known.prospects[key].status, known.prospects[key].why) == (
        ProspectState.MISCONFIGURED,
        "no",
    )


def test_news_of_what_is_not_known_changes_nothing() -> None:
    key, build = ProspectKey("k"), BuildId("b")
    events: tuple[Event, ...] = (
        Prepared(key=key, moves=(), state=(), plans=()),
        Conflicted(key=key, change=ChangeId("A")),
        Misconfigured(key=key, change=ChangeId("A"), detail=""),
        BuildStarted(build=build),
        BuildEnded(build=build, state=BuildState.PASSED),
    )

    known = past_of(Recorded(seq=n, at=0.0, event=event) for n, event in enumerate(events))

    assert not known.builds
    assert not known.prospects


def test_a_build_that_has_ended_stays_as_it_ended() -> None:
    town = Town()("approve A", "finish *")
    known = past(town, "A")
    (name,) = known.builds
    late = BuildEnded(build=name, state=BuildState.FAILED)

    known.take(Recorded(seq=99, at=9.0, event=late))

    assert known.builds[name].state is BuildState.PASSED
