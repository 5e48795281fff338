"""Forwarding: what a search holds back is moved as far forward as passes (`taste.forward`).

What the resolver says fits together stands on the state that may go on, and none of it moves back.
The newest such state that passed is what is told. Nothing here can take a finding away: where the
index or the trials give up, what was found stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from packaging.requirements import Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

from foretaste.ports.errors import PortError, UserError
from foretaste.ports.index import IndexFile, IndexPage
from foretaste.ports.releases import Pin
from foretaste.report.check import progress
from foretaste.service.check.searching import Searching, Tried
from foretaste.service.check.states import asking_of
from foretaste.service.check.subject import Wish
from foretaste.taste.compare import BASE, Key, Run
from foretaste.taste.dossier import Forwarded
from foretaste.taste.finding import Finding
from foretaste.taste.forward import (
    MOST_TRIALS,
    Answer,
    Forward,
    Judged,
    Told,
    Versions,
    between,
    culprits_held,
    failures_of,
    followers,
    is_worth_it,
    judged,
    rungs_of,
)
from foretaste.taste.isolate import Trial
from foretaste.taste.lattice import Moved
from foretaste.taste.moves import BUILD

WHY = "how far what is held back can go"
# A run that says nothing, or that may have shown chance, is repeated so often before a try is left.
MOST_RUNS = 4
# A trial that hangs takes its time-out, which is many times what others take.
MOST_HANGING = 2

State = dict[str, Pin]
"""What is installed, by name; what builds the project is not among it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Onward:
    """How far what is held back went.

    `beyond` has for held keys the versions above the newest that passes, the candidate's the last.
    `dropped` are packages that the state which passed does without. `tried` are the trials.
    """

    forwarded: tuple[Forwarded, ...] = ()
    beyond: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    tried: tuple[Tried, ...] = ()


def moved_forward(found: Finding, searching: Searching) -> Onward:
    """Return how far the held packages of a finding can go; no trial where nothing lies between.

    Where nothing may be tried any more, or a pass would tell nothing, a cap still begins right
    above the newest version that passed: nobody saw the others pass.
    """
    if not found.culprits or searching.wish.patches:
        return Onward()
    states, lattice = searching.states, searching.states.lattice
    ways = _ways(found, searching)
    culprits = culprits_held(found, lattice)
    forward = Forward(
        rungs=rungs_of(found, lattice, ways, states.owners),
        ends={key: (str(lattice.moves[key].old), str(lattice.moves[key].new)) for key in culprits},
        left=min(_most(found), searching.wish.budget - found.trials),
        company=bool(followers(found, lattice, culprits)),
    )
    pins = states.pins(found.accepted)
    going = _Going(
        searching=searching,
        found=found,
        culprits=culprits,
        company=followers(found, lattice, culprits),
        known=failures_of(found, culprits),
        start={key: pin for key, pin in pins.items() if not key.startswith(BUILD)},
        building={key: pin for key, pin in pins.items() if key.startswith(BUILD)},
    )
    if forward.rungs and is_worth_it(found, going.runs):
        forward = going.run(forward)
    return going.onward(forward, ways)


@dataclass(slots=True, kw_only=True)
class _Going:
    """A search on its way; `best` is the newest state that passed, as it is installed."""

    searching: Searching
    found: Finding
    culprits: Moved
    company: Moved
    known: Mapping[str, frozenset[Key]]
    start: State
    building: State
    best: State = field(default_factory=dict)
    runs: list[Run] = field(default_factory=list)
    tried: list[Tried] = field(default_factory=list)
    _ids: dict[frozenset[tuple[str, str]], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Begin where the search ended: with its runs, on what may go on."""
        self.best = dict(self.start)
        numbers: dict[Moved, int] = {frozenset(): BASE}
        for each in self.searching.tried:
            at = numbers.setdefault(each.trial.moved, len(numbers))
            self.runs.append(_run(each, at))
        self._ids[frozenset()] = len(numbers)

    def run(self, forward: Forward) -> Forward:
        """Try caps until nothing more can be told."""
        try:
            while (caps := forward.ask()) is not None:
                forward = forward.tell(caps, self._try(forward, caps))
        except PortError as error:
            self.searching.tools.say(progress.no_further(error.what))
        return forward

    def onward(self, forward: Forward, ways: Mapping[str, tuple[str, ...]]) -> Onward:
        """Return what came of it."""
        beyond = {key: forward.beyond(key) for key in forward.rungs}
        for key in self.company & set(ways) & set(self._changed(self.best)):
            new = str(self.searching.states.lattice.moves[key].new)
            beyond[key] = _above((*ways[key], new), self.best[key].version)
        failing = {
            key: (*forward.failing(key), self.searching.states.candidate[key].version)
            for key in forward.rungs
            if beyond[key]
        }
        return Onward(
            forwarded=tuple(
                Forwarded(
                    key=key,
                    old=self.start[key].version if key in self.start else None,
                    to=self.best[key].version,
                    fails=failing.get(key, ()),
                )
                for key in sorted(self._changed(self.best))
            ),
            beyond=beyond,
            dropped=tuple(sorted(set(self.start) - set(self.best))),
            tried=tuple(self.tried),
        )

    def _try(self, forward: Forward, caps: Versions) -> Told:
        """Put the newest state under these caps together and run the tests on it."""
        state = self._resolved(caps, self.company if not forward.apart else frozenset())
        if state is None or all(_version(state, key) == _version(self.best, key) for key in caps):
            return Told(answer=Answer.NONE)
        before = len(self.tried)
        shown = self._shown(state, forward.left)
        answer = shown.answer or Answer.NONE
        if answer is Answer.PASSED:
            self.best = state
        return Told(
            answer=answer,
            reached={key: state[key].version for key in caps if key in state},
            blamed=frozenset(key for key in self.culprits if self.known[key] & set(shown.broken)),
            spent=len(self.tried) - before,
        )

    def _resolved(self, caps: Versions, company: Moved) -> State | None:
        """Return the newest state under these caps, None where there is none."""
        searching, moves = self.searching, self.searching.states.lattice.moves
        # What is tried no further must not be forced on, either.
        limits = {key: _version(self.best, key) or str(moves[key].old) for key in self.culprits}
        limits |= {key: str(moves[key].new) for key in company} | dict(caps)
        asking = asking_of(searching.subject)
        asking = replace(
            asking,
            requirements=searching.states.roots,
            constraints=(
                *asking.constraints,
                *(f"{key}<={Version(limits[key]).public}" for key in sorted(limits)),
            ),
            base={key: pin.version for key, pin in self.best.items()},
            only=frozenset(caps) | company,
            as_of=searching.wish.as_of,
        )
        try:
            pins = searching.tools.resolver.resolve(asking, searching.tools.detail)
        except UserError:
            return None
        return {key: self._known_pin(key, pin) for key, pin in pins.items()}

    def _known_pin(self, key: str, pin: Pin) -> Pin:
        """Return the pin that trials had of the same release, where one had."""
        states = self.searching.states
        for pins in (self.best, states.candidate, states.base):
            if key in pins and pins[key].version == pin.version:
                return pins[key]
        return pin

    def _shown(self, state: State, left: int) -> Judged:
        """Return what a state shows; what may be chance is run again."""
        at = self._ids.setdefault(_identity(state), self._ids[frozenset()] + len(self._ids))
        known = frozenset[Key]().union(*self.known.values())
        shown = judged(self.runs, at, known)
        for _ in range(min(MOST_RUNS, left)):
            if shown.answer is not None:
                break
            self._trial(state, at, shown.again)
            shown = judged(self.runs, at, known)
        return shown

    def _trial(self, state: State, at: int, tests: tuple[str, ...]) -> None:
        trial = Trial(
            number=self.found.trials + len(self.tried) + 1,
            moved=self.found.accepted,
            tests=tests,
            why=WHY,
        )
        part = tuple(f"{key} {state[key].version}" for key in sorted(self._changed(state)))
        tried = self.searching.beside(trial, {**state, **self.building}, part)
        self.tried.append(tried)
        self.runs.append(_run(tried, at))

    def _changed(self, state: State) -> Iterable[str]:
        """Return what is installed in another version than in what may go on."""
        return [key for key in state if _version(state, key) != _version(self.start, key)]


def _most(found: Finding) -> int:
    hanging = any(each.hung for culprit in found.culprits for each in culprit.failures)
    return MOST_HANGING if hanging else MOST_TRIALS


def _run(tried: Tried, at: int) -> Run:
    trial = tried.trial
    return Run(number=trial.number, at=at, tests=trial.tests, outcome=tried.outcome)


def _identity(state: State) -> frozenset[tuple[str, str]]:
    return frozenset((key, pin.version) for key, pin in state.items())


def _version(state: State, key: str) -> str:
    return state[key].version if key in state else ""


def _above(versions: Iterable[str], version: str) -> tuple[str, ...]:
    return tuple(each for each in versions if Version(each) > Version(version))


def _ways(found: Finding, searching: Searching) -> dict[str, tuple[str, ...]]:
    """Return what lies between base and candidate of each held package, as of the day.

    What a person asked for by its version leaves nothing between.
    """
    lattice, wish = searching.states.lattice, searching.wish
    held = followers(found, lattice, frozenset())
    pages = searching.tools.index.pages(sorted(held)) if held else {}
    python = searching.states.markers["python_full_version"]
    asked = _asked(wish)
    ways = {}
    for key, page in pages.items():
        if isinstance(page, IndexPage):
            files = [each for each in page.files if _is_there(each, python, wish.as_of)]
            move = lattice.moves[key]
            versions = between((each.version for each in files), str(move.old), str(move.new))
            allowed = asked.get(key, SpecifierSet())
            ways[key] = tuple(allowed.filter(versions, prereleases=True))
    return ways


def _asked(wish: Wish) -> dict[str, SpecifierSet]:
    """Return what a person asked of releases, by name."""
    asked: dict[str, SpecifierSet] = {}
    for requirement in map(Requirement, wish.releases):
        name = str(canonicalize_name(requirement.name))
        asked[name] = asked.get(name, SpecifierSet()) & requirement.specifier
    return asked


def _is_there(file: IndexFile, python: str, as_of: datetime | None) -> bool:
    """Whether a file could be had on the day, for this interpreter, and was not withdrawn since."""
    if file.yanked is not None:
        return False
    if as_of is not None and (file.uploaded is None or file.uploaded >= as_of):
        return False
    try:
        return SpecifierSet(file.requires_python).contains(python, prereleases=True)
    except InvalidSpecifier:
        return True
