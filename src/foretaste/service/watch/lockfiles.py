"""Lock files: which files of a branch pin releases, what they pin, and how they are moved.

All files of a branch move together or none does: a lock that says one thing and a constraints file
that says another would be a state that nobody tested.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from packaging.utils import canonicalize_name

from foretaste.ports.errors import UserError
from foretaste.ports.index import IndexPage
from foretaste.service.watch import pylock, requirements
from foretaste.service.watch.pins import Hashes, hashes_of
from foretaste.taste.moves import Move

UV_LOCK = "uv.lock"

Relock = Callable[[Mapping[str, bytes], Sequence[Move]], bytes]
"""Moves a uv.lock: given it and the files beside it, returns the new one, building nothing.

It raises a UserError where the lock cannot be moved to just these releases.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Locks:
    """The lock files of one commit: their bytes by path, and what they pin together.

    `unreadable` says by path why a file counts for nothing. `beside` are other files that a tool
    needs to see in order to move them.
    """

    files: Mapping[str, bytes] = field(default_factory=dict)
    pins: Mapping[str, str] = field(default_factory=dict)
    unreadable: Mapping[str, str] = field(default_factory=dict)
    beside: Mapping[str, bytes] = field(default_factory=dict)


def read_locks(files: Mapping[str, bytes], beside: Mapping[str, bytes]) -> Locks:
    """Return what these files pin; where they differ, the newest counts (`requirements`)."""
    pins: dict[str, str] = {}
    held: dict[str, bytes] = {}
    unreadable: dict[str, str] = {}
    for path, raw in sorted(files.items()):
        try:
            found = pins_in(path, raw)
        except UserError as error:
            unreadable[path] = error.what
            continue
        if found:
            held[path] = raw
        pins.update({name: requirements.newest(found[name], pins.get(name)) for name in found})
    return Locks(files=held, pins=pins, unreadable=unreadable, beside=beside)


def pins_in(path: str, raw: bytes) -> dict[str, str]:
    """Return the version of each package that a file pins, by normalised name.

    Raises:
        UserError: it cannot be read (FT941).
    """
    text = _text(path, raw)
    name = PurePosixPath(path).name
    if name == UV_LOCK:
        return _uv_pins(text)
    if name.startswith("pylock") and name.endswith(".toml"):
        return pylock.pins_in(text)
    return requirements.pins_in(text)


def moved(
    locks: Locks, moves: Sequence[Move], pages: Mapping[str, IndexPage], relock: Relock
) -> dict[str, bytes]:
    """Return the new bytes of every file that changes.

    Raises:
        UserError: a file cannot be moved so; then none is.
    """
    hashes = hashes_of(pages)
    files = {
        (name, each.version): [file for file in page.files if file.version == each.version]
        for name, page in pages.items()
        for each in page.files
    }
    written: dict[str, bytes] = {}
    for path, raw in locks.files.items():
        text, name = _text(path, raw), PurePosixPath(path).name
        if name == UV_LOCK:
            fresh = relock({**locks.beside, path: raw}, moves)
            _check_files(path, fresh, moves, hashes)
        elif name.startswith("pylock"):
            fresh = pylock.moved(text, moves, files).encode()
        else:
            fresh = requirements.moved(text, moves, hashes).encode()
        if fresh != raw:
            written[path] = fresh
    return written


def _check_files(path: str, fresh: bytes, moves: Sequence[Move], hashes: Hashes) -> None:
    """Refuse a uv.lock in which what moves has files that the index did not show when it was tested.

    Raises:
        UserError: it has (FT945).
    """
    going = {(move.name, move.new) for move in moves}
    for package in tomllib.loads(fresh.decode()).get("package", []):
        release = str(canonicalize_name(package["name"])), str(package.get("version", ""))
        files = [*package.get("wheels", ()), *filter(None, [package.get("sdist")])]
        strange = {file.get("hash", "") for file in files} - set(hashes.get(release, ()))
        if strange and release in going:
            what = f"uv would lock other files of {release[0]} {release[1]} than were tested"
            raise UserError("FT945", what, where=path, hint="move it by hand, and propose that")


def _text(path: str, raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        raise UserError("FT941", f"{path} is not UTF-8") from None


def _uv_pins(text: str) -> dict[str, str]:
    """Return what a uv.lock takes from an index; of several versions the newest."""
    try:
        packages: list[Any] = tomllib.loads(text).get("package", [])
        found: dict[str, str] = {}
        for package in packages:
            if "registry" in package["source"]:
                name = str(canonicalize_name(package["name"]))
                found[name] = requirements.newest(package["version"], found.get(name))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError):
        raise UserError("FT941", "the uv.lock cannot be read", hint="uv lock --check") from None
    return found
