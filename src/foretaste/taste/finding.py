"""Finding: what a search came to.

The verdict follows the contract of `foretaste check` (design, section 7). `moved` is always a set
of move keys that can be installed together (`lattice`).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from foretaste.taste.outcome import Failure


class Verdict(enum.Enum):
    """What is said of the candidate; `UNDECIDED` always comes with a reason."""

    ACCEPT = "accept"
    REJECT = "reject"
    UNDECIDED = "undecided"


class Baseline(enum.Enum):
    """How the base did: `FAILED` means that nothing can be compared with it."""

    PASSED = "passed"
    FLAKY = "flaky"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Culprit:
    """A minimal set of moves that breaks the base by itself.

    `needed` are moves that had to come along so that `keys` could be installed at all: never to
    blame. `alone` and `without` are the numbers of the trials that confirm it (base with it:
    fails; candidate without what is held: passes); None where there was no such trial.
    """

    keys: frozenset[str]
    needed: frozenset[str] = frozenset()
    confidence: float
    failures: tuple[Failure, ...]
    alone: int | None = None
    without: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Flake:
    """A test that fails by chance, on the base as well; `rate` is between 0 and 1."""

    test: str
    rate: float
    runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The answer of a search.

    `held` are the moves to hold back so that the rest, `accepted`, can go on; each key of `held`
    says why: it is a culprit, or it needs one ("needs werkzeug"). `red` are tests that fail on
    the base already. `unstable` are tests that fail sometimes on the candidate and never on the
    base: held, nobody is blamed. `trials` counts every run, base, candidate and repetitions
    included.
    """

    verdict: Verdict
    baseline: Baseline
    culprits: tuple[Culprit, ...] = ()
    held: Mapping[str, str] = field(default_factory=dict)
    accepted: frozenset[str] = frozenset()
    flaky: tuple[Flake, ...] = ()
    red: tuple[str, ...] = ()
    unstable: tuple[str, ...] = ()
    trials: int = 0
    reason: str = ""
