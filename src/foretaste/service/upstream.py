"""Upstream: from a culprit on to the first bad commit in its own repository.

The state that showed the culprit is kept, but for one package: in its release's place comes a
wheel of each commit that is tried. The tests, and the failure that counts, are the culprit's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from datetime import datetime

from foretaste.ports.environments import Say
from foretaste.ports.errors import TransientError, UserError
from foretaste.ports.releases import Pin
from foretaste.ports.upstreams import (
    Between,
    TreeWheel,
    TreeWheels,
    Upstream,
    Upstreams,
)
from foretaste.taste.bisect import Answer, Bisected, Bisection, answer_to, span_of
from foretaste.taste.finding import Finding
from foretaste.taste.lattice import Lattice, Moved
from foretaste.taste.outcome import Ending, Failure, Outcome
from foretaste.taste.tags import looked_for, near, tag_of
from foretaste.taste.upstream import TriedCommit, UpstreamFinding

Run = Callable[[str, Mapping[str, Pin]], Outcome]
"""Runs the tests on pins, by move key, under a name of its own, and says what they showed."""

# A break is believed when a flake would show it so many times in a row less often than this.
CHANCE = 0.001
MOST_REPEATS = 8
# A trial that infrastructure loses is run so many times before its commit is passed over.
ATTEMPTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """A release of a culprit: what it broke, and the state in which it did, by move key."""

    key: str
    name: str
    old: str
    new: str
    failures: tuple[Failure, ...]
    pins: Mapping[str, Pin]


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamWish:
    """Where to look and how hard; the rest says how the commits' wheels are built."""

    place: str
    slots: int = 1
    budget: int = 60
    repeats: int = 1
    python: str = ""
    as_of: datetime | None = None
    build_constraints: tuple[str, ...] = ()
    extra_build: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamTools:
    """What a bisection is made with."""

    upstreams: Upstreams
    wheels: TreeWheels
    run: Run
    say: Say


def suspects_of(
    finding: Finding, lattice: Lattice, pins: Callable[[Moved], Mapping[str, Pin]]
) -> tuple[Suspect, ...]:
    """Return the culprits' releases that have one before them; `pins` are those of a state."""
    suspects = []
    for culprit in finding.culprits:
        state = pins(lattice.below(culprit.keys | culprit.needed))
        for key in sorted(culprit.keys):
            move = lattice.moves[key]
            if move.old is not None and move.new is not None and not move.builds:
                suspects.append(
                    Suspect(
                        key=key,
                        name=move.name,
                        old=move.old,
                        new=move.new,
                        failures=culprit.failures,
                        pins=state,
                    )
                )
    return tuple(suspects)


def repeats_for(finding: Finding) -> int:
    """Return how many trials in a row must show a break before it is believed."""
    rate = max((flake.rate for flake in finding.flaky), default=0.0)
    if rate <= 0.0:
        return 1
    wanted = math.ceil(math.log(CHANCE) / math.log(min(rate, 0.9)))
    return max(2, min(wanted, MOST_REPEATS))


def bisect_upstream(
    suspects: Sequence[Suspect], wish: UpstreamWish, tools: UpstreamTools
) -> UpstreamFinding:
    """Find the first bad commit of the suspect whose repository it is.

    Raises:
        UserError: there is no such suspect, the place cannot be read, tags are missing.
        TransientError: the repository is out of reach.
        PermanentError: trials cannot be run here.
    """
    if not suspects:
        raise UserError("FT966", "the check found no culprit with a release before it")
    tools.say(f"fetching {wish.place}")
    upstream = tools.upstreams.open(wish.place)
    suspect, old_tag, new_tag = _chosen(suspects, upstream)
    tags = upstream.tags()
    between = _between(upstream, tags[old_tag], tags[new_tag])
    bisecting = _Bisecting(suspect=suspect, wish=wish, tools=tools, upstream=upstream)
    bisected = bisecting.run(between, tags[old_tag], tags[new_tag])
    return UpstreamFinding(
        place=wish.place,
        name=suspect.name,
        old=suspect.old,
        new=suspect.new,
        old_tag=old_tag,
        new_tag=new_tag,
        span=len(between.commits),
        straight=between.straight,
        bisected=bisected,
        commits=tuple(upstream.commit(each) for each in bisected.commits),
        tried=tuple(bisecting.tried),
    )


def _chosen(suspects: Sequence[Suspect], upstream: Upstream) -> tuple[Suspect, str, str]:
    """Return the suspect whose releases the repository has tags for, with its two tags.

    Several packages may have the same numbers: the one that the place is named after comes first.
    """
    tags = tuple(upstream.tags())
    place = upstream.place.casefold().replace("_", "-")
    ordered = sorted(suspects, key=lambda each: each.name not in place)
    for suspect in ordered:
        old_tag = tag_of(tags, suspect.name, suspect.old)
        new_tag = tag_of(tags, suspect.name, suspect.new)
        if old_tag and new_tag:
            return suspect, old_tag, new_tag
    first = ordered[0]
    missing = first.new if tag_of(tags, first.name, first.old) else first.old
    there = near(tags, first.name, missing)
    hint = f"there are {', '.join(there)}" if there else "it has no tags of versions at all"
    wanted = ", ".join(looked_for(first.name, missing))
    what = f"no tag stands for {first.name} {missing}; looked for {wanted} and the like"
    raise UserError("FT963", what, where=upstream.place, hint=hint)


def _between(upstream: Upstream, old: str, new: str) -> Between:
    between = upstream.between(old, new)
    if not between.commits:
        what = "the new release has no commit that the old one has not"
        raise UserError("FT964", what, where=upstream.place)
    return between


@dataclass(slots=True, kw_only=True)
class _Bisecting:
    """A bisection on its way: so many trials at once as there are slots."""

    suspect: Suspect
    wish: UpstreamWish
    tools: UpstreamTools
    upstream: Upstream
    tried: list[TriedCommit] = field(default_factory=list)
    _started: int = 0
    _ends: frozenset[str] = frozenset()

    def run(self, between: Between, old: str, new: str) -> Bisected:
        """Run trials until nothing more can be told, or the budget is used up."""
        span = span_of(between.commits, old, new, between.fork)
        state = Bisection(span=span, repeats=self.wish.repeats)
        self._ends = frozenset(span.ends)
        self.tools.say(f"{len(span.commits)} commits between, about {state.most() + 2} trials")
        running: dict[Future[TriedCommit], str] = {}
        with ThreadPoolExecutor(self.wish.slots, thread_name_prefix="upstream") as pool:
            while True:
                self._fill(state, running, pool)
                if not running:
                    return self._ended(state)
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for each in done:
                    del running[each]
                    tried = each.result()
                    self.tried.append(tried)
                    self.tools.say(f"{tried.commit[:12]}: {tried.answer.value} {tried.why}".strip())
                    state = state.tell(tried.commit, tried.answer)

    def _fill(
        self, state: Bisection, running: dict[Future[TriedCommit], str], pool: ThreadPoolExecutor
    ) -> None:
        """Start as many trials as there are slots, budget and questions for."""
        while len(running) < self.wish.slots and self._started < self.wish.budget:
            commit = state.ask(tuple(running.values()))
            if commit is None:
                return
            self._started += 1
            running[pool.submit(self._try, commit, self._started)] = commit

    def _ended(self, state: Bisection) -> Bisected:
        result = state.result()
        if state.ask() is not None:
            return replace(result, why=f"not done within {self.wish.budget} trials")
        return result

    def _try(self, commit: str, number: int) -> TriedCommit:
        """Build a commit and run the tests on it."""
        try:
            # What a build writes is in its error where it fails, and of no use where it does not.
            pin = self.tools.wheels.make(self._wheel(commit), _nothing)
        except (UserError, TransientError) as error:
            # A commit on the way may have come from a fork under another name; a release not.
            if error.code == "FT965" and commit in self._ends:
                raise
            why = error.what.partition("\n")[0]
            return TriedCommit(commit=commit, answer=Answer.UNCLEAR, why=why)
        outcome = self._outcome(f"upstream-{number}", {**self.suspect.pins, self.suspect.key: pin})
        answer = answer_to(outcome, self.suspect.failures)
        why = outcome.why or "fails in another way"
        return TriedCommit(commit=commit, answer=answer, why=why * (answer is Answer.UNCLEAR))

    def _outcome(self, name: str, pins: Mapping[str, Pin]) -> Outcome:
        """Run the tests; what infrastructure loses is run again."""
        outcome = self.tools.run(name, pins)
        for again in range(1, ATTEMPTS):
            if outcome.ending is not Ending.LOST:
                break
            outcome = self.tools.run(f"{name}-{again}", pins)
        return outcome

    def _wheel(self, commit: str) -> TreeWheel:
        # Whoever requires the new release takes the commits before it for that release.
        return TreeWheel(
            source=self.upstream.source(commit),
            name=self.suspect.name,
            version=self.suspect.new,
            python=self.wish.python,
            as_of=self.wish.as_of,
            build_constraints=self.wish.build_constraints,
            extra_build=self.wish.extra_build,
        )


def _nothing(_: str) -> None:
    """Say nothing."""
