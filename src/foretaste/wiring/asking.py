"""Asking: the oracles beside a project's own tests, put together for a check."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from foretaste.adapters.uv.sdistfiles import UvSdistFiles
from foretaste.service.check.check import Asked
from foretaste.service.check.searching import Searching
from foretaste.service.oracles.previous import ORACLE, PreviousTests
from foretaste.taste.dossier import OracleWord
from foretaste.taste.finding import Finding
from foretaste.wiring.bench import Bench

# Moves whose previous tests are run; what is blamed comes first. A verdict waits for them.
MOST = 6


def oracles_of(asked: Collection[str], bench: Bench) -> tuple[Asked, ...]:
    """Return what is asked after a search; `imports` is asked in every trial instead."""
    if ORACLE not in asked:
        return ()
    sdists = UvSdistFiles(bench.environments.bench.sdists, bench.tools.index)

    def previous(found: Finding, searching: Searching) -> tuple[OracleWord, ...]:
        subject = searching.subject
        # What tests need beside the base is of its day, or of none later than is asked about.
        when = subject.base_date or searching.wish.as_of
        tests = PreviousTests(
            subject=replace(subject, base_date=when),
            states=searching.states,
            tools=bench.tools,
            sdists=sdists,
            snapshots=bench.snapshots,
        )
        blamed = {key for culprit in found.culprits for key in culprit.keys}
        keys = sorted(searching.states.lattice.moves, key=lambda key: (key not in blamed, key))
        bench.tools.say(
            f"previous tests: of {', '.join(keys[:MOST])}; this takes as long as they do"
        )
        return tuple(each.word for each in tests.run(keys[:MOST]))

    return (previous,)
