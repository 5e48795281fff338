"""Pins: exact releases with the hashes of their files, from the index's pages; nothing is chosen.

A release may have been yanked since: it is what works today, and so it is taken, and that is said.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from foretaste.adapters.uv.fitting import Fitting, fitting
from foretaste.adapters.uv.interpreters import Interpreter
from foretaste.adapters.uv.workbench import Work, Workbench
from foretaste.ports.errors import PortError, UserError
from foretaste.ports.index import Index, IndexFile, IndexPage
from foretaste.ports.releases import Pin, Pins

_MOST_TOLD = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A release's files on the index, and those of them that fit."""

    version: str
    files: tuple[IndexFile, ...]
    fitting: Fitting


class Pinning:
    """Makes pins of releases for one asker."""

    def __init__(self, index: Index, workbench: Workbench, work: Work) -> None:
        self._index = index
        self._workbench = workbench
        self._work = work

    @property
    def interpreter(self) -> Interpreter:
        """The interpreter that the pins are for."""
        return self._work.interpreter

    def say(self, line: str) -> None:
        """Tell whoever asked."""
        self._work.say(line)

    def requires(self, pins: Sequence[Pin]) -> Mapping[str, tuple[str, ...]]:
        """Return what releases say that they require, fetching those that are not here.

        Raises:
            UserError: one cannot be had, or is not what it says.
            TransientError: the index is out of reach.
        """
        packages = self._workbench.packages.have(pins, self.interpreter)
        return {pin.name: each.release.requires for pin, each in zip(pins, packages, strict=True)}

    def exactly(
        self, versions: Mapping[str, str], hashes: Mapping[str, tuple[str, ...]] | None = None
    ) -> Pins:
        """Return the pins of these versions, by normalised name, building what has no wheel.

        `hashes` are of the files that they were locked with, where that is known.

        Raises:
            UserError: a version is not on the index (any more), has no file that fits, or does
                not build; all that are not there are told at once.
            TransientError: the index is out of reach.
        """
        wanted = {str(canonicalize_name(name)): version for name, version in versions.items()}
        pages = self._index.pages(wanted)
        found: dict[str, _Found] = {}
        missing: list[str] = []
        for name, version in wanted.items():
            page = pages[name]
            shown = _shown(page)
            for note in shown.notes if shown is not None else ():
                self._work.say(f"warning: {note}")
            files = _files(shown, version)
            if files:
                files = self._locked(f"{name} {version}", files, (hashes or {}).get(name, ()))
                fits = fitting(files, self._work.interpreter)
                found[name] = _Found(version=files[0].version, files=files, fitting=fits)
            else:
                missing.append(f"{name} {version} ({_why(page)})")
        if missing:
            raise _not_there(missing)
        # All that must be built, several at once; what is asked for one by one is there then.
        self._workbench.all_exactly(self._work, _to_build(found))
        return {name: self._pin(name, each) for name, each in sorted(found.items())}

    def pin(self, name: str, fits: Fitting, version: str) -> Pin:
        """Return the pin of a release whose files are known, built where it has no wheel.

        Raises:
            UserError: it has no file that fits, or does not build.
            TransientError: its source cannot be fetched.
        """
        if fits.wheels:
            return Pin(name=name, version=version, hashes=fits.hashes)
        if fits.sdist is None:
            raise UserError(
                "FT644",
                f"{name} {version} has no file for Python {self._work.interpreter.minor}",
                where=f"{name}=={version}",
            )
        built = self._workbench.exactly(self._work, name, fits.sdist)
        return replace(built, name=name, version=version)

    def _locked(
        self, release: str, files: tuple[IndexFile, ...], hashes: tuple[str, ...]
    ) -> tuple[IndexFile, ...]:
        """Return those of a release's files that it was locked with, all where none is."""
        locked = tuple(each for each in files if f"sha256:{each.sha256}" in hashes)
        if hashes and not locked:
            self._work.say(f"warning: the files of {release} are not those of the lock")
        return locked or files

    def _pin(self, name: str, found: _Found) -> Pin:
        if all(each.yanked is not None for each in found.files):
            why = next(filter(None, (each.yanked for each in found.files)), "no reason was given")
            self._work.say(f"{name} {found.version} has been yanked: {why}")
        return self.pin(name, found.fitting, found.version)


def _to_build(found: Mapping[str, _Found]) -> dict[str, IndexFile]:
    """Return the sources of releases that have no wheel."""
    return {
        name: each.fitting.sdist
        for name, each in found.items()
        if not each.fitting.wheels and each.fitting.sdist is not None
    }


def _shown(page: IndexPage | PortError) -> IndexPage | None:
    """Return a page, None where the index has no such project.

    Raises:
        PortError: the index could not be asked.
    """
    if isinstance(page, IndexPage):
        return page
    if page.code == "FT640":
        return None
    raise page


def _files(page: IndexPage | None, version: str) -> tuple[IndexFile, ...]:
    if page is None:
        return ()
    try:
        wanted = Version(version)
    except InvalidVersion:
        return ()
    return tuple(each for each in page.files if Version(each.version) == wanted)


def _why(page: IndexPage | PortError) -> str:
    return "no such release" if isinstance(page, IndexPage) else "no such project"


def _not_there(missing: list[str]) -> UserError:
    told = ", ".join(missing[:_MOST_TOLD])
    more = f" and {len(missing) - _MOST_TOLD} more" if len(missing) > _MOST_TOLD else ""
    return UserError(
        "FT643",
        f"not on the index: {told}{more}",
        hint="a release that was deleted cannot be tested any more",
    )
