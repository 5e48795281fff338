"""Check: from what works today to what may go on, what is held back, and who is to blame."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from foretaste.ports.errors import TransientError, UserError
from foretaste.report.check import progress
from foretaste.service.check.forwarding import Onward, moved_forward
from foretaste.service.check.gathering import (
    facts_of_releases,
    facts_of_subject,
    facts_of_trials,
    failures_of_base,
    new_warnings,
    seconds_by_phase,
)
from foretaste.service.check.searching import Searching
from foretaste.service.check.states import States, base_of, candidate_of, laid_out
from foretaste.service.check.subject import Subject, Tools, Wish
from foretaste.taste.dossier import Dossier, Gathered, OracleWord, Seconds, dossier_of
from foretaste.taste.finding import Baseline, Finding, Verdict
from foretaste.taste.upstream import UpstreamFinding

NOTHING_NEWER = "nothing newer is there"


@dataclass(slots=True)
class _Watch:
    """Counts wall time by phase."""

    tools: Tools
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def phase(self, name: str) -> Iterator[None]:
        """Count what passes inside for `name`."""
        began = self.tools.clock.monotonic()
        try:
            yield
        finally:
            took = self.tools.clock.monotonic() - began
            self.seconds[name] = self.seconds.get(name, 0.0) + took


Further = Callable[[Finding, Searching], UpstreamFinding]
"""Goes on from a finding to a culprit's own repository, with the search that came to it."""


Asked = Callable[[Finding, Searching], tuple[OracleWord, ...]]
"""Asks an oracle beside the project's own tests; what it says is shown and decides nothing."""


def check(
    subject: Subject,
    wish: Wish,
    tools: Tools,
    *,
    further: Further | None = None,
    oracles: Sequence[Asked] = (),
) -> Dossier:
    """Return what these releases do to the project.

    `further` is asked where something is blamed, `oracles` in any case.

    Raises:
        UserError: the base or the candidate cannot be put together.
        TransientError: the index is out of reach.
        PermanentError: trials cannot be run here.
    """
    watch = _Watch(tools)
    states = _states(subject, wish, tools, watch)
    tools.say(progress.moving(tuple(states.lattice.moves.values())))
    searching = Searching(subject, wish, states, tools)
    found, onward = _found(searching)
    releases = facts_of_releases(states, wish, tools, blamed=bool(found.culprits))
    upstream, why_not = _went_on(further, found, searching)
    words = (*why_not, *(word for oracle in oracles for word in oracle(found, searching)))
    tried = (*searching.tried, *onward.tried)
    phases = seconds_by_phase(tried)
    python = states.markers["python_full_version"]
    gathered = Gathered(
        subject=facts_of_subject(subject, python, wish.as_of, tools),
        releases=releases,
        trials=facts_of_trials(tried),
        forwarded=onward.forwarded,
        beyond=onward.beyond,
        dropped=onward.dropped,
        warnings=new_warnings(searching.tried, states.lattice.every),
        upstream=upstream,
        oracles=words,
        broken=failures_of_base(searching.tried) if found.baseline is Baseline.FAILED else (),
        seconds=Seconds(
            resolve=watch.seconds["resolve"],
            install=watch.seconds["install"] + phases.get("environment", 0.0),
            test=phases.get("test", 0.0),
            total=tools.clock.monotonic() - tools.began,
        ),
    )
    return dossier_of(found, states.lattice, gathered)


def _went_on(
    further: Further | None, found: Finding, searching: Searching
) -> tuple[UpstreamFinding | None, tuple[OracleWord, ...]]:
    """Return what was found in a culprit's repository, or why nothing was: the verdict stands."""
    if further is None or not found.culprits:
        return None, ()
    try:
        return further(found, searching), ()
    except (UserError, TransientError) as error:
        said = "; ".join(filter(None, (f"error[{error.code}]: {error.what}", error.hint)))
        searching.tools.say(said)
        return None, (OracleWord(oracle="bisect-upstream", of=error.where, text=said),)


def _states(subject: Subject, wish: Wish, tools: Tools, watch: _Watch) -> States:
    with watch.phase("resolve"):
        found = base_of(subject, tools, wish.as_of)
        candidate = candidate_of(found, wish, tools)
    with watch.phase("install"):
        return laid_out(found, candidate, tools)


def _found(searching: Searching) -> tuple[Finding, Onward]:
    """Return what the search found, and how far what it holds back can go after all."""
    states = searching.states
    if not states.lattice.moves:
        return _nothing_newer(), Onward()
    found = _without_idle(searching.find(), states)
    onward = moved_forward(found, searching)
    return replace(found, trials=searching.ran + len(onward.tried)), onward


def _nothing_newer() -> Finding:
    return Finding(verdict=Verdict.ACCEPT, baseline=Baseline.PASSED, reason=NOTHING_NEWER)


def _without_idle(found: Finding, states: States) -> Finding:
    """Leave out of what may go on the packages that nothing in that state needs."""
    return replace(found, accepted=found.accepted - states.unneeded(found.accepted))
