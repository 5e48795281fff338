"""Versions: the words of a base: which release of each package works today, and who asks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from packaging.markers import Marker, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from foretaste.ports.errors import UserError

NO_PIN = "FT645"
NO_LOCK = "FT646"


@dataclass(frozen=True, slots=True, kw_only=True)
class Base:
    """Versions by normalised name, with the hashes ("sha256:…") of their files where told.

    `found` names the file, or the files, that they were read from. They may lack what they need
    themselves: who writes down pins by hand leaves it to the installer.
    """

    versions: Mapping[str, str]
    hashes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    found: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """For whom a base is read.

    `markers` are the interpreter's (PEP 508), without `extra`. `requirements` are PEP 508 texts of
    all that the project and its tests ask for. Its tests are installed with the project's own
    `extras`, its dependency `groups`, and from requirements `files`.
    """

    markers: Mapping[str, str]
    requirements: tuple[str, ...] = ()
    extras: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()
    files: tuple[str, ...] = ()

    def holds(self, marker: str, where: str) -> bool:
        """Whether a marker is true here; "" is.

        Raises:
            UserError: it is none, or compares what cannot be compared.
        """
        return not marker or _evaluated(marker, {**self.markers, "extra": ""}, where)

    def holds_in_lock(self, marker: str, groups: frozenset[str], where: str) -> bool:
        """Whether a marker is true that may name extras and dependency groups (PEP 751).

        Raises:
            UserError: it is none, or compares what cannot be compared.
        """
        facts: dict[str, str | frozenset[str]] = {
            **self.markers,
            "extras": self.extras,
            "dependency_groups": groups | self.groups,
        }
        return not marker or _evaluated(marker, facts, where, context="lock_file")

    def check_python(self, requires: str, where: str) -> None:
        """Pass where a lock is for this interpreter.

        Raises:
            UserError: it is not.
        """
        version = self.markers.get("python_full_version", "")
        try:
            fits = not version or SpecifierSet(requires).contains(version, prereleases=True)
        except (InvalidSpecifier, InvalidVersion):
            return
        if not fits:
            raise UserError(
                NO_LOCK,
                f"the lock is for Python {requires}, not {version}",
                where=where,
                hint="ask for another interpreter with --python, or lock again",
            )

    def roots(self) -> list[tuple[str, tuple[str, ...]]]:
        """Return the packages that are asked for here, with their extras."""
        found = []
        for text in self.requirements:
            try:
                requirement = Requirement(text)
            except InvalidRequirement:
                continue
            if self.holds(str(requirement.marker or ""), text):
                extras = tuple(str(canonicalize_name(each)) for each in sorted(requirement.extras))
                found.append((str(canonicalize_name(requirement.name)), extras))
        return found


def _evaluated(
    text: str, facts: Mapping[str, object], where: str, context: str = "metadata"
) -> bool:
    try:
        marker = Marker(text)
        return marker.evaluate(dict(facts), context=context)  # type: ignore[arg-type]
    except (ValueError, UndefinedEnvironmentName, KeyError) as error:
        raise UserError(
            NO_LOCK, f"the marker {text!r} cannot be decided: {error}", where=where
        ) from None


@dataclass(slots=True)
class Pins:
    """Gathers pins from one or several files; each name has one version."""

    versions: dict[str, str] = field(default_factory=dict)
    hashes: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def add(self, name: str, version: str, hashes: tuple[str, ...], where: str) -> None:
        """Note one release.

        Raises:
            UserError: the version is none, or another release of it stands already.
        """
        key = str(canonicalize_name(name))
        try:
            known = self.versions.get(key)
            twice = Version(known or version) != Version(version)
        except InvalidVersion:
            raise UserError(
                NO_PIN, f"{version!r} is no version of {name}", where=where, hint="like 1.16.0"
            ) from None
        if twice:
            raise UserError(
                NO_PIN,
                f"{name} is pinned twice: {known} and {version}",
                where=where,
                hint="keep one of them, or tell them apart by markers",
            )
        self.versions[key] = version
        if hashes:
            self.hashes[key] = tuple(sorted({*self.hashes.get(key, ()), *hashes}))

    def base(self, found: str) -> Base:
        """Return what was gathered."""
        return Base(versions=dict(sorted(self.versions.items())), hashes=self.hashes, found=found)
