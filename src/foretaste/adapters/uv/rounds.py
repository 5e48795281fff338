"""Rounds: uv is asked until what comes out is known to be what could be had at the time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from foretaste.adapters.uv.compiling import NO_SOLUTION, Compiled, Compiling
from foretaste.adapters.uv.flaws import Chosen, Flaws, flaws_of, needless
from foretaste.adapters.uv.offers import Offer, offers_of, tells_time
from foretaste.adapters.uv.pins import Pinning
from foretaste.adapters.uv.placeholders import Placeholder, folder_of
from foretaste.adapters.uv.program import Uv
from foretaste.ports.errors import PortError, UserError
from foretaste.ports.index import Index, IndexPage
from foretaste.ports.releases import Asking, Pin, Pins
from foretaste.taste.requires import Need, needs_of

# A round brings a name or a release that was not known; no closure of packages is deeper.
_MOST_ROUNDS = 200
_NO_PROJECT = "FT640"
# The build failed, or left nothing sound: the release is as good as not there.
_NOT_BUILT = frozenset({"FT626", "FT627"})

Key = tuple[str, Version]


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What one question is answered with; placeholders are kept below `folder`."""

    uv: Uv
    index: Index
    pinning: Pinning
    folder: Path


@dataclass(slots=True)
class Rounds:
    """One question on its way to its answer."""

    asking: Asking
    means: Means
    _offers: dict[str, Mapping[Version, Offer]] = field(default_factory=dict)
    _shown: dict[Key, Placeholder] = field(default_factory=dict)
    _pins: dict[Key, Pin] = field(default_factory=dict)
    _failed: list[PortError] = field(default_factory=list)
    _held: frozenset[str] = frozenset()

    def run(self) -> Pins:
        """Return the answer.

        Raises:
            UserError: no releases fit together, or one that must be taken does not build.
            TransientError: the index is out of reach.
        """
        self._look(self._roots())
        flaws = self._flaws()
        # What is asked for by name forces nothing else to mend what was so before.
        self._held = frozenset() if self.asking.only is None else flaws.clashing
        for _ in range(_MOST_ROUNDS):
            compiled = self._compiled()
            # What uv went back from counts too: it may have done so for want of a wheel.
            if self._look(compiled.names) or self._hold(compiled, flaws):
                continue
            unknown = [key for key in _keys(compiled.pins) if self._is_unknown(key)]
            if not unknown:
                pins = {name: self._final(name, pin) for name, pin in compiled.pins.items()}
                return self._without_needless(pins, flaws)
            for key in unknown:
                self._find_out(key)
        raise UserError(NO_SOLUTION, "no set of releases was found that stays the same")

    def _roots(self) -> set[str]:
        """Return the names that are there from the start."""
        asked = {str(canonicalize_name(each.name)) for each in self._requirements()}
        return asked | set(self.asking.base)

    def _requirements(self) -> Iterator[Requirement]:
        return map(Requirement, self.asking.requirements)

    def _compiled(self) -> Compiled:
        compiling = Compiling(
            asking=self.asking,
            interpreter=self.means.pinning.interpreter,
            shown=folder_of(self._shown.values(), self.means.folder),
            held=self._held,
        )
        return compiling.run(self.means.uv)

    def _hold(self, compiled: Compiled, flaws: Flaws) -> bool:
        """Hold what the base is at odds over where nothing fits together; return whether so.

        Raises:
            UserError: nothing fits together whatever is held.
        """
        if compiled.error is None:
            return False
        if self._held == flaws.clashing:
            raise (self._failed or [compiled.error])[0]
        self._held = flaws.clashing
        told = ", ".join(sorted(flaws.clashing))
        self.means.pinning.say(f"the base itself is at odds over {told}: held where it is")
        return True

    def _flaws(self) -> Flaws:
        """Return the flaws of the base, as far as the index has it still."""
        found = []
        for name, text in self.asking.base.items():
            version = _version(text)
            if version is not None and version in self._offers[name]:
                found.append(self._pin(name, version))
        markers = self.means.pinning.interpreter.markers
        return flaws_of(self.asking.base, self.means.pinning.requires(found), markers)

    def _without_needless(self, pins: Pins, flaws: Flaws) -> Pins:
        """Leave out what came in only because the base lacks it, and does without."""
        if not {name for _, name in flaws.missing} & set(pins):
            return pins
        chosen = Chosen(
            base=self.asking.base,
            versions={name: pin.version for name, pin in pins.items()},
            requirements=self.asking.requirements,
            markers=self.means.pinning.interpreter.markers,
        )
        idle = needless(chosen, self.means.pinning.requires(tuple(pins.values())), flaws)
        return {name: pin for name, pin in pins.items() if name not in idle}

    def _look(self, names: Iterable[str]) -> bool:
        """Look at the pages of projects that were not looked at; return whether there were any."""
        new = sorted(set(names) - set(self._offers))
        for name, page in self.means.index.pages(new).items():
            self._offers[name] = self._offers_of(name, page)
            self._show(name)
        return bool(new)

    def _offers_of(self, name: str, page: IndexPage | PortError) -> Mapping[Version, Offer]:
        if isinstance(page, PortError):
            if page.code != _NO_PROJECT:
                raise page
            # It may be in a folder, or on a further index, that uv knows of.
            return {}
        for note in page.notes:
            self.means.pinning.say(f"warning: {note}")
        least = self._base_of(name)
        offers = offers_of(page, self.means.pinning.interpreter, self.asking.as_of, least)
        if self.asking.as_of is None or tells_time(page):
            return offers
        if least is None:
            raise UserError(
                "FT650",
                f"the index does not say when releases of {name} were uploaded",
                hint="without --as-of, everything is as it is now",
            )
        self.means.pinning.say(f"nobody says when releases of {name} were uploaded: it stays")
        return {version: offers[version] for version in offers if version == least}

    def _show(self, name: str) -> None:
        """Note the placeholders of a project: for its base's release, and all that may follow."""
        offers = self._offers[name]
        base = self._base_of(name)
        if base is not None and base in offers and not offers[base].is_plain:
            self._find_out((name, base))
        exact = self._exactly(name)
        for version, offer in offers.items():
            later = base is None or version > base
            wanted = not offer.yanked or version in exact
            if later and wanted and offer.is_there and not offer.is_plain:
                self._shown[name, version] = Placeholder(name=name, version=str(version))

    def _base_of(self, name: str) -> Version | None:
        """Return the base's version of a package, None where it has none."""
        return _version(self.asking.base.get(name, ""))

    def _exactly(self, name: str) -> frozenset[Version]:
        """Return the releases that are asked for by `==`: yanked or not, they may be taken."""
        found = []
        for requirement in self._requirements():
            if canonicalize_name(requirement.name) == name:
                found += [each for each in requirement.specifier if each.operator == "=="]
        versions = (_version(each.version) for each in found)
        return frozenset(each for each in versions if each is not None)

    def _is_unknown(self, key: Key) -> bool:
        return key in self._shown and self._shown[key].requires is None

    def _find_out(self, key: Key) -> None:
        """Have a release here, built where it must be, and show it with its true metadata."""
        name, version = key
        pinning = self.means.pinning
        try:
            pin = self._pin(name, version)
            requires = pinning.requires([pin])[name]
        except UserError as error:
            if error.code not in _NOT_BUILT or version == self._base_of(name):
                raise
            pinning.say(f"{name} {version} cannot be built here, and is left out: {error.what}")
            self._failed.append(error)
            del self._shown[key]
            return
        lines = tuple(map(_line, needs_of(requires, pinning.interpreter.markers).lines))
        self._shown[key] = Placeholder(name=name, version=str(version), requires=lines)

    def _final(self, name: str, pin: Pin) -> Pin:
        """Return the pin of a release that uv chose, with its files."""
        version = Version(pin.version)
        offer = self._offers[name].get(version)
        if offer is None:
            return pin
        moved = version != self._base_of(name)
        if moved and set(offer.now.wheels) > set(offer.then.wheels):
            self.means.pinning.say(f"{name} {version} has wheels that were uploaded later")
        return self._pin(name, version)

    def _pin(self, name: str, version: Version) -> Pin:
        """Return the pin of a release that the index has, made once."""
        if (name, version) not in self._pins:
            offer = self._offers[name][version]
            text = str(offer.version)
            self._pins[name, version] = self.means.pinning.pin(name, offer.now, text)
        return self._pins[name, version]


def _keys(pins: Pins) -> Iterator[Key]:
    return ((name, Version(pin.version)) for name, pin in pins.items())


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _line(need: Need) -> str:
    """Return a requirement as it is written."""
    extras = f"[{','.join(need.extras)}]" if need.extras else ""
    marker = f"; {need.marker}" if need.marker else ""
    return f"{need.name}{extras}{need.specifier}{marker}"
