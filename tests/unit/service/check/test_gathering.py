"""What stands in a dossier beside the finding comes from the index, the trials and the project."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from foretaste.ports.errors import PortError, TransientError
from foretaste.ports.index import IndexFile, IndexPage
from foretaste.ports.releases import Pin
from foretaste.service.check.gathering import (
    facts_of_releases,
    facts_of_subject,
    facts_of_trials,
    failures_of_base,
    new_warnings,
    seconds_by_phase,
)
from foretaste.service.check.searching import Tried
from foretaste.service.check.states import States
from foretaste.service.check.subject import Patch, Tools, Wish
from foretaste.taste.isolate import Trial
from foretaste.taste.outcome import Ending, Failure, Outcome, Signature
from foretaste.taste.releases import ReleaseFacts
from tests.unit.service.check.acting import exited, searching, states

NOON = datetime(2026, 1, 20, 12, tzinfo=UTC)


def file(name: str, version: str, kind: str = "wheel", **facts: Any) -> IndexFile:
    """A file of a release; its hash is that of its name."""
    filename = f"{name}-{version}" + ("-py3-none-any.whl" if kind == "wheel" else ".tar.gz")
    told: dict[str, Any] = {"sha256": digest(filename), "uploaded": NOON, **facts}
    return IndexFile(filename=filename, kind=kind, version=version, url="", **told)


def digest(filename: str) -> str:
    return hashlib.sha256(filename.encode()).hexdigest()


def hashed(filename: str) -> str:
    return f"sha256:{digest(filename)}"


@dataclass(slots=True)
class Shown:
    """An index that shows these pages, and keeps what it was asked for."""

    there: Mapping[str, tuple[IndexFile, ...]]
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def page(self, name: str) -> IndexPage:
        """Return a page."""
        return IndexPage(name=name, files=self.there[name])

    def pages(self, names: Iterable[str]) -> Mapping[str, IndexPage | PortError]:
        """Return pages; one that is not there is out of reach."""
        self.asked.append(tuple(names))
        gone = TransientError("FT623", "out of reach")
        return {name: self.page(name) if name in self.there else gone for name in self.asked[-1]}


def facts(
    space: States, index: Shown, wish: Wish | None = None, *, blamed: bool = True
) -> dict[str, ReleaseFacts]:
    """What is known of releases, by "name version"."""
    tools: Tools = replace(searching(exited, space).tools, index=index)
    found = facts_of_releases(space, wish or Wish(), tools, blamed=blamed)
    return {f"{each.name} {each.version}": each for each in found}


SPACE = states({"a": "1", "b": "1"}, {"a": "2"})


def test_files_tell_hashes_times_and_what_was_withdrawn() -> None:
    index = Shown(
        {
            "a": (
                file("a", "1", uploaded=None),
                file("a", "2", uploaded=datetime(2026, 1, 21, tzinfo=UTC), yanked="bad"),
                file("a", "2", "sdist", yanked="worse"),
            ),
            "b": (file("b", "1", yanked="half"), file("b", "1", "sdist")),
        }
    )

    found = facts(SPACE, index)

    assert found["a 2"].hashes == (hashed("a-2-py3-none-any.whl"), hashed("a-2.tar.gz"))
    assert found["a 2"].uploaded == NOON.timestamp()
    assert (found["a 2"].yanked, found["b 1"].yanked) == ("bad", None)
    assert found["a 1"].uploaded == 0.0
    assert not any(each.vanished or each.built for each in found.values())


def test_the_index_is_asked_for_all_only_where_somebody_is_blamed() -> None:
    index = Shown({"a": (file("a", "1"), file("a", "2"))})

    facts(SPACE, index)
    facts(SPACE, index, blamed=False)
    facts(states({"a": "1"}, {}), index, blamed=False)

    assert index.asked == [("a", "b"), ("a",)]


def test_where_the_index_does_not_answer_pins_tell_what_they_can() -> None:
    pins = {**SPACE.base, "b": Pin(name="b", version="1", hashes=("sha256:1",))}

    found = facts(replace(SPACE, base=pins), Shown({}))

    assert found["b 1"].hashes == ("sha256:1",)
    assert (found["b 1"].vanished, found["b 1"].uploaded) == (False, 0.0)


def test_a_release_that_is_no_longer_there_is_said_to_have_vanished() -> None:
    found = facts(SPACE, Shown({"a": (file("a", "2"),), "b": ()}))

    assert {name for name, each in found.items() if each.vanished} == {"a 1", "b 1"}


def test_what_was_built_here_is_had_elsewhere_by_its_sdist() -> None:
    built = Pin(name="a", version="2", hashes=("sha256:own",), wheel="/kept/a-2-py3-none-any.whl")
    space = replace(SPACE, candidate={**SPACE.candidate, "a": built})
    index = Shown({"a": (file("a", "2", "sdist"), file("a", "2"), file("a", "1"))})

    shown = facts(space, index)["a 2"]
    unseen = facts(space, Shown({}))["a 2"]
    gone = facts(space, Shown({"a": ()}))["a 2"]

    assert (shown.built, shown.hashes) == (True, (hashed("a-2.tar.gz"),))
    assert (unseen.built, unseen.hashes, unseen.vanished) == (True, (), False)
    assert not gone.vanished


def test_an_unreleased_state_is_told_by_where_it_comes_from() -> None:
    pin = Pin(name="a", version="2", hashes=("sha256:own",), wheel="/kept/a-2-py3-none-any.whl")
    patch = Patch(pin=pin, origin="git+https://git.example.org/a@main", mark="abc")
    space = states({"a": "1"}, {"a": patch.version})
    space = replace(space, candidate={"a": replace(pin, version=patch.version)})

    found = facts(space, Shown({"a": ()}), Wish(patches=(patch,)))["a 2+gabc"]

    assert found.origin == patch.origin
    assert (found.hashes, found.built, found.vanished) == ((), False, False)


def trial(number: int, *moved: str, **outcome: Any) -> Tried:
    """A trial that ended; it took a second of tests."""
    told: dict[str, Any] = {"ending": Ending.PASSED, **outcome}
    return Tried(
        trial=Trial(number=number, moved=frozenset(moved), why="to see"),
        outcome=Outcome(**told),
        phases={"test": 1.0, "environment": 0.25 * number},
    )


def failure(test: str) -> Failure:
    return Failure(test=test, signature=Signature(type="E", message=""))


def test_trials_are_told_by_number() -> None:
    tried = [
        trial(2, "b", "a", ending=Ending.FAILED, failures=(failure("t"),), seconds=2.0),
        trial(1),
        trial(3, "a", ending=Ending.LOST, why="the worker is gone"),
    ]

    told = facts_of_trials(tried)

    assert [(each.number, each.moved, each.outcome, each.failed) for each in told] == [
        (1, (), "passed", 0),
        (2, ("a", "b"), "failed", 1),
        (3, ("a",), "lost", 0),
    ]
    assert [each.why for each in told] == ["to see", "to see", "the worker is gone"]
    assert seconds_by_phase(tried) == {"test": 3.0, "environment": 1.5}


def test_warnings_are_new_where_the_base_never_wrote_them() -> None:
    every = frozenset({"a", "b"})
    tried = [
        trial(1, warnings=("old",)),
        trial(2, "a", "b", warnings=("new", "old", "more")),
        trial(3, warnings=("more",)),
        trial(4, "a", warnings=("partly",)),
        trial(5, "a", "b", warnings=("new",)),
        trial(6, "a", "b", warnings=("lost",), ending=Ending.LOST),
    ]

    assert new_warnings(tried, every) == ("new",)


def test_a_base_fails_as_it_did_last() -> None:
    tried = [
        trial(1, ending=Ending.FAILED, failures=(failure("first"),)),
        trial(2, "a", ending=Ending.FAILED, failures=(failure("candidate"),)),
        trial(3, ending=Ending.FAILED, failures=(failure("last"),)),
        trial(4),
    ]

    assert [each.test for each in failures_of_base(tried)] == ["last"]
    assert failures_of_base([trial(1)]) == ()


def test_a_subject_is_told_as_of_when_it_was_seen() -> None:
    search = searching(exited, SPACE)
    subject = replace(search.subject, base_date=NOON, test="make tests", base_from="uv.lock")

    dated = facts_of_subject(subject, "3.11.4", NOON, search.tools)
    now = facts_of_subject(replace(subject, base_date=None), "3.11.4", None, search.tools)

    assert (dated.as_of, dated.base_as_of) == (NOON.timestamp(), NOON.timestamp())
    assert (now.as_of, now.base_as_of) == (search.tools.clock.wall(), 0.0)
    assert (dated.test, dated.base_from, dated.python) == ("make tests", "uv.lock", "3.11.4")
    assert not dated.installed
