"""States: the base and the candidate, pinned, read, and laid out as moves between them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from foretaste.ports.errors import UserError
from foretaste.ports.releases import Asking, Pin, Pins, Release
from foretaste.service.check.subject import Patch, Subject, Tools, Wish
from foretaste.service.check.trials import OF_THE_STATE
from foretaste.taste.implications import absent, lattice_of, orphans
from foretaste.taste.lattice import Lattice, Moved
from foretaste.taste.moves import BUILD


@dataclass(frozen=True, slots=True, kw_only=True)
class States:
    """Both states, by move key; `releases` has what each release says of itself.

    `owners` tells which package brings an importable path, for reading traces.
    """

    base: Pins
    candidate: Pins
    releases: Mapping[tuple[str, str], Release]
    lattice: Lattice
    roots: tuple[str, ...]
    markers: Mapping[str, str]

    @property
    def owners(self) -> Mapping[str, str]:
        """The move that brings each importable path; what does not move brings none."""
        found: dict[str, str] = {}
        for key, move in self.lattice.moves.items():
            for version in (move.old, move.new):
                if version is not None and not move.builds:
                    found |= dict.fromkeys(self.releases[key, version].owns, key)
        return found

    @property
    def asks(self) -> Mapping[str, Moved]:
        """For each move, the moves of packages that one of its releases requires."""
        moves = self.lattice.moves
        return {
            key: frozenset(
                other
                for version in (move.old, move.new)
                if version is not None
                for other in _names_in(key, self.releases[key, version].requires)
                if other in moves
            )
            for key, move in moves.items()
        }

    def pins(self, moved: Moved) -> dict[str, Pin]:
        """Return the pins when just these moves are made, by key."""
        pins = dict(self.base)
        for key in moved:
            pins.pop(key, None)
            if key in self.candidate:
                pins[key] = self.candidate[key]
        return pins

    def unneeded(self, moved: Moved) -> frozenset[str]:
        """Return the moves that bring a package which nothing in the state needs."""
        state = self.lattice.state(moved)
        requires = {
            each: self.releases[each].requires for each in state.items() if each in self.releases
        }
        idle = orphans(state, requires, self.roots, self.markers)
        return frozenset(
            key for key in moved if key in idle and self.lattice.moves[key].old is None
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A subject's base, pinned by key, and everything that is asked for in it (`roots`)."""

    subject: Subject
    base: Pins
    roots: tuple[str, ...]


def base_of(subject: Subject, tools: Tools, as_of: datetime | None = None) -> Found:
    """Return the base: what is installed, what builds the project, and what is asked for.

    `as_of` is the time of what the base lacks, where nothing tells its own; None is now.

    Raises:
        UserError: a version is not to be had (any more), or nothing fits together.
        TransientError: the index is out of reach.
    """
    asking = asking_of(subject)
    if subject.base is None:
        pins = tools.resolver.resolve(replace(asking, as_of=subject.base_date), tools.detail)
    else:
        locked = replace(asking, base=subject.base, hashes=subject.base_hashes)
        pins = tools.resolver.pin(locked, tools.detail)
    day = subject.base_date or as_of
    pins, beyond = _whole(subject, pins, replace(asking, as_of=day), tools)
    base = {**pins, **_building(subject, tools, {})}
    return Found(subject=subject, base=base, roots=(*subject.requirements, *sorted(beyond)))


def _whole(
    subject: Subject, pins: Pins, asking: Asking, tools: Tools
) -> tuple[Pins, frozenset[str]]:
    """Return the pins with all that they lack, and which of them nobody asks for.

    A lock may leave out what tests need, a list of pins what those need; it is taken as of the
    base's day. A test tool that only stands in the base is a requirement too, and moves too.
    """
    markers = tools.releases.markers(subject.recipe.python)
    read = tools.releases.read(tuple(pins.values()), subject.recipe.python, tools.detail)
    state = {name: pin.version for name, pin in pins.items()}
    requires = {each: read[each[0]].requires for each in state.items()}
    beyond = orphans(state, requires, subject.requirements, markers)
    roots = (*subject.requirements, *sorted(beyond))
    # What goes in before anything else is there, whether or not somebody asks for it.
    lacking = absent(state, requires, roots, markers) - set(map(_name, subject.recipe.preinstall))
    if lacking:
        # By name: what only the base itself asks for is otherwise left out, as it always was.
        wanted = (*roots, *sorted(lacking))
        asking = replace(asking, requirements=wanted, base=state, only=frozenset())
        pins = tools.resolver.resolve(asking, tools.detail)
        taken = ", ".join(sorted(pins.keys() - state.keys()))
        tools.say(f"not in the base, so taken as of its day: {taken}")
    return pins, beyond


def candidate_of(found: Found, wish: Wish, tools: Tools) -> Pins:
    """Return the pins of the candidate, by key.

    Raises:
        UserError: nothing fits together.
        TransientError: the index is out of reach.
    """
    subject, base = found.subject, found.base
    installed = {key: pin.version for key, pin in base.items() if not key.startswith(BUILD)}
    asked = tuple(wish.releases)
    patched = {patch.pin.name: patch for patch in wish.patches}
    needed = _needed_by(wish.patches, subject, tools)
    asking = replace(
        asking_of(subject),
        requirements=(*found.roots, *asked, *needed),
        base=installed,
        only=frozenset(map(_name, asked)) if asked or patched else None,
        as_of=wish.as_of,
    )
    pins = dict(tools.resolver.resolve(asking, tools.detail))
    pins |= {name: replace(each.pin, version=each.version) for name, each in patched.items()}
    building = {key: pin for key, pin in base.items() if key.startswith(BUILD)}
    if building and not asked and not patched:
        building = _building(subject, tools, building, wish)
    return {**pins, **building}


def asking_of(subject: Subject) -> Asking:
    """Return what every question about the subject has in common."""
    recipe = subject.recipe
    return Asking(
        python=recipe.python,
        requirements=subject.requirements,
        constraints=subject.constraints,
        build_constraints=recipe.build_constraints,
        extra_build=recipe.extra_build,
    )


def _building(
    subject: Subject, tools: Tools, base: Pins, wish: Wish | None = None
) -> dict[str, Pin]:
    """Return the pins of what builds the project, by key; nothing where nothing tells the date."""
    if not subject.build_requires or subject.base_date is None:
        return {}
    asking = Asking(
        python=subject.recipe.python,
        requirements=subject.build_requires,
        constraints=subject.recipe.build_constraints,
        base={key.removeprefix(BUILD): pin.version for key, pin in base.items()},
        as_of=subject.base_date if wish is None else wish.as_of,
    )
    pins = tools.resolver.resolve(asking, tools.detail)
    return {BUILD + name: pin for name, pin in pins.items()}


def _name(text: str) -> str:
    return str(canonicalize_name(Requirement(text).name))


def checked_releases(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the releases that a person asks for, each a sound requirement.

    Raises:
        UserError: one is none.
    """
    found = []
    for text in texts:
        try:
            requirement = Requirement(text)
        except InvalidRequirement as error:
            raise UserError(
                "FT903", f"{text!r} is no requirement: {error}", hint='like "markupsafe==2.1.0"'
            ) from None
        if requirement.url is not None:
            raise UserError(
                "FT903",
                f"{text!r} names a place, not a release",
                hint="for an unreleased state there is --with NAME@git+URL@REF, or NAME@DIR",
            )
        found.append(str(requirement))
    return tuple(found)


def _needed_by(patches: Iterable[Patch], subject: Subject, tools: Tools) -> Iterator[str]:
    """Yield what unreleased states require, as the project's own requirements are written."""
    pins = tuple(patch.pin for patch in patches)
    if not pins:
        return
    markers = dict(tools.releases.markers(subject.recipe.python))
    read = tools.releases.read(pins, subject.recipe.python, tools.detail)
    for line in (line for release in read.values() for line in release.requires):
        with contextlib.suppress(InvalidRequirement):
            requirement = Requirement(line)
            marker, requirement.marker = requirement.marker, None
            if marker is None or marker.evaluate({**markers, "extra": ""}):
                yield str(requirement)


def _as_built(pin: Pin) -> Pin:
    """Return a pin with the version that its own wheel says, where it has one."""
    if not pin.wheel:
        return pin
    _, version, _, _ = parse_wheel_filename(pin.wheel.rpartition("/")[2])
    return replace(pin, version=str(version))


def _read(pins: Sequence[Pin], python: str, tools: Tools) -> Mapping[str, Release]:
    """Return what releases say of themselves; one that is refused says nothing.

    Its states cannot be put together then, and are found to be bad by the search as any other: so
    an unsound wheel is held back, and the rest goes on.
    """
    try:
        return tools.releases.read(pins, python, tools.detail)
    except UserError as error:
        if error.code not in OF_THE_STATE:
            raise
    found: dict[str, Release] = {}
    for pin in pins:
        try:
            found |= tools.releases.read((pin,), python, tools.detail)
        except UserError as error:
            if error.code not in OF_THE_STATE:
                raise
            tools.say(f"{pin.name} {pin.version} is refused: {error.what}")
            found[pin.name] = Release(name=pin.name, version=pin.version)
    return found


def laid_out(found: Found, candidate: Pins, tools: Tools) -> States:
    """Read the releases of both states and return what can move together.

    Raises:
        UserError: a release cannot be had, built or read.
        TransientError: the index is out of reach.
    """
    python, base, roots = found.subject.recipe.python, found.base, found.roots
    releases: dict[tuple[str, str], Release] = {}
    for pins in (base, candidate):
        for builds in (False, True):
            wanted = {
                key: pin
                for key, pin in pins.items()
                if key.startswith(BUILD) is builds and (key, pin.version) not in releases
            }
            files = tuple(map(_as_built, wanted.values()))
            read = _read(files, python, tools)
            releases |= {(key, pin.version): read[pin.name] for key, pin in wanted.items()}
    markers = tools.releases.markers(python)
    lattice = lattice_of(
        {key: pin.version for key, pin in base.items()},
        {key: pin.version for key, pin in candidate.items()},
        {each: release.requires for each, release in releases.items()},
        roots,
        markers,
    )
    return States(
        base=base,
        candidate=candidate,
        releases=releases,
        lattice=lattice,
        roots=roots,
        markers=markers,
    )


def _names_in(key: str, lines: Iterable[str]) -> Iterator[str]:
    """Yield the keys of the packages that a release requires, whatever the marker."""
    prefix = BUILD if key.startswith(BUILD) else ""
    for line in lines:
        with contextlib.suppress(InvalidRequirement):
            yield prefix + str(canonicalize_name(Requirement(line).name))
