"""Previous tests: the tests of the release that is left, run on the release that is tried.

Both runs have what the tests need beside the release, the same for both; what counts is what
passed on the old release and fails on the new one, twice. A test that needs what a sandbox has not
fails on both, and says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import count

from packaging.requirements import Requirement

from foretaste.config.tree import FolderTree
from foretaste.ports.errors import UserError
from foretaste.ports.executor import Source, Watch
from foretaste.ports.releases import Asking, Pin
from foretaste.ports.sources import SdistFiles, Snapshots
from foretaste.service.check.states import States
from foretaste.service.check.subject import Subject, Tools
from foretaste.service.check.trials import Trials, spec_of
from foretaste.service.oracles.released import ReleasedTests, released_tests
from foretaste.taste.dossier import OracleWord
from foretaste.taste.moves import BUILD, Move
from foretaste.taste.outcome import Ending, Failure, Outcome

ORACLE = "previous-tests"
# Tests that are named in a sentence.
_NAMED = 3
# A suite that takes longer says nothing of a release that a consumer waits for; in seconds.
_TIMEOUT = 300.0
_STACKS_AFTER = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Previous:
    """What came of one move's previous tests.

    `broken` are tests that passed on the old release and fail on the new one, each as it fails
    there; `passed` is how many pass on both, `missing` how many of them were not seen to end on
    the new one. `why` is a sentence where nothing can be said.
    """

    key: str
    old: str
    new: str
    passed: int = 0
    missing: int = 0
    broken: tuple[Failure, ...] = ()
    why: str = ""

    @property
    def word(self) -> OracleWord:
        """The result in words."""
        if self.why:
            text = self.why
        elif self.broken:
            names = ", ".join(failure.test for failure in self.broken[:_NAMED])
            more = f" and {len(self.broken) - _NAMED} more" if len(self.broken) > _NAMED else ""
            text = f"{len(self.broken)} that passed on {self.old} fail: {names}{more}"
        elif self.missing:
            text = f"{self.passed} that pass on {self.old} pass; {self.missing} did not run"
        else:
            text = f"all {self.passed} that pass on {self.old} pass"
        return OracleWord(
            oracle=ORACLE, of=f"{self.key}: the tests of {self.old} on {self.new}", text=text
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Prepared:
    """A move's previous tests, ready to run."""

    key: str
    tests: ReleasedTests
    source: Source
    extra: dict[str, Pin]


@dataclass(slots=True, kw_only=True)
class PreviousTests:
    """Runs previous tests of moves of a check."""

    subject: Subject
    states: States
    tools: Tools
    sdists: SdistFiles
    snapshots: Snapshots
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def run(self, keys: Iterable[str]) -> tuple[Previous, ...]:
        """Return what came of each of these moves that has an old and a new release.

        Raises:
            TransientError: the index is out of reach, the disk is full.
            PermanentError: trials cannot be run here.
        """
        moves = self.states.lattice.moves
        asked = [
            moves[key]
            for key in keys
            if key in moves and not moves[key].builds and moves[key].old and moves[key].new
        ]
        # As many side by side as there are slots; more would only wait in the executor.
        with ThreadPoolExecutor(self.tools.executor.slots() or 1) as pool:
            return tuple(pool.map(self._one, asked))

    def _one(self, move: Move) -> Previous:
        key, old, new = move.key, move.old or "", move.new or ""
        said = Previous(key=key, old=old, new=new)
        try:
            prepared = self._prepared(key, old)
        except UserError as error:
            return replace(said, why=f"they cannot be run: {error.what}")
        if prepared is None:
            return replace(said, why=f"the sdist of {old} brings no tests")
        before = self._outcome(prepared, new=False)
        if before.ending is Ending.HUNG or not before.passed:
            return replace(said, why=f"they do not run on {old} itself here")
        after = self._outcome(prepared, new=True)
        broken = _broken(before, after)
        if broken:
            # Once more, and on both: one failure may be chance.
            only = tuple(failure.test for failure in broken)
            again = self._outcome(prepared, new=True, only=only)
            still = self._outcome(prepared, new=False, only=only)
            broken = _twice(broken, again, still)
        seen = after.passed | {failure.test for failure in after.failures}
        return replace(
            said,
            broken=broken,
            passed=_count(before.passed & after.passed),
            missing=_count(before.passed - seen),
        )

    def _prepared(self, key: str, old: str) -> _Prepared | None:
        folder = self.sdists.sdist(key, old)
        owns = self.states.releases[key, old].owns
        tests = released_tests(FolderTree(folder=folder), key, owns)
        if tests is None:
            return None
        return _Prepared(
            key=key,
            tests=tests,
            source=self.snapshots.take(f"{key}-tests", folder, tests.paths),
            extra=self._extra(tests.requirements),
        )

    def _extra(self, requirements: Sequence[str]) -> dict[str, Pin]:
        """Return pins of what the tests need and the base has not.

        Raises:
            UserError: not even a test runner fits into the base.
        """
        for wanted in (requirements, _names(requirements)):
            try:
                return self._resolved(wanted)
            except UserError:
                continue
        return self._resolved(("pytest",))

    def _resolved(self, requirements: Sequence[str]) -> dict[str, Pin]:
        recipe = self.subject.recipe
        base = {
            key: pin.version for key, pin in self.states.base.items() if not key.startswith(BUILD)
        }
        asking = Asking(
            python=recipe.python,
            requirements=tuple(requirements),
            constraints=tuple(f"{name}=={version}" for name, version in base.items()),
            base=base,
            only=frozenset(),
            as_of=self.subject.base_date,
            build_constraints=recipe.build_constraints,
            extra_build=recipe.extra_build,
        )
        found = self.tools.resolver.resolve(asking, self.tools.detail)
        return {name: pin for name, pin in found.items() if name not in base}

    def _outcome(self, prepared: _Prepared, *, new: bool, only: tuple[str, ...] = ()) -> Outcome:
        moved = self.states.lattice.below([prepared.key]) if new else frozenset()
        pins = {**prepared.extra, **self.states.pins(moved)}
        recipe = replace(self.subject.recipe, run=prepared.tests.run, install=(), env={})
        subject = replace(self.subject, source=prepared.source, recipe=recipe)
        watch = Watch(stacks_after=_STACKS_AFTER, only=only)
        trials = Trials(replace(self.tools, run=f"{self.tools.run}-previous"))
        trials.start(
            next(self._numbers),
            lambda attempt: spec_of(subject, attempt, pins, watch, timeout=_TIMEOUT),
        )
        _, finished = trials.wait()
        return trials.outcome(finished, stalled=lambda seconds: seconds >= _STACKS_AFTER)


def _count(names: frozenset[str]) -> int:
    """Return how many tests these are; modules that were collected count as tests, too."""
    return sum("::" in name for name in names)


def _names(requirements: Sequence[str]) -> tuple[str, ...]:
    """Return the requirements without their versions, which another time may have pinned."""
    read = map(Requirement, requirements)
    return tuple(f"{each.name};{each.marker}" if each.marker else each.name for each in read)


def _broken(before: Outcome, after: Outcome) -> tuple[Failure, ...]:
    """Return what fails after and passed before; what hangs or breaks as a whole counts too."""
    if after.ending is Ending.LOST:
        return ()
    ran = after.passed or after.failures
    found = tuple(failure for failure in after.failures if failure.test in before.passed)
    whole = tuple(failure for failure in after.failures if failure.test.startswith("("))
    return found or (whole if ran else ())


def _twice(broken: Sequence[Failure], again: Outcome, still: Outcome) -> tuple[Failure, ...]:
    """Return what failed once more on the new release and passed once more on the old one."""
    fails = {failure.test for failure in again.failures}
    return tuple(
        failure
        for failure in broken
        if failure.test in fails and (failure.test in still.passed or _is_whole(failure, still))
    )


def _is_whole(failure: Failure, still: Outcome) -> bool:
    return failure.test.startswith("(") and still.ending is Ending.PASSED
