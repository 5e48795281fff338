"""How many trials it takes to find out which moves of a lock update break its consumer.

All instances are made up (`_instances.py`): moves with metadata constraints between them, culprits
that break by themselves or only together, and failures that point at the culprit as often as real
ones did. The search of `foretaste check` stands beside FastDiag, QuickXplain, ddmin, ProbDD and
prefix bisection, each with the same ranking of suspects. Counted are the runs beyond base and
candidate until the answer is confirmed both ways: what may go on was run and passes, and each
culprit was run by itself and breaks. "To hold" is after how many of ours the state had passed that
goes on, which is what a gate waits for. Where nothing points anywhere, failures name no move and all
moves are suspected by the size of their step only. With flakes, one run in five fails by chance, on
the base as well; there, the others run each failing state four times before they believe it, and
ours repeats what its confidence of 0.999 asks for.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from statistics import fmean
from typing import Final

from _instances import Consumer, Instance, Kind, instance_of
from _paper import Paper, Table
from _rivals import (
    Answer,
    Bench,
    GivenUpError,
    bisection,
    ddmin,
    fastdiag,
    one_by_one,
    probdd,
    quickxplain,
)

from foretaste.taste.finding import Finding, Verdict
from foretaste.taste.isolate import Effort, Search, Trial, ask, begin, finding, tell, unwanted
from foretaste.taste.lattice import Lattice, Moved
from foretaste.taste.outcome import Ending, Outcome

SIZES: Final = (8, 20, 32, 64)
CULPRITS: Final = ((1, False), (2, False), (3, False), (5, False), (2, True))
SMALLEST: Final = 20
"""Moves from which on five of them are culprits."""
FLAKES: Final = 0.2
BELIEVED: Final = 4
BUDGET: Final = 200

RIVALS: Final[dict[str, Callable[[Bench], Answer]]] = {
    "FastDiag": fastdiag,
    "QuickXplain": partial(one_by_one, find=quickxplain),
    "bisection": partial(one_by_one, find=bisection),
    "ddmin": partial(one_by_one, find=ddmin),
    "ProbDD": partial(one_by_one, find=probdd),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Trials beyond base and candidate, and whether the answer was right.

    `held` is after how many of them that state had passed which may land.
    """

    trials: int
    right: bool
    held: int = 0


def searched(instance: Instance, effort: Effort, slots: int) -> Finding:
    """Return what the search of `foretaste check` finds; trials end in the order of their start."""
    consumer = Consumer(instance=instance)
    search = begin(instance.lattice, effort, instance.suspects)
    running: list[Trial] = []
    while (found := finding(search)) is None:
        search, asked = ask(search, slots)
        running += asked
        trial = running.pop(0)
        search = tell(search, trial.number, consumer.run(trial.moved, trial.tests))
        search, running = _stopped(search, running)
    return found


def _stopped(search: Search, running: list[Trial]) -> tuple[Search, list[Trial]]:
    useless = unwanted(search)
    for number in useless:
        search = tell(search, number, Outcome(ending=Ending.LOST, why="cancelled"))
    return search, [trial for trial in running if trial.number not in useless]


def ours(instance: Instance, slots: int) -> Result:
    """Measure our search; without flakes it need not be surer than one run makes it."""
    confidence = 0.999 if instance.kind.flakes else 0.5
    found = searched(instance, Effort(budget=BUDGET, confidence=confidence), slots)
    answer = Answer(
        landing=found.accepted, culprits=frozenset(culprit.keys for culprit in found.culprits)
    )
    expected = Verdict.REJECT if instance.causes else Verdict.ACCEPT
    right = found.verdict is expected and is_right(instance, answer)
    landed = [culprit.without or found.trials for culprit in found.culprits]
    return Result(trials=found.trials - 2, right=right, held=max(landed, default=2) - 2)


def theirs(instance: Instance, rival: Callable[[Bench], Answer]) -> Result:
    """Measure a rival."""
    bench = Bench(instance=instance, believed=BELIEVED if instance.kind.flakes else 1)
    try:
        answer = rival(bench)
    except GivenUpError:
        return Result(trials=bench.trials, right=False)
    return Result(trials=bench.trials, right=is_right(instance, answer))


def is_right(instance: Instance, answer: Answer) -> bool:
    """Whether just the culprits are blamed, and all may go on that can."""
    lattice = instance.lattice

    def broken(moved: Moved) -> bool:
        return any(cause <= moved for cause in instance.causes)

    more = (answer.landing | lattice.below({key}) for key in lattice.every - answer.landing)
    blamed = {tops(lattice, cause) for cause in instance.causes}
    return answer.culprits == blamed and not broken(answer.landing) and all(map(broken, more))


def kinds(sizes: list[int]) -> Iterator[Kind]:
    """Yield what is measured, one row each."""
    for flakes, informed, moves, what in product((0.0, FLAKES), (True, False), sizes, CULPRITS):
        culprits, together = what
        if moves >= SMALLEST or culprits < max(CULPRITS)[0]:
            yield Kind(
                moves=moves,
                culprits=culprits,
                together=together,
                informed=informed,
                flakes=flakes,
            )


def row(kind: Kind, draws: int, slots: int) -> list[str]:
    """Measure one kind: a row of mean trials and shares of right answers."""
    instances = [instance_of(kind, seed) for seed in range(draws)]
    results = {"ours": [ours(each, slots) for each in instances]}
    for name, rival in RIVALS.items():
        results[name] = [theirs(each, rival) for each in instances]
    culprits = f"{kind.culprits} together" if kind.together else str(kind.culprits)
    held = fmean(result.held for result in results["ours"])
    return [str(kind.moves), culprits, f"{held:.1f}", *map(_cell, results.values())]


def _cell(results: list[Result]) -> str:
    right = sum(result.right for result in results) / len(results)
    mark = "" if right == 1.0 else f" ({100 * right:.1f} %)"
    return f"{fmean(result.trials for result in results):.1f}{mark}"


def main() -> None:
    """Measure every kind and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=list(SIZES), help="numbers of moves")
    parser.add_argument("--draws", type=int, default=100, help="instances of each kind")
    parser.add_argument("--slots", type=int, default=1, help="trials at once, in our search")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    options = parser.parse_args()
    paper = Paper("Trials of a culprit search", __doc__ or "")
    tables: dict[tuple[bool, bool], Table] = {}
    for kind in kinds(options.sizes):
        at = (kind.flakes > 0, kind.informed)
        if at not in tables:
            tables[at] = Table("moves", "culprits", "to hold", "ours", *RIVALS)
        tables[at].add(*row(kind, options.draws, options.slots))
    for (flakes, informed), table in tables.items():
        points = "failures point as real ones do" if informed else "nothing points anywhere"
        noise = f"{100 * FLAKES:.0f} % of runs fail by chance" if flakes else "no flakes"
        paper.say(
            f"Mean trials of {options.draws} draws, {points}, {noise}; in brackets how often the "
            "answer was right, where not always."
        )
        paper.show(table)
    if options.write:
        paper.write()


def tops(lattice: Lattice, keys: Iterable[str]) -> frozenset[str]:
    """Return the moves of `keys` that no other of them, outside their unit, needs."""
    given = frozenset(keys)
    return frozenset(
        key
        for key in given
        if not any(key in lattice.needs[other] for other in given - lattice.unit(key))
    )


if __name__ == "__main__":
    main()
