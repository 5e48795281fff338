"""The gate: gathers what happened, records it, plans, and performs, at its own pace.

One thread does all of it, so that there is one writer and one order of things. Everything else
(pushes, requests, executors) puts what it has into the inbox and waits for an answer, or does
not wait. Starting is recovering: there is no other start path.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

from foretaste.core.build import BuildState, Fault
from foretaste.core.events import (
    BuildEnded,
    BuildWanted,
    CancelWanted,
    Configured,
    Deed,
    Event,
    Frozen,
    LandWanted,
    ProspectWanted,
    Recorded,
    TipsSeen,
)
from foretaste.core.facts import Facts
from foretaste.core.invariants import broken
from foretaste.core.plan import Planner, plan
from foretaste.core.record import record
from foretaste.core.speculate import speculate
from foretaste.ports.clock import Clock
from foretaste.ports.errors import PermanentError, PortError, TransientError
from foretaste.ports.executor import Observation
from foretaste.ports.store import Due, Store
from foretaste.service.intake import Taken, take
from foretaste.service.intents import Answer, Intent
from foretaste.service.observe import observe
from foretaste.service.perform import Hands, Performer

LEASE = 30.0
"""Seconds that the lease lasts; it is renewed at a third of that."""

PULSE = 1.0
"""Seconds after which the gate looks around although nothing happened, or tries again."""

SNAPSHOT_EVERY = 2000
"""Events between snapshots: a start replays at most so many, which takes well under a second."""

FOR_WORKERS = (BuildWanted, CancelWanted)
"""Deeds that take no time and that workers wait for; all others may take a while."""

Wish = tuple[tuple[Intent, ...], "Future[tuple[Answer, ...]]"]
"""What is asked together, and where the answers go: all of it is taken, or none."""


class RunawayPlanError(Exception):
    """The plan never came to rest: a bug in the gate, and better stopped than looping."""

    def __init__(self, turns: int) -> None:
        super().__init__(f"no rest after {turns} turns")


def _ours(_name: str) -> Planner:
    """Return the planner `window`, whatever is asked for: for worlds without drivers."""
    return speculate


@dataclass(slots=True)
class Gate:
    """The one place where facts change. `submit`, `tell` and `facts` are for every thread."""

    store: Store
    clock: Clock
    holder: str
    planner_of: Callable[[str], Planner] = _ours
    facts: Facts = field(default_factory=Facts)
    trouble: str = ""
    lease: int = 0
    ticks: int = 0
    tick_seconds: float = 0.0
    hands: Hands | None = None
    _wishes: deque[Wish] = field(default_factory=deque)
    _news: deque[Event | Observation] = field(default_factory=deque)
    _due: list[Due] = field(default_factory=list)
    _owed: tuple[list[Event], list[int]] = field(default_factory=lambda: ([], []))
    _bell: threading.Condition = field(default_factory=threading.Condition)
    _renewed: float = 0.0
    _kept: int = 0

    def open(self, hands: Hands, settings: Configured) -> None:
        """Take the lease, read what is stored, and find out what became of what was begun.

        Raises:
            PermanentError: another gate lives on this store.
        """
        self.hands = hands
        self.lease = self.store.acquire(self.holder, self.clock.wall(), LEASE)
        self._renewed = self.clock.monotonic()
        facts = self.store.facts()
        self._kept = facts.seq
        for recorded in self.store.since(facts.seq):
            facts = record(facts, recorded)
        self.facts = facts
        self._due = list(self.store.outbox())
        self._settle_first()
        self._record([settings, *self._lost(), *self._tips()])

    def _settle_first(self) -> None:
        """Perform what was left undone before anything new is believed of the branches.

        What meets something passing stays due, as it does later.
        """
        try:
            self._perform()
            self._settle_owed()
        except TransientError as error:
            self._troubled(error)

    def _troubled(self, error: TransientError) -> None:
        self.trouble = f"{error.what} {error.hint}".strip()

    def _lost(self) -> list[Event]:
        """Say of every build that nobody runs any more that it is lost."""
        hands = self._hands()
        wanted = {due.deed.build for due in self._due if isinstance(due.deed, BuildWanted)}
        gone = set(self.facts.live) - hands.executor.running() - wanted
        return [
            BuildEnded(build=build, state=BuildState.LOST, fault=Fault.RESTART)
            for build in sorted(gone)
        ]

    def _tips(self) -> list[Event]:
        tips = sorted(self._hands().repository.tips().items())
        news = tuple((ref, oid) for ref, oid in tips if self.facts.tips.get(ref) != oid)
        return [TipsSeen(tips=news)] if news else []

    def _hands(self) -> Hands:
        if self.hands is None:
            raise PermanentError("FT500", "the gate is not open")
        return self.hands

    # --- for every thread ---

    def submit(self, *intents: Intent) -> Future[tuple[Answer, ...]]:
        """Ask for something, all or none of it; the answers come when it is stored."""
        answers: Future[tuple[Answer, ...]] = Future()
        with self._bell:
            self._wishes.append((intents, answers))
            self._bell.notify_all()
        return answers

    def tell(self, news: Event | Observation) -> None:
        """Say what happened; it is recorded when the gate comes to it."""
        with self._bell:
            self._news.append(news)
            self._bell.notify_all()

    def wait(self, seq: int, seconds: float) -> int:
        """Wait until something newer than `seq` is recorded; return the newest number."""
        with self._bell:
            self._bell.wait_for(lambda: self.facts.seq > seq, timeout=seconds)
            return self.facts.seq

    # --- the loop ---

    def run(self, stop: threading.Event) -> None:
        """Go on until told to stop, or until the lease is lost to another gate.

        Raises:
            PermanentError: the lease was lost, or the store cannot be trusted.
        """
        while not stop.is_set():
            with self._bell:
                self._bell.wait_for(lambda: bool(self._wishes or self._news), timeout=PULSE)
            if self.trouble:
                stop.wait(PULSE)  # what is kept for later would wake us at once, again and again
            self.step()
            self._renew()
            self._snapshot()

    def step(self) -> None:
        """Take what is in the inbox, then plan and perform until nothing is left to do.

        While the store cannot be written nothing is decided and nothing lands; `trouble` says
        so, and the next step tries again.
        """
        began = self.clock.monotonic()
        try:
            self._gather()
            self._act()
            self._advance()
        except TransientError as error:
            self._troubled(error)
        else:
            self.trouble = ""
        self.ticks += 1
        self.tick_seconds += self.clock.monotonic() - began

    def _gather(self) -> None:
        """Record what was done, what happened and what is asked, in this order; then answer."""
        with self._bell:
            wishes = list(self._wishes)
            self._wishes.clear()
        try:
            self._take_news()
            granted = self._grant([intents for intents, _ in wishes])
        except Exception as error:
            sorry = _sorry(error)
            self.trouble = sorry.what  # before anybody is answered, who may look at once
            _answer(wishes, [(sorry,) * len(intents) for intents, _ in wishes])
            raise
        _answer(wishes, granted)

    def _take_news(self) -> None:
        """Record how deeds went and what happened; what cannot be stored now is kept.

        The end of a build is stored first where a deed has found it: what is said of a build that
        has ended is no news.
        """
        if any(isinstance(event, BuildEnded) for event in self._owed[0]):
            self._settle_owed()
        with self._bell:
            news = list(self._news)
            self._news.clear()
        events, done = list(self._owed[0]), self._owed[1]
        try:
            for item in news:
                seen = observe(self.facts, item) if isinstance(item, Observation) else (item,)
                events.extend(seen)
            if any(isinstance(event, Configured) for event in events):
                events.extend(self._tips())  # a branch that is guarded from now on was seen by none
            self._record(events, done)
        except TransientError:
            with self._bell:
                self._news.extendleft(reversed(news))
            raise
        self._owed = ([], [])

    def _grant(self, wishes: Sequence[tuple[Intent, ...]]) -> list[tuple[Answer, ...]]:
        """Take every wish on the facts that those before it make; answer when all is stored."""
        facts, events, answers = self.facts, list[Event](), list[tuple[Answer, ...]]()
        for intents in wishes:
            tried, taken = facts, list[Taken]()
            for intent in intents:
                taken.append(take(tried, intent))
                for event in taken[-1].events:
                    tried = record(tried, self._as_if(tried, event))
            whole = all(each.answer.taken for each in taken)
            if whole:
                facts = tried
                events.extend(event for each in taken for event in each.events)
            answers.append(tuple(_in_whole(each.answer, whole=whole) for each in taken))
        self._record(events)
        return answers

    def _as_if(self, facts: Facts, event: Event) -> Recorded:
        return Recorded(seq=facts.seq + 1, at=self.clock.wall(), event=event)

    def _advance(self) -> None:
        """Plan, record and perform until the plan has nothing more to say."""
        for _ in range(self._turns()):
            decisions = self._decisions()
            if not decisions:
                return
            self._record(decisions)
            self._act()
        raise RunawayPlanError(self._turns())

    def _turns(self) -> int:
        """Return how often the plan may be asked in a row: far more than it ever is."""
        return 1000 + 50 * (len(self.facts.changes) + len(self.facts.builds))

    def _decisions(self) -> list[Event]:
        """Return what the plan says until it waits for deeds, to be stored by one write.

        Each word stands on the facts that those before it make, just as if they were stored. A
        prospect is waited for: how many are prepared at once is the plan's to say.
        """
        facts, decided = self.facts, list[Event]()
        for _ in range(self._turns()):
            said = _guarded(facts, plan(facts, self.planner_of(facts.policy.planner)))
            if not said:
                return decided
            decided += said
            if any(isinstance(event, ProspectWanted) for event in said):
                return decided
            for event in said:
                facts = record(facts, self._as_if(facts, event))
        raise RunawayPlanError(self._turns())

    def _act(self) -> None:
        """Do what is due, and take what was said meanwhile: no free worker waits for a plan."""
        self._perform()
        self._take_news()

    def _perform(self) -> None:
        """Do what is due, workers' deeds first; what meets something passing stays due."""
        due = sorted(self._due, key=lambda row: not isinstance(row.deed, FOR_WORKERS))
        self._due = []
        performer = Performer(hands=self._hands(), facts=self.facts)
        events, done = self._owed
        for place, row in enumerate(due):
            try:
                events.extend(performer.perform(row.deed))
            except TransientError:
                # What is due behind it waits too, for deeds may build on one another.
                self._due.extend(due[place:])
                self._settle_owed()
                raise
            done.append(row.key)

    def _settle_owed(self) -> None:
        """Record how deeds went; kept until it is stored, since what is done is done."""
        events, done = self._owed
        if events or done:
            self._record(events, done)
            self._owed = ([], [])

    def _record(self, events: Sequence[Event], done: Sequence[int] = ()) -> None:
        """Store the events and fold them into the facts; what they cause becomes due."""
        if not events and not done:
            return
        recorded = self.store.append(self.lease, self.clock.wall(), events, done)
        facts = self.facts
        for item in recorded:
            facts = record(facts, item)
            if isinstance(item.event, Deed):
                self._due.append(Due(key=item.seq, deed=item.event))
        with self._bell:
            self.facts = facts
            self._bell.notify_all()

    def _renew(self) -> None:
        now = self.clock.monotonic()
        if now - self._renewed > LEASE / 3:
            # A failure is no loss yet: two thirds of the lease are left to try again in.
            try:
                self.store.renew(self.lease, self.clock.wall(), LEASE)
            except TransientError as error:
                self._troubled(error)
                return
            self._renewed = now

    def _snapshot(self) -> None:
        if self.facts.seq - self._kept >= SNAPSHOT_EVERY:
            # It only makes the next start faster, so nothing stops where it cannot be kept.
            try:
                self.store.snapshot(self.facts)
            except TransientError as error:
                self._troubled(error)
                return
            self._kept = self.facts.seq


def _guarded(facts: Facts, decisions: Sequence[Event]) -> list[Event]:
    """Return the decisions, with every landing that breaks an invariant turned into a freeze."""
    guarded: list[Event] = []
    for decision in decisions:
        if isinstance(decision, LandWanted):
            why = broken(facts, decision)
            if why:
                guarded.append(Frozen(queue=decision.queue, why=why))
                continue
            queue = facts.queues[decision.queue]
            # Folded in at once: the next landing of this turn is judged as standing behind it.
            landing = replace(queue, landing=(*queue.landing, decision.key))
            facts = replace(facts, queues=facts.queues.set(queue.name, landing))
        guarded.append(decision)
    return guarded


def _answer(wishes: Sequence[Wish], answers: Sequence[tuple[Answer, ...]]) -> None:
    for (_, waiting), given in zip(wishes, answers, strict=True):
        # Whoever asked may have given up waiting; what was stored stays stored.
        if waiting.set_running_or_notify_cancel():
            waiting.set_result(given)


def _sorry(error: Exception) -> Answer:
    """Return what is said to whoever asked when nothing could be stored."""
    if isinstance(error, TransientError):
        return Answer(code="FT510", what=error.what, hint="nothing was stored; try again")
    what = error.what if isinstance(error, PortError) else repr(error)
    return Answer(code="FT503", what=f"the gate has stopped: {what}", hint="see the gate's log")


def _in_whole(answer: Answer, *, whole: bool) -> Answer:
    """Return what is said of one intent of several: none is taken where one is refused."""
    if whole or not answer.taken:
        return answer
    what = "nothing was taken, since another part of the request was refused"
    return Answer(code="FT415", what=what, hint="mend that part and ask again")
