"""Previous tests count where they passed on the old release and fail on the new one, twice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from foretaste.adapters.folders.snapshots import FolderSnapshots
from foretaste.ports.environments import Say
from foretaste.ports.errors import PortError, UserError
from foretaste.ports.executor import (
    CaseResult,
    Ending,
    Finished,
    JobSpec,
    Listener,
    Source,
)
from foretaste.ports.index import IndexPage
from foretaste.ports.releases import Asking, Pin, Pins, Release
from foretaste.service.check.states import States
from foretaste.service.check.subject import Recipe, Subject, Tools
from foretaste.service.oracles.previous import Previous, PreviousTests
from foretaste.simulation.clock import VirtualClock
from foretaste.taste.lattice import Lattice
from foretaste.taste.moves import Move

Run = Callable[[JobSpec], Finished]


def told(spec: JobSpec, **outcomes: str) -> Finished:
    """A build whose tests went like this; a name is a test of `tests/test_dep.py`."""
    cases = tuple(
        CaseResult(
            name=f"tests/test_dep.py::{name}",
            outcome=outcome,
            type="" if outcome == "passed" else "AttributeError",
            message="" if outcome == "passed" else "gone",
        )
        for name, outcome in outcomes.items()
    )
    status = int(any(outcome != "passed" for outcome in outcomes.values()))
    ending = Ending.EXITED
    return Finished(attempt=spec.attempt, ending=ending, exit_status=status, cases=cases)


def is_new(spec: JobSpec) -> bool:
    """Whether a build has the new release."""
    return any(pin.startswith("dep==2 ") for pin in spec.environment.pins or ())


@dataclass(slots=True)
class TellingExecutor:
    """Ends every build at once, as a function says; `specs` are those that were asked for."""

    tell: Run
    specs: list[JobSpec] = field(default_factory=list)

    def slots(self) -> int:
        """One at a time."""
        return 1

    def start(self, spec: JobSpec, listener: Listener) -> None:
        """Tell how the build ended."""
        self.specs.append(spec)
        listener(self.tell(spec))

    def cancel(self, attempt: str) -> None:
        """Nothing runs that could be stopped."""

    def running(self) -> frozenset[str]:
        """Nothing runs."""
        return frozenset()

    def close(self) -> None:
        """Nothing is open."""


@dataclass(slots=True)
class FixedResolver:
    """Answers with one pin a requirement; those of `refused` have no solution."""

    refused: tuple[str, ...] = ()
    asked: list[Asking] = field(default_factory=list)

    def resolve(self, asking: Asking, say: Say) -> Pins:
        """Return the base and what is asked for beside it."""
        say("resolving")
        self.asked.append(asking)
        if set(self.refused) & set(asking.requirements):
            raise UserError("FT621", "no")
        names = [*asking.base, *(each.partition("==")[0] for each in asking.requirements)]
        return {name: pin(name, "1") for name in names}

    def pin(self, asking: Asking, say: Say) -> Pins:
        """Nothing is pinned here."""
        raise NotImplementedError


class NoIndex:
    """An index that nobody may ask."""

    def page(self, name: str) -> IndexPage:
        """Nobody asks."""
        raise NotImplementedError

    def pages(self, names: Iterable[str]) -> Mapping[str, IndexPage | PortError]:
        """Nobody asks."""
        raise NotImplementedError


class NoReleases:
    """Releases that were read before."""

    def read(self, pins: Sequence[Pin], python: str, say: Say) -> Mapping[str, Release]:
        """Nobody asks."""
        raise NotImplementedError

    def markers(self, python: str) -> Mapping[str, str]:
        """Nobody asks."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class OneSdist:
    """Has the sdist of `dep 1` in a folder, and no other."""

    folder: Path

    def sdist(self, name: str, version: str) -> Path:
        """Return the folder."""
        if (name, version) != ("dep", "1"):
            raise UserError("FT637", f"{name} {version} has no sdist on the index")
        return self.folder


def pin(name: str, version: str) -> Pin:
    return Pin(name=name, version=version, hashes=("sha256:00",))


STATES = States(
    base={"dep": pin("dep", "1"), "other": pin("other", "1"), "build:tool": pin("tool", "1")},
    candidate={"dep": pin("dep", "2"), "other": pin("other", "2"), "build:tool": pin("tool", "2")},
    releases={
        ("dep", "1"): Release(name="dep", version="1", owns=("dep",)),
        ("other", "1"): Release(name="other", version="1", owns=("other",)),
    },
    lattice=Lattice(
        base={"dep": "1", "other": "1", "build:tool": "1"},
        moves={
            "dep": Move(key="dep", old="1", new="2"),
            "other": Move(key="other", old="1", new="2"),
            "build:tool": Move(key="build:tool", old="1", new="2"),
            "fresh": Move(key="fresh", old=None, new="1"),
        },
        needs={
            "dep": frozenset({"dep"}),
            "other": frozenset({"other"}),
            "build:tool": frozenset({"build:tool"}),
            "fresh": frozenset({"fresh"}),
        },
    ),
    roots=(),
    markers={},
)


@pytest.fixture(name="sdist")
def sdist_fixture(tmp_path: Path) -> Path:
    folder = tmp_path / "sdist"
    (folder / "tests").mkdir(parents=True)
    (folder / "dep").mkdir()
    (folder / "dep" / "__init__.py").touch()
    (folder / "tests" / "test_dep.py").touch()
    (folder / "requirements-test.txt").write_text("mock==1\n", encoding="utf-8")
    return folder


@dataclass(slots=True, kw_only=True)
class World:
    """A check whose previous tests are run by a function."""

    oracle: PreviousTests
    executor: TellingExecutor
    resolver: FixedResolver
    snapshots: FolderSnapshots

    def run(self, key: str = "dep") -> Previous:
        """What came of one move."""
        [result] = self.oracle.run([key])
        return result


def world(sdist: Path, tell: Run, refused: tuple[str, ...] = ()) -> World:
    executor, resolver = TellingExecutor(tell), FixedResolver(refused)
    snapshots = FolderSnapshots(sdist.parent / "cache", VirtualClock(), lambda _: None)
    source = Source(project="app", commit="c", tree="t")
    recipe = Recipe(run="pytest", python="3.11", install=(".",), env={"A": "b"})
    oracle = PreviousTests(
        subject=Subject(project="app", source=source, recipe=recipe, requirements=("dep",)),
        states=STATES,
        tools=Tools(
            run="check",
            index=NoIndex(),
            resolver=resolver,
            releases=NoReleases(),
            executor=executor,
            read_log=lambda _attempt, _offset, _size: (b"", 0, True),
            clock=VirtualClock(),
            say=lambda _: None,
            detail=lambda _: None,
            began=0.0,
        ),
        sdists=OneSdist(sdist),
        snapshots=snapshots,
    )
    return World(oracle=oracle, executor=executor, resolver=resolver, snapshots=snapshots)


def test_what_passed_and_fails_now_twice_is_told(sdist: Path) -> None:
    def tell(spec: JobSpec) -> Finished:
        return told(spec, a="failed" if is_new(spec) else "passed", b="passed", red="failed")

    here = world(sdist, tell)

    result = here.run()

    assert [failure.test for failure in result.broken] == ["tests/test_dep.py::a"]
    assert result.passed == 1
    assert result.word.of == "dep: the tests of 1 on 2"
    assert result.word.text == "1 that passed on 1 fail: tests/test_dep.py::a"
    assert [is_new(spec) for spec in here.executor.specs] == [False, True, True, False]
    assert [spec.watch.only for spec in here.executor.specs if spec.watch] == [
        (), (), ("tests/test_dep.py::a",), ("tests/test_dep.py::a",),
    ]  # fmt: skip


def test_they_run_on_the_installed_release_with_what_they_need(sdist: Path) -> None:
    here = world(sdist, lambda spec: told(spec, a="passed"))

    result = here.run()

    assert result.word.text == "all 1 that pass on 1 pass"
    before, after = here.executor.specs
    assert before.environment.install == ()
    assert before.environment.pins == tuple(
        pin(name, "1").line for name in ("dep", "mock", "other", "pytest")
    )
    assert after.environment.pins is not None
    assert pin("dep", "2").line in after.environment.pins
    assert pin("other", "1").line in after.environment.pins
    assert before.env == {}
    assert before.run.startswith("python -m pytest ")
    folder = here.snapshots.folder(before.sources[0])
    assert sorted(path.name for path in folder.iterdir()) == ["requirements-test.txt", "tests"]
    assert len({spec.attempt for spec in here.executor.specs}) == 2


def test_a_failure_by_chance_is_not_told(sdist: Path) -> None:
    here = world(sdist, lambda spec: told(spec, a="passed"))
    fails_once = iter(["passed", "failed", "passed", "passed"])
    here.executor.tell = lambda spec: told(spec, a=next(fails_once), b="passed")

    assert here.run().broken == ()


def test_a_test_that_fails_on_the_old_release_the_second_time_is_not_told(sdist: Path) -> None:
    here = world(sdist, lambda spec: told(spec, a="passed"))
    outcomes = iter(["passed", "failed", "failed", "failed"])
    here.executor.tell = lambda spec: told(spec, a=next(outcomes), b="passed")

    assert here.run().broken == ()


def test_a_run_that_hangs_only_on_the_new_release_is_told(sdist: Path) -> None:
    def tell(spec: JobSpec) -> Finished:
        if not is_new(spec):
            return told(spec, a="passed", b="passed")
        return replace(told(spec, a="passed", b="error"), ending=Ending.TIMED_OUT, exit_status=None)

    result = world(sdist, tell).run()

    assert [failure.test for failure in result.broken] == ["tests/test_dep.py::b"]


def test_a_lost_run_says_nothing(sdist: Path) -> None:
    def tell(spec: JobSpec) -> Finished:
        if is_new(spec):
            return Finished(attempt=spec.attempt, ending=Ending.LOST, why="gone")
        return told(spec, a="passed")

    assert world(sdist, tell).run().broken == ()


def test_tests_that_do_not_run_on_the_old_release_say_nothing(sdist: Path) -> None:
    result = world(sdist, lambda spec: told(spec, a="error")).run()

    assert result.word.text == "they do not run on 1 itself here"


@pytest.mark.parametrize(
    ("refused", "wanted"),
    [
        ((), ("mock==1", "pytest")),
        (("mock==1",), ("mock", "pytest")),
        (("mock==1", "mock"), ("pytest",)),
    ],
)
def test_what_does_not_fit_into_the_base_is_loosened(
    sdist: Path, refused: tuple[str, ...], wanted: tuple[str, ...]
) -> None:
    here = world(sdist, lambda spec: told(spec, a="passed"), refused)

    here.run()

    asked = here.resolver.asked[-1]
    assert asked.requirements == wanted
    assert asked.constraints == ("dep==1", "other==1")


def test_where_not_even_a_runner_fits_that_is_said(sdist: Path) -> None:
    result = world(sdist, told, refused=("pytest",)).run()

    assert result.word.text == "they cannot be run: no"


def test_a_release_without_an_sdist_or_without_tests_is_said_to_be(sdist: Path) -> None:
    (sdist / "tests" / "test_dep.py").unlink()
    here = world(sdist, told)

    assert here.run("other").word.text == "they cannot be run: other 1 has no sdist on the index"
    assert here.run("dep").word.text == "the sdist of 1 brings no tests"


def test_what_has_no_previous_release_is_not_asked(sdist: Path) -> None:
    here = world(sdist, told)

    assert here.oracle.run(["fresh", "build:tool", "unknown"]) == ()


def test_tests_that_are_not_seen_any_more_are_counted(sdist: Path) -> None:
    def tell(spec: JobSpec) -> Finished:
        return told(spec, a="passed") if is_new(spec) else told(spec, a="passed", b="passed")

    text = world(sdist, tell).run().word.text

    assert text == "1 that pass on 1 pass; 1 did not run"


def test_many_names_are_counted(sdist: Path) -> None:
    def tell(spec: JobSpec) -> Finished:
        outcome = "failed" if is_new(spec) else "passed"
        return told(spec, **dict.fromkeys("abcde", outcome))

    text = world(sdist, tell).run().word.text

    assert text.startswith("5 that passed on 1 fail: tests/test_dep.py::a, ")
    assert text.endswith(" and 2 more")
