"""Replay: a past stretch of time, walked release by release.

At each look, the state that works then is compared with what was newest then, as `foretaste check`
would have; what passes goes on, what does not is held, and is free again when it, or something
newer of the same package, has passed at a later look. Only what the index still shows is known:
when something was yanked, and what is gone, it does not tell, so neither is tried; both are said.

All times are in seconds since 1970 (UTC).
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from foretaste.taste.dossier import Dossier, MoveFacts
from foretaste.taste.finding import Verdict

Versions = Mapping[str, str]
"""The version of each package that is installed, by normalised name."""


class Fate(enum.Enum):
    """What became of a release at the first look that could see it."""

    PASSED = "passed"
    CAUGHT = "caught"
    HELD = "held"  # not to blame: it needs something that is
    UNUSED = "unused"  # nothing would have installed it
    UNDECIDED = "undecided"
    YANKED = "yanked"
    MISSING = "missing"


OPEN = frozenset({Fate.CAUGHT, Fate.HELD, Fate.UNDECIDED})
"""The fates of what waits to be free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One release; `at` is when its first file was uploaded, `yanked` why it was withdrawn."""

    name: str
    version: str
    at: float
    yanked: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at the index, at the time `at`, and what it cost; `said` is its verdict."""

    at: float
    releases: tuple[str, ...]
    said: Verdict
    trials: int = 0
    seconds: float = 0.0
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What became of one release.

    `uploaded` is None where it is not known. `seen` is when the first look could see it, and
    `after` how long after the upload its fate was known: the wait for that look and the look
    itself. `lands` is when what passed was old enough to go on. `freed` is when what was held was
    free, by `by`, the version that passed then. `look` is the place of that look, -1 for none.
    """

    name: str
    version: str
    fate: Fate
    why: str = ""
    uploaded: float | None = None
    seen: float | None = None
    after: float | None = None
    lands: float | None = None
    freed: float | None = None
    by: str = ""
    look: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A stretch as far as it was walked; `state` is what works now."""

    begin: float
    end: float
    state: Versions
    releases: tuple[Release, ...] = ()
    looks: tuple[Look, ...] = ()

    @property
    def trials(self) -> int:
        """How many trials all looks took."""
        return sum(look.trials for look in self.looks)

    @property
    def seconds(self) -> float:
        """How many seconds all looks took."""
        return sum(look.seconds for look in self.looks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often the index is looked at, and how old a release must be to go on; in seconds.

    `every` 0 is a look after each upload.
    """

    every: float = 900.0
    minimum_age: float = 3 * 86400.0


def next_look(waiting: Iterable[Upload], begin: float, rhythm: Rhythm) -> float | None:
    """Return when the next of the uploads would be seen, None where none waits.

    Looks are taken at fixed times from the stretch's beginning on. A release is seen a second
    after its upload at the earliest: what counts as "as of" is what was there before.
    """
    first = min((upload.at for upload in waiting), default=None)
    if first is None:
        return None
    if rhythm.every <= 0:
        return math.floor(first) + 1.0
    return begin + math.ceil((math.floor(first) + 1.0 - begin) / rhythm.every) * rhythm.every


def passed_over(
    upload: Upload, state: Versions, allowed: Mapping[str, str]
) -> tuple[Fate, str] | None:
    """Return the fate of a release that no look has to be taken for, None where one has to.

    `allowed` are the specifiers that the project itself has for packages, by normalised name.
    """
    if upload.yanked is not None:
        reason = upload.yanked or "no reason was given"
        return Fate.YANKED, f"withdrawn since, the index does not say when: {reason}"
    if upload.name not in state:
        return Fate.UNUSED, "nothing needs its package any more"
    try:
        version, installed = Version(upload.version), Version(state[upload.name])
    except InvalidVersion:
        return Fate.UNUSED, "its version cannot be compared"
    if version <= installed:
        return Fate.UNUSED, f"not newer than {upload.name} {state[upload.name]}, which works"
    if version.is_prerelease and not installed.is_prerelease:
        return Fate.UNUSED, "a pre-release"
    wanted = allowed.get(upload.name, "")
    if not SpecifierSet(wanted).contains(version, prereleases=True):
        return Fate.UNUSED, f"the project asks for {upload.name}{wanted}"
    return None


def note(replay: Replay, upload: Upload, seen: float, fate: tuple[Fate, str]) -> Replay:
    """Return the replay with a release that no look was taken for."""
    told = Release(
        name=upload.name,
        version=upload.version,
        fate=fate[0],
        why=fate[1],
        uploaded=upload.at,
        seen=seen,
    )
    return replace(replay, releases=(*replay.releases, told))


def miss(replay: Replay, name: str, version: str) -> Replay:
    """Return the replay with a release that was there once and that the index has no more."""
    why = "it was there once, and the index shows it no more: not tried"
    told = Release(name=name, version=version, fate=Fate.MISSING, why=why)
    return replace(replay, releases=(*replay.releases, told))


def fail(replay: Replay, uploads: Sequence[Upload], at: float, why: str) -> Replay:
    """Return the replay after a look at these uploads that could not be taken."""
    look = Look(at=at, releases=_titles(uploads), said=Verdict.UNDECIDED, reason=why)
    told = tuple(
        Release(
            name=upload.name,
            version=upload.version,
            fate=Fate.UNDECIDED,
            why=why,
            uploaded=upload.at,
            seen=at,
            look=len(replay.looks),
        )
        for upload in uploads
    )
    return replace(replay, releases=(*replay.releases, *told), looks=(*replay.looks, look))


def after(
    replay: Replay, uploads: Sequence[Upload], at: float, looked: tuple[Dossier, float]
) -> Replay:
    """Return the replay after a look at these uploads.

    `looked` is what the check of that moment found, and the minimum age of what may go on, in
    seconds.
    """
    dossier, minimum_age = looked
    look = Look(
        at=at,
        releases=_titles(uploads),
        said=dossier.verdict,
        trials=dossier.count,
        seconds=dossier.seconds.total,
        reason=dossier.reason,
    )
    told = [
        replace(
            _told(upload, dossier),
            uploaded=upload.at,
            seen=at,
            after=at + look.seconds - upload.at,
            look=len(replay.looks),
        )
        for upload in uploads
    ]
    state = state_after(replay.state, dossier)
    landing = [
        replace(each, lands=max(at, upload.at + minimum_age)) if each.fate is Fate.PASSED else each
        for each, upload in zip(told, uploads, strict=True)
    ]
    before = [_freed(each, state, at) for each in replay.releases]
    return replace(
        replay,
        state=state,
        releases=(*before, *landing),
        looks=(*replay.looks, look),
    )


def state_after(state: Versions, dossier: Dossier) -> dict[str, str]:
    """Return what works when what may go on has gone on."""
    if dossier.verdict is Verdict.UNDECIDED:
        return dict(state)
    now = dict(state)
    for move in dossier.moves:
        if move.fate == "accepted" and not move.builds:
            now.pop(move.name, None)
            if move.new is not None:
                now[move.name] = move.new
    return now | {each.name: each.to for each in dossier.forwarded if each.key == each.name}


def _titles(uploads: Sequence[Upload]) -> tuple[str, ...]:
    return tuple(f"{each.name} {each.version}" for each in uploads)


def _told(upload: Upload, dossier: Dossier) -> Release:
    """Return a release with its fate, and why."""

    def told(fate: Fate, why: str = "") -> Release:
        return Release(name=upload.name, version=upload.version, fate=fate, why=why)

    if dossier.verdict is Verdict.UNDECIDED:
        return told(Fate.UNDECIDED, dossier.reason)
    moves = {move.name: move for move in dossier.moves if not move.builds}
    move = moves.get(canonicalize_name(upload.name))
    forwarded = {each.name: each.to for each in dossier.forwarded}
    if move is None:
        return told(Fate.UNUSED, "the requirements, or the interpreter, do not take it")
    if forwarded.get(upload.name) == upload.version:
        return told(Fate.PASSED)
    if move.new != upload.version:
        return told(Fate.UNUSED, f"{move.name} {move.new or 'gone'} was taken in its place")
    if move.fate != "held":
        return told(Fate.PASSED)
    return _held(move, dossier, told(Fate.HELD, move.why))


def _held(move: MoveFacts, dossier: Dossier, held: Release) -> Release:
    """Return a held release as a culprit, with how it fails, where it is one."""
    for culprit in dossier.culprits:
        if move.key in {each.key for each in culprit.moves}:
            others = [each.name for each in culprit.moves if each.key != move.key]
            together = f" (together with {', '.join(others)})" if others else ""
            failure = culprit.failures[0] if culprit.failures else None
            text = f"{failure.signature.type}: {failure.message}" if failure else "it fails"
            return replace(held, fate=Fate.CAUGHT, why=f"{text}{together}")
    return held


def _freed(release: Release, state: Versions, at: float) -> Release:
    """Return a release as it stands at a later look, free if the state has come so far."""
    if release.fate not in OPEN or release.freed is not None:
        return release
    installed = state.get(release.name)
    if installed is None:
        return replace(release, freed=at, by="no longer needed")
    if Version(installed) >= Version(release.version):
        return replace(release, freed=at, by=installed)
    return release
