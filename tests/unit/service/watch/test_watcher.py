"""The watcher's steps, one at a time, on a clock that stands still."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from foretaste.config.gate import GateSettings, load_gate
from foretaste.core.names import ChangeId, Oid, Ref
from foretaste.ports.errors import PermanentError, TransientError, UserError
from foretaste.service.intents import Abandon
from foretaste.service.watch.asking import CheckedBump, Question
from foretaste.service.watch.kept import Kept
from foretaste.service.watch.watcher import Watcher, World
from foretaste.simulation.clock import VirtualClock
from tests.fakes.watched import DAY, DEADLINE, MemoryIndex, ToldChecker
from tests.unit.service.watch.boards import NOW, OTHER, REF, TIP
from tests.unit.service.watch.test_bumps import Town

SETTINGS = b'[watch]\nminimum_age = "3d"\n[project.alpha]\n[project.bare]\n'
LOCK = b"tiny==1.0\nother==1.0\n"


@dataclass
class Contents:
    """The repositories: what the branches hold by commit, and where they are."""

    tips: dict[Ref, Oid] = field(default_factory=lambda: {REF: TIP})
    files: dict[Oid, dict[str, bytes]] = field(
        default_factory=lambda: {TIP: {"requirements.txt": LOCK, "docs/notes.txt": b"tiny==9\n"}}
    )
    reads: int = 0
    missing: bool = False

    def tip(self, ref: Ref) -> Oid | None:
        """Return what a branch points at."""
        if self.missing:
            raise PermanentError("FT306", f"there is no project {ref.project!r}")
        return self.tips.get(ref)

    def paths(self, project: str, commit: str) -> Iterable[str]:
        """Return the files of a commit."""
        assert project == "alpha"
        return self.files[Oid(commit)]

    def read(self, project: str, commit: str, path: str) -> bytes | None:
        """Return a file."""
        assert project == "alpha"
        self.reads += 1
        return self.files[Oid(commit)].get(path)


class Bench:
    """A watcher whose parts a test holds; `step` makes one, and waits for a check that it began."""

    def __init__(self, folder: Path) -> None:
        self.clock = VirtualClock(now=NOW)
        self.contents, self.index = Contents(), MemoryIndex()
        self.checker = ToldChecker(self.index)
        self.town, self.said = Town(), list[str]()
        self.kept = Kept(folder, self.said.append)
        self.settings = load_gate(SETTINGS)
        self.watcher = Watcher(
            World(
                clock=self.clock,
                contents=self.contents,
                index=self.index,
                checker=self.checker,
                bumps=self.town.bumps(),
                kept=self.kept,
                settings=self.now,
                complain=self.said.append,
            )
        )
        for name in ("tiny", "other"):
            self.index.add(name, "1.0", NOW - 90 * DAY)
        self.thread = threading.Thread(target=self.watcher.checks.run)
        self.thread.start()

    def now(self) -> GateSettings:
        """Return the settings as they are."""
        return self.settings

    def step(self, times: int = 1, *, wait: bool = True) -> str:
        """Make steps and return how the branch stands then, "" where it is not shown."""
        for _ in range(times):
            self.watcher.step()
            if wait and self.watcher.checks.running() is not None:
                self.until(lambda: self.watcher.checks.running() is None)
        shown = self.watcher.releases()
        return shown[0].state if shown else ""

    def until(self, happened: Callable[[], object]) -> None:
        """Wait until a thread has done something."""
        never, until = threading.Event(), 2000
        while not happened() and until:
            until -= 1
            never.wait(DEADLINE / 2000)
        assert happened()


@pytest.fixture(name="bench")
def bench_fixture(tmp_path: Path) -> Iterator[Bench]:
    """Return a bench."""
    bench = Bench(tmp_path)
    yield bench
    bench.watcher.close()
    bench.thread.join(DEADLINE)


def test_a_look_asks_for_all_that_is_pinned_and_reads_each_tip_once(bench: Bench) -> None:
    assert bench.step(3) == "current"

    assert bench.index.asked == [("other", "tiny")]
    assert bench.contents.reads == 1
    bench.clock.advance(900)
    bench.step()
    assert len(bench.index.asked) == 2
    bench.watcher.look()
    bench.step()
    assert len(bench.index.asked) == 3


def test_a_new_lock_is_read_and_its_new_names_are_asked_for_at_once(bench: Bench) -> None:
    bench.step()
    bench.index.add("fresh", "1.0", NOW - 90 * DAY)
    bench.contents.tips[REF] = OTHER
    bench.contents.files[OTHER] = {"requirements.txt": LOCK + b"fresh==1.0\n"}

    bench.step()

    assert bench.index.asked[1:] == [("fresh",)]


def test_an_index_that_is_out_of_reach_at_the_start_is_waited_for(bench: Bench) -> None:
    bench.index.add("tiny", "1.1", NOW - 9 * DAY)
    bench.index.out = True

    assert bench.step() == "stuck"

    (shown,) = bench.watcher.releases()
    assert shown.why == "the index has not told of other, tiny yet"
    assert "2 of 2 packages" in bench.watcher.trouble()
    assert bench.checker.asked == []
    bench.index.out = False
    bench.clock.advance(3600)
    bench.step(3)
    assert bench.watcher.trouble() == ""
    assert len(bench.town.facts.changes) == 1


def test_an_open_bump_stays_where_the_index_says_nothing(bench: Bench) -> None:
    bench.index.add("tiny", "1.1", NOW - 9 * DAY)
    assert bench.step(4) == "proposed"
    bench.index.out = True
    bench.clock.advance(4000)

    assert bench.step(2) == "proposed"

    (change,) = bench.town.facts.changes.values()
    assert change.open


def test_a_check_that_met_something_passing_is_made_again(bench: Bench) -> None:
    bench.index.add("tiny", "1.1", NOW - 9 * DAY)
    bench.checker.answer = lambda _: TransientError("FT623", "the index is out of reach")

    bench.step(2)

    assert "was given up: the index is out of reach" in bench.said[0]
    bench.checker.answer = None
    bench.step(3)
    assert len(bench.checker.asked) == 1
    bench.clock.advance(61)
    bench.step(3)
    assert len(bench.town.facts.changes) == 1


def test_what_a_check_cannot_decide_is_shown_and_not_asked_again_at_once(bench: Bench) -> None:
    bench.index.add("tiny", "1.1", NOW - 9 * DAY)
    bench.checker.answer = lambda _: UserError("FT621", "nothing fits", hint="see its lock")

    bench.step(4)

    assert len(bench.checker.asked) == 1
    assert bench.watcher.releases()[0].why == "nothing fits; see its lock"


def test_what_cannot_be_proposed_is_stuck_and_told_once(bench: Bench) -> None:
    bench.contents.files[TIP]["requirements.txt"] = b"tiny==1.0 --hash=sha256:aa\nother==1.0\n"
    file = bench.index.add("tiny", "1.1", NOW - 9 * DAY)
    bench.index.files["tiny"][file.filename] = replace(file, sha256="")

    assert bench.step(5) == "stuck"

    assert sum("no hash" in line or "gives none" in line for line in bench.said) == 1
    assert bench.town.facts.changes.get(ChangeId("1")) is None


def test_a_full_disk_is_complained_of_and_nothing_is_proposed(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "alpha").write_text("in the way", encoding="utf-8")
    bench.index.add("tiny", "1.1", NOW - 9 * DAY)

    bench.step(3)

    assert "cannot be kept" in bench.said[-1]
    assert not bench.town.facts.changes
    assert len(bench.checker.asked) == 1
    (tmp_path / "alpha").unlink()
    bench.clock.advance(61)
    bench.step(3)
    assert len(bench.town.facts.changes) == 1


def test_an_answer_about_what_was_withdrawn_meanwhile_counts_for_nothing(bench: Bench) -> None:
    bench.index.add("tiny", "1.1", NOW - 9 * DAY)
    bench.checker.gate.clear()
    bench.step(wait=False)
    assert bench.checker.began.acquire(timeout=DEADLINE)
    bench.index.yank("tiny", "1.1")
    bench.clock.advance(61)

    bench.step(2)

    assert len(bench.checker.stopped) == 1
    assert bench.kept.record(REF).judged == ()
    assert bench.step() == "current"


def test_what_changed_between_check_and_proposal_is_asked_about_anew(bench: Bench) -> None:
    bench.index.add("tiny", "1.1", NOW - 9 * DAY)

    def and_more(_: Question) -> CheckedBump:
        bench.index.add("tiny", "1.1", NOW - 9 * DAY, kind="sdist")
        bench.checker.answer = None
        return CheckedBump(verdict="accept", accepted={"tiny": "1.1"})

    bench.checker.answer = and_more
    bench.step(5)

    assert len(bench.checker.asked) == 2
    assert len(bench.town.facts.changes) == 1


def test_the_index_is_asked_once_more_right_before_a_proposal(bench: Bench) -> None:
    bench.index.add("tiny", "1.1", NOW - 9 * DAY)
    bench.step()
    bench.index.out = True

    assert bench.step() == "stuck"

    assert bench.watcher.releases()[0].why == "the index is out of reach"
    assert not bench.town.facts.changes


def test_a_bump_that_somebody_abandons_is_not_proposed_again(bench: Bench) -> None:
    bench.index.add("tiny", "1.1", NOW - 9 * DAY)
    bench.step(4)
    bench.town.submit(Abandon(change=ChangeId("1"), by="ann"))

    assert bench.step(3) == "waiting"

    assert len(bench.town.facts.changes) == 1
    assert "was closed" in bench.watcher.releases()[0].why


def test_a_project_whose_repository_is_not_there_yet_is_read_later(bench: Bench) -> None:
    bench.contents.missing = True
    assert bench.step(2) == ""
    assert "cannot be read" in bench.watcher.trouble()
    assert sum("cannot be read" in line for line in bench.said) == 2

    bench.contents.missing = False
    assert bench.step() == "current"
    assert bench.watcher.trouble() == ""


def test_a_broken_lock_is_said_and_the_rest_counts(bench: Bench) -> None:
    bench.contents.files[TIP]["uv.lock"] = b"[["
    bench.step()
    assert bench.watcher.report("alpha", "main") == ""
    assert bench.watcher.report("alpha", "other") is None

    bench.contents.files[TIP].pop("requirements.txt")
    bench.contents.tips[REF] = OTHER
    bench.contents.files[OTHER] = {"uv.lock": b"[[", "pyproject.toml": b""}
    bench.step()
    assert bench.watcher.releases()[0].why.startswith("nothing newer")


def test_young_releases_are_asked_about_once_an_interval(bench: Bench) -> None:
    bench.step()
    for number in range(5):
        bench.index.add("tiny", f"1.{number + 1}", NOW - 60)
        bench.watcher.look()
        bench.step(2)
    assert len(bench.checker.asked) == 1

    bench.clock.advance(900)
    bench.step(2)
    assert len(bench.checker.asked) == 2


def test_settings_that_turn_it_off_turn_it_off(bench: Bench) -> None:
    bench.step()
    bench.settings = load_gate(b"[watch]\nenabled = false\n[project.alpha]\n")

    assert bench.step() == ""


def test_both_loops_end_when_it_is_closed(bench: Bench) -> None:
    bench.checker.gate.clear()
    bench.index.add("tiny", "1.1", NOW - 9 * DAY)
    bench.watcher.pulse = 0.01
    loop = threading.Thread(target=bench.watcher.run)
    loop.start()
    assert bench.checker.began.acquire(timeout=DEADLINE)

    bench.watcher.close()

    loop.join(DEADLINE)
    bench.thread.join(DEADLINE)
    assert not loop.is_alive()
    assert not bench.thread.is_alive()
