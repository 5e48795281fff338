"""Contents: whether what was unpacked of a wheel is what its RECORD says, file by file.

uv refuses archives that can be read in two ways (duplicate names, headers that disagree, bytes
before or after), and writes nothing outside of its folder: what leads out, and what a record names
and the archive has not, is left out of both. It does not compare files with the record, and adds
a line to it for what is not in there; that is done and refused here (attack C35). A release that
was taken apart soundly brings the files of its record, each with its hash, and no other.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import os
import posixpath
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from foretaste.ports.releases import Pin

# An environment's own files; no release may bring them.
_RESERVED = re.compile(r"(bin/)?pyvenv\.cfg|bin/python(\d+(\.\d+)?)?")
# A record cannot hold its own hash, nor those of its signatures (PEP 427).
UNHASHED = ("RECORD", "RECORD.jws", "RECORD.p7s")
_ALGORITHMS = frozenset({"md5", "sha1", "sha224", "sha256", "sha384", "sha512"})
# What one release may take, in bytes; the largest there are take five.
_LARGEST = 16 * 2**30
_PART = 2**18


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What came apart: the folder of each release that is sound, and what is wrong with others."""

    sound: Mapping[str, Path]
    faults: Mapping[str, str]


@dataclass(slots=True, kw_only=True)
class _Claims:
    """Which files each release records: a path below the prefix, and its hash or ""."""

    of: dict[str, dict[str, str]] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


def take_apart(prefix: Path, site: Path, pins: Sequence[Pin], into: Path) -> Parts:
    """Move each release's files out of `prefix` into a folder of its own below `into`.

    `site` is the folder in `prefix` that packages are in. Two that record the same file are both at
    fault, and so are all where a record is not sound or a file is nobody's: by itself each tells.
    """
    claims = _claims(prefix, site, pins)
    counted = Counter(path for recorded in claims.of.values() for path in recorded)
    if not claims.faults:
        # Files of a release without a sound record are nobody's, whosoever they are.
        fault = _stray(prefix, counted)
        claims.faults |= {pin.name: fault for pin in pins if fault}
    if claims.faults:
        return Parts(
            sound={}, faults={pin.name: "another is at fault" for pin in pins} | claims.faults
        )
    sound = {}
    for name, recorded in claims.of.items():
        fault = _fault(prefix, recorded, counted)
        if fault:
            claims.faults[name] = fault
        else:
            sound[name] = into / name
            _move(prefix, recorded, into / name)
    return Parts(sound=sound, faults=claims.faults)


def _claims(prefix: Path, site: Path, pins: Iterable[Pin]) -> _Claims:
    folders = {_name_of(path): path for path in site.glob("*.dist-info") if path.is_dir()}
    claims = _Claims()
    for pin in pins:
        folder = folders.get(pin.name)
        if folder is None or not _same_version(folder, pin):
            claims.faults[pin.name] = f"it does not bring {pin.name} {pin.version}"
            continue
        try:
            claims.of[pin.name] = dict(_recorded(prefix, site, folder / "RECORD"))
        except (OSError, ValueError, csv.Error) as error:
            claims.faults[pin.name] = f"its RECORD is no sound one: {error}"
    return claims


def _name_of(folder: Path) -> str:
    return canonicalize_name(folder.name.removesuffix(".dist-info").rpartition("-")[0])


def _same_version(folder: Path, pin: Pin) -> bool:
    said = folder.name.removesuffix(".dist-info").rpartition("-")[2]
    try:
        return Version(said.replace("_", "-")) == Version(pin.version)
    except InvalidVersion:
        return said == pin.version


def _recorded(prefix: Path, site: Path, record: Path) -> Iterator[tuple[str, str]]:
    """Yield what a record names, with its hash; folders are no files.

    Raises:
        ValueError: a path leads out of the prefix, is the environment's own, or was not recorded.
    """
    with record.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.reader(file) if row and not row[0].endswith("/")]
    for path, *rest in rows:
        below = os.path.relpath(os.path.normpath(site / path), prefix)
        if below.startswith("..") or path.startswith("/"):
            raise ValueError(f"it names {path}, outside of the environment")
        if _RESERVED.fullmatch(below):
            raise ValueError(f"it names {below}, which is the environment's own")
        algorithm, size = [*rest, "", ""][:2]
        if size and not algorithm and posixpath.basename(path) not in UNHASHED:
            # As uv writes the line that it adds for a file that has none.
            raise ValueError(f"{path} is in the archive and not recorded with a hash")
        yield below, algorithm


def _stray(prefix: Path, counted: Mapping[str, int]) -> str:
    """Return what is wrong where a file is in no record, "" for nothing."""
    strays = sorted(path for path in _files(prefix) if path not in counted)
    return f"{strays[0]} is in the archive and not in its RECORD" if strays else ""


def _files(prefix: Path) -> Iterator[str]:
    """Yield every file below the prefix, links too."""
    for folder, _, names in os.walk(prefix):
        for name in names:
            yield os.path.relpath(f"{folder}/{name}", prefix)


def _fault(prefix: Path, recorded: Mapping[str, str], counted: Mapping[str, int]) -> str:
    """Return what is wrong with a release's files, "" for nothing."""
    total = 0
    for path, said in recorded.items():
        place = prefix / path
        if counted[path] > 1:
            return f"{path} is another release's too"
        if place.is_symlink() or not place.is_file():
            return f"{path} is in its RECORD and not in the archive"
        total += place.stat().st_size
        if total > _LARGEST:
            return f"it unpacks to more than {_LARGEST} bytes"
        with place.open("rb") as file:
            if said and not hashes_to(file, said):
                return f"{path} is not the file that its RECORD names"
    return ""


def hashes_to(file: IO[bytes], said: str) -> bool:
    """Whether a file has the hash that a record gives; some tools wrote its name in capitals."""
    algorithm, _, digest = said.partition("=")
    if algorithm.lower() not in _ALGORITHMS:
        return False
    found = hashlib.new(algorithm.lower(), usedforsecurity=False)
    while part := file.read(_PART):
        found.update(part)
    return base64.urlsafe_b64encode(found.digest()).rstrip(b"=").decode() == digest.rstrip("=")


def _move(prefix: Path, recorded: Iterable[str], into: Path) -> None:
    into.mkdir(mode=0o755, parents=True)
    made: set[str] = set()
    for path in recorded:
        folder = posixpath.dirname(path)
        if folder not in made:
            (into / folder).mkdir(parents=True, exist_ok=True)
            made.add(folder)
        os.rename(prefix / path, into / path)  # noqa: PTH104 -- thousands of them
