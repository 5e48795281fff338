"""Packages: every release unpacked once for an interpreter, checked, finished and compiled.

A release that is here costs an environment nothing but links to its files. The folder of one is
keyed by the hashes of the files that it may come from: whoever asks for the same files gets the
same folder, and a name or version counts for nothing.

Several that are missing are fetched by one run of uv into one folder and taken apart by what
their records say. Where those of two releases name the same file, or something does not fit,
they are unpacked one by one, so that the blame falls on the right one.
"""

from __future__ import annotations

import functools
import hashlib
import json
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from foretaste.adapters.uv.archives import Archives
from foretaste.adapters.uv.contents import take_apart
from foretaste.adapters.uv.digests import Digests
from foretaste.adapters.uv.folders import (
    compile_all,
    finish_scripts,
    make_whole,
    open_to_all,
    site_packages,
)
from foretaste.adapters.uv.interpreters import Interpreter
from foretaste.adapters.uv.locking import only_one
from foretaste.adapters.uv.metadata import Listing, describe
from foretaste.adapters.uv.program import Uv
from foretaste.ports.clock import Clock
from foretaste.ports.errors import UserError
from foretaste.ports.releases import Pin, Release

_FORMAT = 4
# So many are kept, unless they were used in so many seconds: a check may be about to link them.
_KEPT = 3000
_IN_USE = 6 * 3600.0
# What is known of so many stays in memory, some ten kilobytes each.
_IN_MEMORY = 1000
_ABOUT = "about.json"
_TREE = "tree"


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A release that is here: its files below `tree`, by folder, as an environment has them.

    `key` stands for everything in it.
    """

    key: str
    tree: Path
    files: Listing
    release: Release


class Packages:
    """Keeps releases unpacked below `folder`."""

    def __init__(self, folder: Path, uv: Uv, digests: Digests, clock: Clock) -> None:
        self._folder = folder
        self._uv = uv
        self._clock = clock
        self._known: dict[str, Package] = {}
        self._digests = digests
        self._lock = threading.Lock()

    def missing(self, pins: Sequence[Pin], interpreter: Interpreter) -> tuple[Pin, ...]:
        """Return those that are not here yet.

        Raises:
            UserError: a wheel that was built here is gone.
        """
        exact = map(self._exact, pins)
        return tuple(pin for pin in exact if not self._kept(_key(pin, interpreter)))

    def have(self, pins: Sequence[Pin], interpreter: Interpreter) -> tuple[Package, ...]:
        """Return the releases in the order given, fetching those that are missing.

        Raises:
            UserError: one cannot be had, or its files are not what they say (FT661).
            TransientError: the index is out of reach, the disk is full.
        """
        if self.missing(pins, interpreter):
            # One maker at a time: two trials that miss the same releases fetch them once.
            with only_one(self._folder / interpreter.tag):
                for batch in _batches(self.missing(pins, interpreter), interpreter):
                    self._unpack(batch, interpreter)
                self._prune()
        return tuple(self._read(_key(self._exact(pin), interpreter)) for pin in pins)

    def _exact(self, pin: Pin) -> Pin:
        """Return a pin with the hash of the wheel that it names."""
        if not pin.wheel:
            return pin
        try:
            digest = self._digests.of(Path(pin.wheel))
        except OSError as error:
            raise UserError("FT660", f"the wheel of {pin.name} is gone: {error}") from error
        if pin.hashes and digest not in pin.hashes:
            raise UserError("FT629", f"{Path(pin.wheel).name} is not the file that was pinned")
        return Pin(name=pin.name, version=pin.version, hashes=(digest,), wheel=pin.wheel)

    def _kept(self, key: str) -> bool:
        return (self._folder / key / _ABOUT).exists()

    def _read(self, key: str) -> Package:
        place = self._folder / key
        now = self._clock.wall()
        os.utime(place / _ABOUT, (now, now))
        with self._lock:
            known = self._known.get(key)
        if known is None:
            about = json.loads((place / _ABOUT).read_text(encoding="utf-8"))
            known = Package(
                key=key,
                tree=place / _TREE,
                files={folder: tuple(names) for folder, names in about["files"].items()},
                release=_release(about),
            )
            with self._lock:
                if len(self._known) >= _IN_MEMORY:
                    self._known.clear()
                self._known[key] = known
        return known

    def _prune(self) -> None:
        """Remove those that were used longest ago; environments keep their own links."""
        used = sorted(
            (path.stat().st_mtime, path.parent) for path in self._folder.glob(f"*/{_ABOUT}")
        )
        for when, place in used[: max(0, len(used) - _KEPT)]:
            if self._clock.wall() - when > _IN_USE:
                shutil.rmtree(place, ignore_errors=True)

    def _unpack(
        self, wanted: Mapping[str, Pin], interpreter: Interpreter, *, anew: bool = False
    ) -> None:
        """Put releases of different names in their places; `anew` does without uv's cache."""
        keys = {pin.name: key for key, pin in wanted.items()}
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".made-") as name:
            made = Path(name)
            pins = list(wanted.values())
            if interpreter.is_served:
                _install(self._uv, made / "prefix", interpreter, pins, anew=anew)
            else:
                # It brings a library along that nothing else needs.
                from foretaste.adapters.uv.old import install_old  # noqa: PLC0415

                install_old(self._archives(), made / "prefix", interpreter, pins)
            site = site_packages(made / "prefix", interpreter)
            parts = take_apart(made / "prefix", site, pins, made / "parts")
            self._keep(keys, parts.sound, interpreter)
        for name, fault in parts.faults.items():
            pin = wanted[keys[name]]
            if len(wanted) > 1:
                # With others it may be they that are at fault; by itself it is not.
                self._unpack({keys[name]: pin}, interpreter)
            elif anew or self._uv.offline:
                raise UserError(
                    "FT661", f"the wheel of {name} {pin.version} is not sound: {fault}", where=name
                )
            else:
                # uv's cache shares files with every environment that uv ever made: whoever edits
                # one there has edited the cache. What the index has is what counts.
                self._unpack(wanted, interpreter, anew=True)

    def _archives(self) -> Archives | None:
        """Return where wheels are fetched from without uv; None where nothing may be."""
        return None if self._uv.offline else Archives(self._folder, self._uv.index())

    def _keep(
        self, keys: Mapping[str, str], parts: Mapping[str, Path], interpreter: Interpreter
    ) -> None:
        """Finish the parts and put them in their places, each whole or not at all."""
        site = site_packages(Path(), interpreter).as_posix()
        for part in parts.values():
            finish_scripts(part / "bin", interpreter)
        compile_all(interpreter, [part / site for part in parts.values()])
        for name, part in parts.items():
            open_to_all(part)
            files = _listing(part)
            release = describe(part, site, files)
            if release.name != name:
                raise UserError(
                    "FT661", f"the wheel of {name} says that it is {release.name}", where=name
                )
            about = {"files": files, **asdict(release)}
            place = self._folder / keys[name]
            # What somebody has left of it by hand would be in the way.
            shutil.rmtree(place, ignore_errors=True)
            make_whole(place, functools.partial(_fill, part=part, about=about))


def _fill(made: Path, *, part: Path, about: Mapping[str, object]) -> None:
    part.rename(made / _TREE)
    (made / _ABOUT).write_text(json.dumps(about), encoding="utf-8")


def _key(pin: Pin, interpreter: Interpreter) -> str:
    parts = (str(_FORMAT), interpreter.identity, pin.name, pin.version, *sorted(pin.hashes))
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def _batches(pins: Sequence[Pin], interpreter: Interpreter) -> Iterator[dict[str, Pin]]:
    """Yield the pins by key, in groups in which no name stands twice: uv installs one of each."""
    rest = {_key(pin, interpreter): pin for pin in pins}
    while rest:
        first = {pin.name: key for key, pin in reversed(rest.items())}
        yield {key: rest.pop(key) for key in first.values()}


def _install(
    uv: Uv, prefix: Path, interpreter: Interpreter, pins: Sequence[Pin], *, anew: bool
) -> None:
    """Have uv unpack releases by hash, as copies; nothing of them runs.

    uv believes its copy of an index's page for some minutes, in which a release may have come that
    somebody else has seen: then it is asked to look again.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as lock:
        # Arbitrary equality: 1.0+local is an 1.0, too, and uv would take it and miss its hash.
        lock.write("".join(f"{pin.line}\n".replace("==", "===", 1) for pin in pins))
        lock.flush()
        command = [
            "pip", "install", "--python", str(interpreter.path), "--prefix", str(prefix),
            "--no-deps", "--no-build", "--break-system-packages",
            "--require-hashes", "-r", lock.name, "--link-mode", "copy",
            *(["--no-cache"] if anew else []),
        ]  # fmt: skip
        try:
            _run(uv, command, again=not (uv.offline or anew))
        except UserError as error:
            if error.code != "FT621":
                raise
            raise UserError("FT663", f"a pinned release cannot be had: {error.what}") from error
    (prefix / ".lock").unlink(missing_ok=True)


def _run(uv: Uv, command: Sequence[str], *, again: bool) -> None:
    try:
        uv.run(command)
    except UserError:
        if not again:
            raise
        uv.run([*command, "--refresh"])


def _listing(tree: Path) -> dict[str, tuple[str, ...]]:
    """Return the names of files by folder below a tree; the tree itself is ""."""
    found = {}
    for folder, _, names in os.walk(tree):
        if names:
            below = os.path.relpath(folder, tree)
            found["" if below == "." else below] = tuple(sorted(names))
    return found


def _release(about: Mapping[str, Any]) -> Release:
    return Release(
        name=about["name"],
        version=about["version"],
        requires=tuple(about["requires"]),
        requires_python=about["requires_python"],
        owns=tuple(about["owns"]),
        starts=tuple(about["starts"]),
        scripts=tuple(about["scripts"]),
        plugins={group: tuple(names) for group, names in about["plugins"].items()},
    )
