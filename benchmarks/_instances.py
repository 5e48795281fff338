"""Made-up updates of a lock file: moves, what needs what, who is to blame, and how it shows.

Everything is drawn from a seed by a hash, and a flake from the seed, the state and how often that
state was run: whoever asks for the same run gets the same answer.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from foretaste.taste.lattice import Lattice, Moved
from foretaste.taste.moves import Move
from foretaste.taste.outcome import COMMAND, Ending, Failure, Outcome, Signature

# Per move: how many metadata constraints bind it to another. With half of one, 60 % of the random
# subsets of 8 moves and 99 % of those of 32 cannot be installed, as was measured (57 to 99 %).
BINDING: Final = 0.5
# How often a failure names the culprit, has its frame innermost, or on the way; else it points
# nowhere. With the steps and the misleading ones below, the culprit ranks first in 25 of 27.
POINTS: Final = ((0.64, 30.0), (0.22, 12.0), (0.10, 4.0))
MISLEADS: Final = 0.03
STEPS: Final = ((0.5, 1.0), (0.3, 3.0), (0.2, 6.0))
TESTS: Final = 12


class Draws:
    """Numbers that look like chance and are the same for the same words."""

    def __init__(self, *words: object) -> None:
        self._words = "/".join(map(str, words))
        self._count = 0

    def number(self) -> float:
        """Return the next number of [0, 1)."""
        self._count += 1
        text = f"{self._words}/{self._count}".encode()
        return int.from_bytes(hashlib.blake2b(text, digest_size=7).digest()) / 2**56

    def below(self, end: int) -> int:
        """Return the next of 0 … end - 1."""
        return int(self.number() * end)

    def pick(self, odds: Sequence[tuple[float, float]], otherwise: float) -> float:
        """Return one of the values, each with its probability, else `otherwise`."""
        toss = self.number()
        for probability, value in odds:
            if toss < probability:
                return value
            toss -= probability
        return otherwise


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What instances of one kind have in common.

    `culprits` each break by themselves, or `together`. `informed` is whether failures point as
    real ones do. `script` is whether the first failure hides the others, as in a script without
    tests. `flakes` is the rate at which runs fail by chance, on the base as well.
    """

    moves: int
    culprits: int
    together: bool = False
    informed: bool = True
    script: bool = False
    flakes: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One update: `causes` are the sets of moves that break it, each in its own way."""

    seed: int
    kind: Kind
    lattice: Lattice
    causes: tuple[Moved, ...]
    steps: Mapping[str, float]
    points: tuple[tuple[str, float], ...]

    def suspects(self, _: Lattice, failures: Sequence[Failure]) -> dict[str, float]:
        """Return the weights of the moves after these failures."""
        weights = dict(self.steps)
        if self.kind.informed:
            for failure in failures:
                if failure.frames:
                    key, factor = self.points[int(failure.frames[0])]
                    weights[key] = max(weights[key], self.steps[key] * factor)
        return {key: max(weights[one] for one in self.lattice.unit(key)) for key in weights}


@dataclass(slots=True)
class Consumer:
    """The tests of an instance; counts how often each state was run."""

    instance: Instance
    runs: dict[Moved, int] = field(default_factory=dict)

    def run(self, moved: Moved, only: Sequence[str] = ()) -> Outcome:
        """Return what one run shows in a state."""
        kind = self.instance.kind
        self.runs[moved] = self.runs.get(moved, 0) + 1
        failures = [
            _failure(COMMAND if kind.script else f"test_{number}", number)
            for number, cause in enumerate(self.instance.causes)
            if cause <= moved
        ]
        toss = Draws(self.instance.seed, sorted(moved), self.runs[moved]).number()
        if toss < kind.flakes:
            flake = Signature(type="AssertionError", message="lost the race")
            failures.append(Failure(test=COMMAND if kind.script else "test_race", signature=flake))
        if kind.script:
            failures = failures[:1]
        tests = {COMMAND} if kind.script else {"test_race", *(f"test_{n}" for n in range(TESTS))}
        failed = [failure for failure in failures if not only or failure.test in only]
        return Outcome(
            ending=Ending.FAILED if failed else Ending.PASSED,
            passed=frozenset(only or tests) - {failure.test for failure in failed},
            failures=tuple(failed),
        )


def _failure(test: str, number: int) -> Failure:
    signature = Signature(type="ImportError", message=f"broken {number}")
    return Failure(test=test, signature=signature, frames=(str(number),))


def instance_of(kind: Kind, seed: int) -> Instance:
    """Return the instance of a seed."""
    draws = Draws(kind.moves, kind.culprits, kind.together, seed)
    keys = [f"package-{number:02d}" for number in range(kind.moves)]
    lattice = _lattice(keys, draws)
    steps = {key: draws.pick(STEPS, 6.0) for key in keys}
    culprits = _culprits(lattice, steps, kind.culprits, draws)
    causes = (frozenset[str]().union(*culprits),) if kind.together else tuple(culprits)
    return Instance(
        seed=seed,
        kind=kind,
        lattice=lattice,
        causes=causes,
        steps=steps,
        points=tuple(_points(min(cause), keys, draws) for cause in causes),
    )


def _points(culprit: str, keys: Sequence[str], draws: Draws) -> tuple[str, float]:
    if draws.number() < MISLEADS:
        return keys[draws.below(len(keys))], 30.0
    return culprit, draws.pick(POINTS, 1.0)


def _lattice(keys: Sequence[str], draws: Draws) -> Lattice:
    needs = {key: {key} for key in keys}
    for _ in range(int(BINDING * len(keys))):
        needs[keys[draws.below(len(keys))]].add(keys[draws.below(len(keys))])
    for through in keys:
        for key in keys:
            if through in needs[key]:
                needs[key] |= needs[through]
    return Lattice(
        base=dict.fromkeys(keys, "1"),
        moves={key: Move(key=key, old="1", new="2") for key in keys},
        needs={key: frozenset(needed) for key, needed in needs.items()},
    )


def _culprits(
    lattice: Lattice, steps: Mapping[str, float], count: int, draws: Draws
) -> list[Moved]:
    """Return units, none of which needs another: large steps break more often."""
    found: list[Moved] = []
    keys = sorted(lattice.moves)
    while len(found) < count:
        key = keys[draws.below(len(keys))]
        related = lattice.below({key}) | lattice.above({key})
        if draws.number() < steps[key] / 6.0 and not any(related & unit for unit in found):
            found.append(lattice.unit(key))
    return found
