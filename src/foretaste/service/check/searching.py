"""Searching: the search of `taste`, driven by trials until it has its answer."""

from __future__ import annotations

import queue
from collections.abc import Mapping
from dataclasses import dataclass, field

from foretaste.ports.errors import PermanentError
from foretaste.ports.executor import Finished, Observation, Watch
from foretaste.ports.releases import Pin
from foretaste.report.check import progress
from foretaste.service.check.states import States
from foretaste.service.check.subject import Subject, Tools, Wish
from foretaste.service.check.trials import Trials, next_of, spec_of
from foretaste.taste.finding import Finding
from foretaste.taste.isolate import Effort, Trial, ask, begin, finding, tell, unwanted
from foretaste.taste.narrowing import narrowed
from foretaste.taste.outcome import Ending, Outcome
from foretaste.taste.suspicion import weigh

# A trial is given so many times as long as the base took, and never less than this, in seconds:
# two trials share the processors, and a cold start of a large environment takes some.
PATIENCE = 10.0
LEAST_PATIENCE = 60.0
# Stacks are written when a process runs so many times longer than the base, in seconds at least.
SLOW = 3.0
LEAST_SLOW = 3.0
ENDED = (Ending.PASSED, Ending.FAILED)
IMPORTS = "imports"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One trial that was run, for the record.

    `part` are releases that it had beside the moves that were made ("jinja2 3.0.3").
    """

    trial: Trial
    outcome: Outcome
    phases: Mapping[str, float]
    part: tuple[str, ...] = ()


@dataclass(slots=True)
class Searching:
    """One check's trials; `tried` grows as they end."""

    subject: Subject
    wish: Wish
    states: States
    tools: Tools
    tried: list[Tried] = field(default_factory=list)
    _base_seconds: float = 0.0
    _stopped: set[int] = field(default_factory=set)

    @property
    def ran(self) -> int:
        """How many trials came to an end.

        One that was stopped is no trial: its answer could not matter any more, and is not known.
        """
        cut_off = {
            each.trial.number
            for each in self.tried
            if each.outcome.ending is Ending.LOST and each.trial.number in self._stopped
        }
        return len(self.tried) - len(cut_off)

    def find(self) -> Finding:
        """Run trials until the search has its answer.

        Raises:
            PermanentError: trials cannot be run here.
        """
        trials = Trials(self.tools)
        running: dict[int, Trial] = {}
        owners = self.states.owners
        search = begin(
            self.states.lattice,
            Effort(budget=self.wish.budget, confidence=self.wish.confidence),
            lambda lattice, failures: weigh(lattice, failures, owners),
        )
        try:
            while (found := finding(search)) is None:
                search, asked = ask(search, self.wish.slots)
                for trial in asked:
                    running[trial.number] = trial
                    self._start(trials, trial)
                if not running:
                    what = "the search asks for nothing and has no answer"
                    raise PermanentError("FT907", what, hint="please report it")
                number, finished = trials.wait()
                trial = running.pop(number)
                search = tell(search, number, self._ended(trials, trial, finished))
                for each in unwanted(search) - self._stopped:
                    self._stopped.add(each)
                    trials.cancel(each)
        finally:
            for number in running:
                trials.cancel(number)
        return narrowed(found, self.states.lattice, self.states.asks, owners)

    def once(self, name: str, pins: Mapping[str, Pin]) -> Outcome:
        """Run the tests on pins that are no state of the search, and wait; from any thread.

        Raises:
            PermanentError: trials cannot be run here.
        """
        return self._waited(f"{self.tools.run}-{name}", pins)[0]

    def beside(self, trial: Trial, pins: Mapping[str, Pin], part: tuple[str, ...]) -> Tried:
        """Run a trial on pins that are no state of the search, and wait; `tried` is without it.

        Raises:
            PermanentError: trials cannot be run here.
        """
        self.tools.say(progress.trying_part(trial.number, part, trial.tests))
        attempt = f"{self.tools.run}-{trial.number}"
        outcome, finished = self._waited(attempt, pins, trial.tests)
        self.tools.say(progress.tried(trial.number, outcome))
        return Tried(trial=trial, outcome=outcome, phases=dict(finished.phases), part=part)

    def _waited(
        self, attempt: str, pins: Mapping[str, Pin], tests: tuple[str, ...] = ()
    ) -> tuple[Outcome, Finished]:
        told: queue.SimpleQueue[Finished] = queue.SimpleQueue()
        watch = self._watch(tests)
        spec = spec_of(self.subject, attempt, pins, watch, timeout=self._patience())

        def listen(seen: Observation) -> None:
            if isinstance(seen, Finished):
                told.put(seen)

        self.tools.executor.start(spec, listen)
        finished = next_of(told)
        return Trials(self.tools).outcome(finished, stalled=self._stalled), finished

    def _start(self, trials: Trials, trial: Trial) -> None:
        pins = self.states.pins(trial.moved)
        every = self.states.lattice.every
        self.tools.say(progress.trying(trial.number, trial.moved, every, trial.tests))
        watch = self._watch(trial.tests)
        patience = self._patience()
        trials.start(
            trial.number,
            lambda attempt: spec_of(self.subject, attempt, pins, watch, timeout=patience),
        )

    def _watch(self, tests: tuple[str, ...] = ()) -> Watch:
        imports = IMPORTS in self.wish.oracles
        return Watch(stacks_after=self._slow(), only=tests, imports=imports)

    def _slow(self) -> float:
        return max(LEAST_SLOW, SLOW * self._base_seconds)

    def _patience(self) -> float:
        """Return the time-out of a trial; the base's first has all that the recipe allows."""
        if not self._base_seconds:
            return self.subject.recipe.timeout
        return max(LEAST_PATIENCE, PATIENCE * self._base_seconds)

    def _stalled(self, seconds: float) -> bool:
        return seconds >= self._slow()

    def _ended(self, trials: Trials, trial: Trial, finished: Finished) -> Outcome:
        outcome = trials.outcome(finished, stalled=self._stalled)
        if not (trial.moved or trial.tests) and outcome.ending in ENDED:
            self._base_seconds = max(self._base_seconds, outcome.seconds)
        self.tools.say(progress.tried(trial.number, outcome))
        self.tried.append(Tried(trial=trial, outcome=outcome, phases=dict(finished.phases)))
        return outcome
