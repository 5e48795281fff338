"""From a culprit to the first bad commit: the right tags, the right state, no commit believed early."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from foretaste.ports.environments import Say
from foretaste.ports.errors import PermanentError, UserError
from foretaste.ports.executor import Source
from foretaste.ports.releases import Pin
from foretaste.ports.upstreams import Between, TreeWheel
from foretaste.service.upstream import (
    Suspect,
    UpstreamTools,
    UpstreamWish,
    bisect_upstream,
    repeats_for,
    suspects_of,
)
from foretaste.taste.bisect import Answer
from foretaste.taste.finding import Baseline, Culprit, Finding, Flake, Verdict
from foretaste.taste.lattice import Lattice
from foretaste.taste.moves import Move
from foretaste.taste.outcome import Ending, Failure, Outcome, Signature
from foretaste.taste.upstream import UpstreamCommit

BROKEN = Failure(test="t", signature=Signature(type="ImportError", message="gone"))
FLAKE = Failure(test="t", signature=Signature(type="AssertionError", message="too late"))
SUSPECT = Suspect(
    key="kazoo",
    name="kazoo",
    old="2.0",
    new="2.1",
    failures=(BROKEN,),
    pins={"kazoo": Pin(name="kazoo", version="2.1"), "six": Pin(name="six", version="1.0")},
)
WISH = UpstreamWish(place="kazoo.git")


@dataclass(slots=True)
class Line:
    """An upstream whose commits `c0`, `c1`, ... follow each other, and whoever opens it."""

    size: int
    named: Mapping[str, str] = field(default_factory=dict)
    place: str = "kazoo.git"

    def open(self, place: str) -> Line:
        """Return itself."""
        return replace(self, place=place)

    def tags(self) -> Mapping[str, str]:
        """Return its tags: the first and the last commit, unless others are given."""
        return self.named or {"2.0": "c0", "v2.1": f"c{self.size - 1}"}

    def find(self, ref: str) -> str:
        """Return the name itself."""
        return ref

    def between(self, old: str, new: str) -> Between:
        """Return the commits after one up to the other."""
        places = range(int(old[1:]) + 1, int(new[1:]) + 1)
        return Between(commits=tuple((f"c{at}", (f"c{at - 1}",)) for at in places))

    def commit(self, oid: str) -> UpstreamCommit:
        """Return what a commit would say."""
        return UpstreamCommit(oid=oid, subject=f"Commit {oid}", author="Ada", date=0.0)

    def source(self, oid: str) -> Source:
        """Return a source that names the commit."""
        return Source(project="upstream", commit=oid, tree=oid)


@dataclass(slots=True)
class Smith:
    """Makes wheels that are named after their commits; those in `broken` do not build."""

    broken: frozenset[str] = frozenset()
    code: str = "FT626"
    asked: list[TreeWheel] = field(default_factory=list)

    def make(self, wanted: TreeWheel, say: Say) -> Pin:
        """Return a pin whose wheel is the commit."""
        say(f"building {wanted.source.commit}")
        self.asked.append(wanted)
        if wanted.source.commit in self.broken:
            raise UserError(self.code, "it does not build:\nat length")
        return Pin(name=wanted.name, version=wanted.version, wheel=wanted.source.commit)


def failing_from(commit: int) -> Callable[[str, Mapping[str, Pin]], Outcome]:
    """Return what runs tests that fail from a commit on."""

    def run(name: str, pins: Mapping[str, Pin]) -> Outcome:
        assert name.startswith("upstream-")
        assert pins["six"] == SUSPECT.pins["six"]
        if int(pins["kazoo"].wheel[1:]) < commit:
            return Outcome(ending=Ending.PASSED)
        return Outcome(ending=Ending.FAILED, failures=(BROKEN,))

    return run


def tools(run: Any, line: Line, smith: Smith | None = None) -> UpstreamTools:
    return UpstreamTools(upstreams=line, wheels=smith or Smith(), run=run, say=lambda _: None)


@pytest.mark.parametrize("slots", [1, 2, 3])
def test_the_first_bad_commit_is_found(slots: int) -> None:
    smith = Smith()
    found = bisect_upstream(
        [SUSPECT], replace(WISH, slots=slots), tools(failing_from(13), Line(40), smith)
    )

    assert [each.oid for each in found.commits] == ["c13"]
    assert (found.old_tag, found.new_tag, found.span) == ("2.0", "v2.1", 39)
    assert found.bisected.found
    assert len(found.tried) <= 2 + 6 + 4 * (slots - 1)
    # Whoever requires 2.1 takes each commit for it.
    assert {each.version for each in smith.asked} == {"2.1"}


def test_commits_that_do_not_build_are_passed_over_and_named() -> None:
    smith = Smith(broken=frozenset({"c5", "c6"}))

    found = bisect_upstream([SUSPECT], WISH, tools(failing_from(6), Line(10), smith))

    assert [each.oid for each in found.commits] == ["c5", "c6", "c7"]
    assert found.bisected.unclear == ("c5", "c6")
    unclear = {each.commit: each.why for each in found.tried if each.answer is Answer.UNCLEAR}
    assert unclear == {"c5": "it does not build:", "c6": "it does not build:"}


def test_a_failure_of_another_kind_says_nothing_of_the_commit() -> None:
    def run(name: str, pins: Mapping[str, Pin]) -> Outcome:
        if pins["kazoo"].wheel == "c4":
            return Outcome(ending=Ending.FAILED, failures=(FLAKE,))
        return failing_from(6)(name, pins)

    found = bisect_upstream([SUSPECT], WISH, tools(run, Line(10)))

    assert [each.oid for each in found.commits] == ["c6"]
    assert [each.why for each in found.tried if each.commit == "c4"] == ["fails in another way"]


def test_a_flake_that_looks_like_the_break_is_not_believed() -> None:
    seen: Counter[str] = Counter()

    def run(_: str, pins: Mapping[str, Pin]) -> Outcome:
        commit = pins["kazoo"].wheel
        seen[commit] += 1
        # The first run of every good commit fails by chance.
        if int(commit[1:]) >= 6 or seen[commit] == 1:
            return Outcome(ending=Ending.FAILED, failures=(BROKEN,))
        return Outcome(ending=Ending.PASSED)

    found = bisect_upstream([SUSPECT], replace(WISH, repeats=2), tools(run, Line(10)))

    assert [each.oid for each in found.commits] == ["c6"]


def test_what_infrastructure_loses_is_run_again() -> None:
    seen: Counter[str] = Counter()

    def run(name: str, pins: Mapping[str, Pin]) -> Outcome:
        commit = pins["kazoo"].wheel
        seen[commit] += 1
        if seen[commit] < 3 or commit == "c3":
            return Outcome(ending=Ending.LOST, why="the disk is full")
        return failing_from(6)(name, pins)

    found = bisect_upstream([SUSPECT], WISH, tools(run, Line(10)))

    assert [each.oid for each in found.commits] == ["c6"]
    assert seen["c3"] in {0, 3}


def test_a_budget_ends_it_and_is_said() -> None:
    found = bisect_upstream([SUSPECT], replace(WISH, budget=3), tools(failing_from(6), Line(40)))

    assert len(found.tried) == 3
    assert not found.bisected.found
    assert found.bisected.why == "not done within 3 trials"
    assert "c6" in found.bisected.commits


def test_the_suspect_is_the_one_whose_repository_it_is() -> None:
    other = replace(SUSPECT, key="zake", name="zake", pins=SUSPECT.pins)
    line = Line(10, named={"2.0": "c0", "2.1": "c9"})

    found = bisect_upstream([other, SUSPECT], WISH, tools(failing_from(6), line))

    assert found.name == "kazoo"


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ({"2.0": "c0", "2.0.1": "c3"}, ["kazoo 2.1;", "v2.1", "kazoo-2.1"]),
        ({"2.1": "c9"}, ["kazoo 2.0;"]),
        ({"docs": "c9"}, ["kazoo 2.0;"]),
    ],
)
def test_missing_tags_are_told_with_what_there_is(
    named: Mapping[str, str], words: Sequence[str]
) -> None:
    with pytest.raises(UserError) as caught:
        bisect_upstream([SUSPECT], WISH, tools(failing_from(6), Line(10, named=named)))

    assert caught.value.code == "FT963"
    assert all(word in caught.value.what for word in words)
    numbers = [tag for tag in named if tag != "docs"]
    assert caught.value.hint == (
        f"there are {', '.join(numbers)}" if numbers else "it has no tags of versions at all"
    )


def test_releases_without_a_commit_between_are_refused() -> None:
    line = Line(10, named={"2.0": "c4", "2.1": "c4"})

    with pytest.raises(UserError) as caught:
        bisect_upstream([SUSPECT], WISH, tools(failing_from(6), line))

    assert caught.value.code == "FT964"


def test_without_a_suspect_there_is_nothing_to_do() -> None:
    with pytest.raises(UserError) as caught:
        bisect_upstream([], WISH, tools(failing_from(6), Line(10)))

    assert caught.value.code == "FT966"


def test_a_repository_of_another_package_ends_it() -> None:
    smith = Smith(broken=frozenset({"c9"}), code="FT965")

    with pytest.raises(UserError) as caught:
        bisect_upstream([SUSPECT], WISH, tools(failing_from(6), Line(10), smith))

    assert caught.value.code == "FT965"


def test_a_commit_of_a_fork_under_another_name_is_passed_over() -> None:
    smith = Smith(broken=frozenset({"c4"}), code="FT965")

    found = bisect_upstream([SUSPECT], WISH, tools(failing_from(6), Line(10), smith))

    assert [each.oid for each in found.commits] == ["c6"]


def test_trials_that_cannot_be_run_here_end_it() -> None:
    threads: list[str] = []

    def run(name: str, _: Mapping[str, Pin]) -> Outcome:
        threads.append(threading.current_thread().name)
        raise PermanentError("FT620", f"no sandbox for {name}")

    with pytest.raises(PermanentError):
        bisect_upstream([SUSPECT], WISH, tools(run, Line(10)))

    assert threads[0].startswith("upstream")


def test_suspects_are_culprits_with_a_release_before_them() -> None:
    moves = {
        "kazoo": Move(key="kazoo", old="2.0", new="2.1"),
        "new": Move(key="new", old=None, new="1.0"),
        "build:setuptools": Move(key="build:setuptools", old="1", new="2"),
        "six": Move(key="six", old="1.0", new="1.1"),
    }
    needs = {key: frozenset({key}) for key in moves} | {"kazoo": frozenset({"kazoo", "six"})}
    lattice = Lattice(base={"kazoo": "2.0", "six": "1.0", "build:setuptools": "1"},
                      moves=moves, needs=needs)  # fmt: skip
    culprits = tuple(
        Culprit(keys=frozenset({key}), confidence=1.0, failures=(BROKEN,)) for key in moves
    )
    finding = Finding(verdict=Verdict.REJECT, baseline=Baseline.PASSED, culprits=culprits)

    suspects = suspects_of(
        finding, lattice, lambda moved: {key: Pin(name=key, version="x") for key in moved}
    )

    assert [each.key for each in suspects] == ["kazoo", "six"]
    # The state is the one that shows it: with what had to come along.
    assert set(suspects[0].pins) == {"kazoo", "six"}


@pytest.mark.parametrize(("rate", "repeats"), [(0.0, 1), (0.01, 2), (0.25, 5), (0.99, 8)])
def test_the_more_a_test_flakes_the_more_often_it_must_fail(rate: float, repeats: int) -> None:
    flaky = (Flake(test="t", rate=rate, runs=10),) if rate else ()
    finding = Finding(verdict=Verdict.REJECT, baseline=Baseline.FLAKY, flaky=flaky)

    assert repeats_for(finding) == repeats
