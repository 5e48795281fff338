"""Watcher: looks at the index now and then, and at every branch whenever anything has changed.

It has threads of its own and asks the gate like anybody else, so that nothing here is waited for by
what decides. What is urgent at the index is what a running check or an open bump stands on: a
release that is withdrawn stops both soon (attack C42).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from foretaste.config.gate import GateSettings
from foretaste.config.watching import Rules, interval_of, rules_of
from foretaste.core.names import Oid, Ref
from foretaste.ports.clock import Clock
from foretaste.ports.errors import PortError, TransientError
from foretaste.ports.index import Index
from foretaste.report.releases import ReleasesView
from foretaste.service.watch.asking import CheckedBump, Checker
from foretaste.service.watch.bumps import Bumps
from foretaste.service.watch.checks import Answered, Checks
from foretaste.service.watch.kept import Complain, Judged, Kept
from foretaste.service.watch.lockfiles import UV_LOCK, Locks, read_locks
from foretaste.service.watch.looks import Looks
from foretaste.service.watch.offers import Candidate, Terms, candidate_of, offers
from foretaste.service.watch.showing import Now, Shown, in_order, shown
from foretaste.service.watch.standing import (
    UNDECIDED,
    Ask,
    Board,
    Offer,
    Rest,
    Standing,
    Step,
    TakeBack,
    lost,
    step_of,
)

PULSE: Final = 2.0
"""Seconds between two looks at the gate: a bump that landed, a branch that moved."""
AGAIN: Final = 60.0
"""Seconds after which a check whose answer could not be had, or not be kept, is made again."""
MOST_LOCKS: Final = 50
"""Lock files of one branch."""
BESIDE: Final = ("pyproject.toml", "uv.toml")


class Contents(Protocol):
    """What the watcher reads of the projects' repositories."""

    def read(self, project: str, commit: str, path: str) -> bytes | None:
        """Return a file's bytes, None where the commit has no such file."""
        ...

    def paths(self, project: str, commit: str) -> Iterable[str]:
        """Return the paths of all files of the commit."""
        ...

    def tip(self, ref: Ref) -> Oid | None:
        """Return what the branch points at, None where there is no such branch."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything that the watcher looks at and acts with."""

    clock: Clock
    contents: Contents
    index: Index
    checker: Checker
    bumps: Bumps
    kept: Kept
    settings: Callable[[], GateSettings]
    complain: Complain


@dataclass(slots=True)
class Watcher:
    """The watcher of one gate; `run` is for one thread, `checks.run` for another.

    `broken` says why it has stopped, where it did so by itself: a mistake of ours, never the gate's.
    """

    world: World
    pulse: float = PULSE
    broken: str = ""
    checks: Checks = field(init=False)
    looks: Looks = field(init=False)
    _locks: dict[Ref, tuple[Oid, tuple[str, ...], Locks]] = field(default_factory=dict)
    _offers: dict[Ref, tuple[tuple[Locks, Rules, int], tuple[Candidate, ...]]] = field(
        default_factory=dict
    )
    _answers: list[Answered] = field(default_factory=list)
    _asked: dict[Ref, tuple[str, float]] = field(default_factory=dict)
    _unread: dict[Ref, str] = field(default_factory=dict)
    _stuck: dict[Ref, tuple[Oid, str]] = field(default_factory=dict)
    _shown: dict[Ref, Shown] = field(default_factory=dict)
    _bell: threading.Condition = field(default_factory=threading.Condition)
    _wanted: bool = False
    _stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        """Make the place where checks run, and what is known of the index."""
        world = self.world
        self.checks = Checks(world.checker, self._tell)
        self.looks = Looks(index=world.index, kept=world.kept, complain=world.complain)

    # --- for every thread ---

    def releases(self) -> tuple[ReleasesView, ...]:
        """Return how every branch stands against the index, as it was looked at last."""
        return in_order(self._shown)

    def report(self, project: str, branch: str) -> str | None:
        """Return the newest report on a branch, Markdown; None where it is not watched."""
        found = next((each for ref, each in self._shown.items() if ref == (project, branch)), None)
        return None if found is None else found.report

    def trouble(self) -> str:
        """Return why not everything can be seen, "" where it can."""
        return self.broken or "; ".join(filter(None, (self.looks.trouble, *self._unread.values())))

    def look(self) -> None:
        """Have the index asked now, whenever its turn would come."""
        with self._bell:
            self._wanted = True
            self._bell.notify_all()

    def _tell(self, answered: Answered) -> None:
        with self._bell:
            self._answers.append(answered)
            self._bell.notify_all()

    # --- the loop ---

    def run(self) -> None:
        """Watch until closed."""
        while not self._stop.is_set():
            with self._bell:
                self._bell.wait_for(self._rung, self.pulse)
            if not self._stop.is_set():
                self.step()

    def close(self) -> None:
        """End both loops soon; a check that runs is stopped. From any thread, again is no harm."""
        with self._bell:
            self._stop.set()
            self._bell.notify_all()
        self.checks.close()

    def _rung(self) -> bool:
        return bool(self._answers or self._wanted or self._stop.is_set())

    def step(self) -> None:
        """Ask the index where it is time, take in what checks said, and look at every branch."""
        boards = self.boards()
        if self._poll(boards):
            boards = self.boards()
        if self._take_answers():
            boards = self.boards()
        seen: dict[Ref, Shown] = {}
        for board in boards.values():
            seen[board.ref] = self._attend(board)
        self._shown = seen

    def _poll(self, boards: Mapping[Ref, Board]) -> bool:
        """Ask the index for what it is time for; whether anything was asked."""
        with self._bell:
            wanted, self._wanted = self._wanted, False
        if wanted:
            self.looks.hurry()
        now = self.world.clock.monotonic()
        names = {name for board in boards.values() for name in _names(board)}
        asked = self.looks.due(names, self._urgent(boards), now)
        if not asked:
            return False
        self.looks.ask(asked, self.world.clock.wall(), self._stop)
        interval = interval_of(self.world.settings())
        self.looks.schedule(interval, now, whole=asked >= names)
        return True

    def _urgent(self, boards: Mapping[Ref, Board]) -> set[str]:
        running = self.checks.running()
        names = set() if running is None else {each.name for each in running.candidates}
        for board in boards.values():
            if board.standing is not None and board.standing.open and board.record.proposed:
                names |= {each.name for each in board.record.proposed.candidates}
        return names

    # --- the branches ---

    def boards(self) -> dict[Ref, Board]:
        """Return what is known now of every branch that is watched and pins anything."""
        settings, standings = self.world.settings(), self.world.bumps.standings()
        boards: dict[Ref, Board] = {}
        unread: dict[Ref, str] = {}
        for project in settings.projects:
            rules = rules_of(settings, project.name)
            for ref in project.refs if rules.enabled else ():
                try:
                    board = self._board(ref, rules, standings.get(ref))
                except PortError as error:
                    # A project that has just been added has no repository for a moment.
                    unread[ref] = f"{ref.project} {ref.branch} cannot be read: {error.what}"
                    continue
                if board is not None:
                    boards[ref] = board
        for what in set(unread.values()) - set(self._unread.values()):
            self.world.complain(what)
        self._unread = unread
        return boards

    def _board(self, ref: Ref, rules: Rules, standing: Standing | None) -> Board | None:
        tip = self.world.contents.tip(ref)
        if tip is None:
            return None
        locks = self._read(ref, tip, rules)
        if not (locks.pins or locks.unreadable):
            return None
        now = self.world.clock.wall()
        terms = Terms(rules=rules, seen=self.looks.seen(now))
        return Board(
            ref=ref,
            tip=tip,
            locks=locks,
            terms=terms,
            offered=self._offered(ref, locks, terms),
            pages=self.looks.pages,
            record=self.world.kept.record(ref),
            now=now,
            standing=standing,
            unknown=frozenset(locks.pins) - self.looks.pages.keys(),
        )

    def _offered(self, ref: Ref, locks: Locks, terms: Terms) -> tuple[Candidate, ...]:
        """Return what is newer; worked out again only where something may have changed it."""
        asked = (locks, terms.rules, self.looks.version)
        kept = self._offers.get(ref)
        if kept is None or kept[0] != asked:
            kept = self._offers[ref] = asked, offers(locks.pins, self.looks.pages, terms)
        return kept[1]

    def _read(self, ref: Ref, tip: Oid, rules: Rules) -> Locks:
        kept = self._locks.get(ref)
        if kept is not None and kept[:2] == (tip, rules.files):
            return kept[2]
        paths = list(self.world.contents.paths(ref.project, tip))
        wanted = [path for path in paths if rules.holds(path)][:MOST_LOCKS]
        beside = [path for path in paths if path.rpartition("/")[2] in BESIDE]
        has_uv = any(path.rpartition("/")[2] == UV_LOCK for path in wanted)
        locks = read_locks(
            self._contents(ref, tip, wanted), self._contents(ref, tip, beside if has_uv else [])
        )
        self._locks[ref] = (tip, rules.files, locks)
        return locks

    def _contents(self, ref: Ref, tip: Oid, paths: Iterable[str]) -> dict[str, bytes]:
        read = {path: self.world.contents.read(ref.project, tip, path) for path in paths}
        return {path: raw for path, raw in read.items() if raw is not None}

    # --- what is done ---

    def _take_answers(self) -> bool:
        """Keep what checks said; whether anything was said."""
        with self._bell:
            answers, self._answers = self._answers, []
        for answered in answers:
            try:
                self._take(answered)
            except TransientError as error:
                self.world.complain(error.what)
        return bool(answers)

    def _take(self, answered: Answered) -> None:
        """Keep an answer; one to a question whose releases were withdrawn counts for nothing."""
        ask, bump = answered.ask, answered.bump
        if answered.stopped or isinstance(answered.error, TransientError):
            why = answered.stopped or (answered.error.what if answered.error else "")
            self.world.complain(f"a check of {ask.question.ref} was given up: {why}")
            return
        if answered.error is not None:
            error = answered.error
            why = "; ".join(filter(None, (error.what, error.hint)))
            bump = CheckedBump(verdict=UNDECIDED, why=why)
        if bump is None or lost(ask.candidates, self.looks.pages):
            return
        judged = Judged(
            subject=ask.subject,
            at=self.world.clock.wall(),
            commit=ask.question.commit,
            candidates=ask.candidates,
            bump=bump,
        )
        ref = ask.question.ref
        self.world.kept.keep(ref, self.world.kept.record(ref).with_answer(judged))

    def _attend(self, board: Board) -> Shown:
        """Do what is to be done for one branch, and return how it is shown."""
        running = self.checks.running()
        if running is not None and running.question.ref == board.ref:
            why = lost(running.candidates, board.pages)
            if why:
                self.checks.cancel(why)
        step = step_of(board)
        stuck = ""
        try:
            self._do(board, step)
        except PortError as error:
            stuck = "; ".join(filter(None, (error.what, error.hint)))
            if self._stuck.get(board.ref) != (board.tip, stuck):
                self._stuck[board.ref] = (board.tip, stuck)
                self.world.complain(f"{board.ref.project} {board.ref.branch}: {stuck}")
        why = step.why if isinstance(step, Rest) else ""
        board = replace(board, record=self.world.kept.record(board.ref))
        if isinstance(step, Offer | TakeBack):
            board = replace(board, standing=self.world.bumps.standings().get(board.ref))
        now = Now(
            why=why,
            stuck=stuck,
            running=self.checks.running(),
            looked_at=self.looks.looked_at,
        )
        return shown(board, now)

    def _do(self, board: Board, step: Step) -> None:
        match step:
            case Rest():
                pass
            case Ask():
                self._ask(board, step)
            case TakeBack(change=change, why=why):
                self.world.bumps.take_back(change, why)
                record = replace(self.world.kept.record(board.ref), proposed=None, note=why)
                self.world.kept.keep(board.ref, record)
            case Offer():
                self._offer(board, step)

    def _ask(self, board: Board, ask: Ask) -> None:
        """Begin a check, if none runs, and the branch has not had the like of it just now."""
        now = self.world.clock.monotonic()
        subject, last = self._asked.get(board.ref, ("", 0.0))
        due = all(each.ready <= board.now for each in ask.candidates)
        pause = 0.0 if due else interval_of(self.world.settings())
        if subject == ask.subject:
            pause = max(pause, AGAIN)
        if subject and now - last < pause:
            return
        if self.checks.start(ask):
            self._asked[board.ref] = ask.subject, now

    def _offer(self, board: Board, offer: Offer) -> None:
        """Propose a bump, when the index has been asked once more about all that it moves to.

        Raises:
            PortError: it cannot be proposed.
        """
        found = self.world.index.pages([each.name for each in offer.candidates])
        for error in self.looks.take(found).values():
            raise error
        pages = self.looks.pages
        now = [
            candidate_of(each.name, each.version, pages[each.name], board.terms)
            for each in offer.candidates
        ]
        # What has changed since it was checked, if only by a file more, is asked about anew.
        if now == list(offer.candidates):
            self.world.bumps.propose(replace(board, pages=pages), offer, self.world.kept)


def _names(board: Board) -> set[str]:
    """Return the packages that a branch pins, and those that a check would bring in.

    The latter stand in no lock yet, and their age has to be known before they land.
    """
    brought = (name for judged in board.record.judged for name in judged.bump.accepted)
    return {*board.locks.pins, *brought}
