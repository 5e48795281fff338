"""Dossier: everything that a check found, as data that stands by itself.

A finding speaks in keys of moves; a dossier says what those were, what each culprit's two
environments hold, what to write where it is to be held back, and what else was noticed. Reports,
scripts and the gate's pages are made from it and ask nobody else. `as_data` gives it as plain
values for JSON.

What is only noticed (start-up hooks, warnings, an oracle's word) is shown and decides nothing.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from foretaste.taste.caps import cap_of, exclusion_of, limit_of
from foretaste.taste.finding import Baseline, Culprit, Finding, Flake, Verdict
from foretaste.taste.lattice import Lattice, Moved
from foretaste.taste.moves import BUILD
from foretaste.taste.notices import Notice, notices_of
from foretaste.taste.outcome import Failure
from foretaste.taste.releases import Known, ReleaseFacts, facts_of
from foretaste.taste.upstream import UpstreamFinding

EXCLUDED = 4
"""Versions that are excluded one by one; of more, only the cap is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What was checked, and how.

    `project` is its name, or "" where it has none; `version` may be "". `python` is the
    interpreter's version, `test` the command. `base_from` says where the base comes from ("uv.lock",
    "what resolved as of the last commit"). `base_as_of` and `as_of` are the times (seconds since
    1970, UTC) as of which base and candidate were resolved, 0.0 where none. `timeout` is in
    seconds.

    The rest is what making the environments again takes: `installed` is whether the project itself
    is built and put on top, `files` the small files that its tests need, by relative path, `env`
    the variables that they see; the others stand in `[tool.foretaste.environment]`.
    """

    project: str = ""
    version: str = ""
    python: str
    test: str
    base_from: str
    base_as_of: float = 0.0
    as_of: float
    timeout: float = 900.0
    installed: bool = False
    files: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    preinstall: tuple[str, ...] = ()
    build_constraints: tuple[str, ...] = ()
    extra_build: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialFacts:
    """One trial that was run: on which moves, what came of it and how long its tests took.

    `part` are releases that it had beside them ("jinja2 3.0.3"), from between base and candidate.
    `why` says what it was asked for, or why it was lost. `outcome` is the word of an `Ending`.
    """

    number: int
    moved: tuple[str, ...]
    part: tuple[str, ...] = ()
    outcome: str
    failed: int = 0
    seconds: float = 0.0
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarded:
    """A held package that moved part of the way: from `old` to `to`, which passes.

    `fails` are the versions that were tried and fail, the oldest first; none where it went all the
    way, since others moved part of theirs, or only came along. `old` is None where it was not there.
    """

    key: str
    old: str | None
    to: str
    fails: tuple[str, ...]

    @property
    def name(self) -> str:
        """The package's normalised name."""
        return self.key.removeprefix(BUILD)


@dataclass(frozen=True, slots=True, kw_only=True)
class OracleWord:
    """What an oracle beside the project's own tests said: which one, of what, and what it said."""

    oracle: str
    of: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Seconds:
    """Wall time by phase; the phases of trials that ran side by side overlap."""

    resolve: float = 0.0
    install: float = 0.0
    test: float = 0.0
    total: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What a check has beside the finding itself.

    `releases` are the facts of every release of base and candidate; `warnings` those lines that
    the candidate wrote and the base did not; `upstream` what a culprit's own repository showed.
    `broken` are the base's own failures, where nothing can be compared with it. `beyond` has for
    keys of held moves the versions above the newest that passes, the candidate's the last;
    `dropped` are packages that went away as others moved part of the way.
    """

    subject: Subject
    releases: tuple[ReleaseFacts, ...] = ()
    trials: tuple[TrialFacts, ...] = ()
    forwarded: tuple[Forwarded, ...] = ()
    beyond: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    oracles: tuple[OracleWord, ...] = ()
    upstream: UpstreamFinding | None = None
    broken: tuple[Failure, ...] = ()
    seconds: Seconds = Seconds()


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveFacts:
    """One move, and what became of it.

    `fate` is "held" (see `why`), "accepted", or "" where nothing was decided. `uploaded` is when
    its new release was put on the index (seconds since 1970, UTC), 0.0 where unknown.
    """

    key: str
    name: str
    old: str | None
    new: str | None
    builds: bool
    fate: str
    why: str
    uploaded: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Blamed:
    """One culprit: a minimal set of moves, how it fails, and what to write to keep it out.

    `caps` and `exclusions` are requirements ("markupsafe<2.1.0", "markupsafe!=2.1.0"); an exclusion
    stands only where something newer than the base passes. `passes` and `fails` are the releases
    of two whole environments. `caught_after` is how many seconds after the last of its uploads the
    candidate was resolved, None where no upload time is known.
    """

    moves: tuple[MoveFacts, ...]
    needed: tuple[MoveFacts, ...]
    confidence: float
    failures: tuple[Failure, ...]
    alone: int | None
    without: int | None
    caps: tuple[str, ...]
    exclusions: tuple[str, ...]
    passes: tuple[ReleaseFacts, ...]
    fails: tuple[ReleaseFacts, ...]
    caught_after: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """Everything that was found. `hold_back` and `accepted` are by name (`naming`)."""

    subject: Subject
    verdict: Verdict
    baseline: Baseline
    reason: str
    culprits: tuple[Blamed, ...]
    hold_back: Mapping[str, str]
    accepted: Mapping[str, str]
    removed: tuple[str, ...]
    forwarded: tuple[Forwarded, ...]
    moves: tuple[MoveFacts, ...]
    flaky: tuple[Flake, ...]
    red: tuple[str, ...]
    unstable: tuple[str, ...]
    notices: tuple[Notice, ...]
    warnings: tuple[str, ...]
    oracles: tuple[OracleWord, ...]
    count: int
    trials: tuple[TrialFacts, ...]
    seconds: Seconds
    upstream: UpstreamFinding | None = None
    broken: tuple[Failure, ...] = ()


def dossier_of(finding: Finding, lattice: Lattice, gathered: Gathered) -> Dossier:
    """Return the dossier of a finding."""
    desk = _Desk(
        finding=finding,
        lattice=lattice,
        gathered=gathered,
        known=facts_of(gathered.releases),
        forwarded={each.key: each for each in gathered.forwarded},
        naming=_naming(lattice.moves),
    )
    moves = {key: desk.move(key) for key in sorted(lattice.moves)}
    going = [moves[key] for key in sorted(finding.accepted)]
    return Dossier(
        subject=gathered.subject,
        verdict=finding.verdict,
        baseline=finding.baseline,
        reason=finding.reason,
        culprits=tuple(_blamed(desk, culprit) for culprit in finding.culprits),
        hold_back={desk.naming[key]: desk.cap(moves[key]) for key in desk.to_hold()},
        accepted={desk.naming[each.key]: each.new for each in going if each.new is not None}
        | {desk.naming.get(each.key, each.name): each.to for each in gathered.forwarded},
        removed=(
            *(desk.naming[each.key] for each in going if each.new is None),
            *gathered.dropped,
        ),
        forwarded=gathered.forwarded,
        moves=tuple(moves.values()),
        flaky=finding.flaky,
        red=finding.red,
        unstable=finding.unstable,
        notices=notices_of(lattice, desk.known),
        warnings=gathered.warnings,
        oracles=gathered.oracles,
        count=finding.trials,
        trials=gathered.trials,
        seconds=gathered.seconds,
        upstream=gathered.upstream,
        broken=gathered.broken,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """All that a dossier is written from, each at hand by its key."""

    finding: Finding
    lattice: Lattice
    gathered: Gathered
    known: Known
    forwarded: Mapping[str, Forwarded]
    naming: Mapping[str, str]

    def move(self, key: str) -> MoveFacts:
        """Return what became of a move."""
        move = self.lattice.moves[key]
        release = self.known.get((move.name, move.new or ""))
        return MoveFacts(
            key=key,
            name=move.name,
            old=move.old,
            new=move.new,
            builds=move.builds,
            fate=self._fate(key),
            why=self.finding.held.get(key, ""),
            uploaded=0.0 if release is None else release.uploaded,
        )

    def _fate(self, key: str) -> str:
        if key in self.finding.accepted:
            return "accepted"
        return "held" if key in self.finding.held else ""

    def to_hold(self) -> list[str]:
        """Return the moves for which something has to be written so that they are held back.

        A package that only comes with a culprit, or only goes with it, needs nothing: where the
        culprit is held, it stays away, or where it is. Without a base that works nothing was
        found out, and nothing is to be held.
        """
        if self.finding.baseline is Baseline.FAILED:
            return []
        blamed = frozenset().union(*(culprit.keys for culprit in self.finding.culprits))
        return [
            key
            for key in sorted(self.finding.held)
            if key in blamed or (self._has_way(key) and not self._is_there(key))
        ]

    def _has_way(self, key: str) -> bool:
        move = self.lattice.moves[key]
        return move.old is not None and move.new is not None

    def _is_there(self, key: str) -> bool:
        """Whether a held package went all the way, once others had gone part of theirs."""
        forwarded = self.forwarded.get(key)
        return forwarded is not None and forwarded.to == self.lattice.moves[key].new

    def cap(self, move: MoveFacts) -> str:
        """Return the specifier that holds a package back where it is, or where it came to."""
        forwarded = self.forwarded.get(move.key)
        at = move.old if forwarded is None else forwarded.to
        if at is not None and at == move.new:
            return limit_of(at)
        fails = () if forwarded is None else forwarded.fails
        return cap_of(at, move.new, (*self.gathered.beyond.get(move.key, ())[:1], *fails))

    def exclusion(self, move: MoveFacts) -> str:
        """Return what to write to keep out no more than does not pass; "" where the cap is better.

        What lies above the newest version that passes is excluded whether it was tried or not.
        """
        forwarded = self.forwarded.get(move.key)
        if forwarded is None or forwarded.to == move.new:
            return ""
        beyond = self.gathered.beyond.get(move.key, forwarded.fails)
        return move.name + exclusion_of(move.new, beyond) if len(beyond) <= EXCLUDED else ""

    def environment(self, moved: Moved) -> tuple[ReleaseFacts, ...]:
        """Return the releases that are installed when these moves are made, sorted by key.

        Of a release of which nothing is known, its name and version stand for it.
        """
        return tuple(
            self._release(key, version)
            for key, version in sorted(self.lattice.state(self.lattice.below(moved)).items())
        )

    def _release(self, key: str, version: str) -> ReleaseFacts:
        name = key.removeprefix(BUILD)
        facts = self.known.get((name, version), ReleaseFacts(name=name, version=version))
        return replace(facts, builds=key.startswith(BUILD))


def _naming(keys: Iterable[str]) -> dict[str, str]:
    """Return the name to use for each move: its package's, the key where two would be the same."""
    every = set(keys)
    names = {key: key.removeprefix(BUILD) for key in every}
    return {key: key if name != key and name in every else name for key, name in names.items()}


def _blamed(desk: _Desk, culprit: Culprit) -> Blamed:
    moves = [desk.move(key) for key in sorted(culprit.keys)]
    uploads = [each.uploaded for each in moves if each.uploaded]
    as_of = desk.gathered.subject.as_of
    return Blamed(
        moves=tuple(moves),
        needed=tuple(desk.move(key) for key in sorted(culprit.needed)),
        confidence=culprit.confidence,
        failures=culprit.failures,
        alone=culprit.alone,
        without=culprit.without,
        caps=tuple(each.name + desk.cap(each) for each in moves),
        exclusions=tuple(filter(None, map(desk.exclusion, moves))),
        passes=desk.environment(frozenset()),
        fails=desk.environment(culprit.keys | culprit.needed),
        caught_after=max(0.0, as_of - max(uploads)) if uploads else None,
    )


def as_data(dossier: Dossier) -> dict[str, Any]:
    """Return the dossier as plain values, which JSON can hold."""
    data = _plain(asdict(dossier))
    assert isinstance(data, dict)  # noqa: S101 - what `asdict` gives
    return data


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever a dossier holds
    match value:
        case enum.Enum():
            return value.value
        case Mapping():
            return {str(key): _plain(each) for key, each in value.items()}
        case list() | tuple():
            return [_plain(each) for each in value]
        case _:
            return value
