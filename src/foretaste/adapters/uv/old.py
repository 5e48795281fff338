"""Old interpreters: those that uv does not serve, Python 2.7 above all.

Wheels are fetched by hash from the simple index and unpacked by the `installer` library, which
runs nothing of them. Its own check of a record is stricter than what wheels of that time keep to,
so the check is made here.
"""

from __future__ import annotations

import csv
import stat
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from installer import install
from installer.destinations import SchemeDictionaryDestination
from installer.sources import WheelContentElement, WheelFile
from packaging.utils import InvalidWheelFilename, parse_wheel_filename

from foretaste.adapters.uv.archives import Archives
from foretaste.adapters.uv.contents import UNHASHED, hashes_to
from foretaste.adapters.uv.fitting import tags_of
from foretaste.adapters.uv.folders import site_packages
from foretaste.adapters.uv.interpreters import Interpreter
from foretaste.ports.environments import ENVIRONMENT_FOLDER
from foretaste.ports.errors import PortError, TransientError, UserError
from foretaste.ports.releases import Pin

if TYPE_CHECKING:
    from pypi_simple import DistributionPackage

_LARGEST_UNPACKED = 4 * 2**30


def install_old(
    archives: Archives | None, made: Path, interpreter: Interpreter, pins: Sequence[Pin]
) -> None:
    """Unpack releases into the prefix `made`, each from a file of its hashes.

    `archives` is None where the index may not be asked.

    Raises:
        UserError: none of the files fits the interpreter, or one is not sound.
        TransientError: one cannot be fetched.
    """
    for pin in pins:
        if pin.wheel:
            _install(Path(pin.wheel), made, interpreter)
            continue
        if archives is None:
            raise TransientError("FT624", f"offline, and not in the cache: {pin.name}")
        package = _chosen(archives, pin, interpreter)
        archives.with_file(package, lambda path: _install(path, made, interpreter))


def _chosen(archives: Archives, pin: Pin, interpreter: Interpreter) -> DistributionPackage:
    known = tags_of(interpreter)
    for package in archives.packages(pin.name):
        digest = f"sha256:{package.digests.get('sha256', '')}"
        if package.package_type == "wheel" and digest in pin.hashes:
            try:
                tags = parse_wheel_filename(package.filename)[3]
            except InvalidWheelFilename:
                continue
            if tags & known:
                return package
    raise UserError(
        "FT627",
        f"no file of {pin.name} {pin.version} that was pinned is for Python {interpreter.minor}",
        where=pin.name,
    )


class _OldWheel(WheelFile):
    """A wheel as Python 2 writes it where its OpenSSL is new: hashes are named in capitals."""

    def get_contents(self) -> Iterator[WheelContentElement]:
        """Yield its files, each with what is recorded of it."""
        for (path, recorded, size), stream, runs in super().get_contents():
            algorithm, equals, digest = recorded.partition("=")
            yield (path, f"{algorithm.lower()}{equals}{digest}", size), stream, runs


def _install(wheel: Path, made: Path, interpreter: Interpreter) -> None:
    site = site_packages(made, interpreter)
    destination = SchemeDictionaryDestination(
        {
            "purelib": str(site),
            "platlib": str(site),
            "headers": str(made / "include"),
            "scripts": str(made / "bin"),
            "data": str(made),
        },
        interpreter=f"{ENVIRONMENT_FOLDER}/bin/python",
        script_kind="posix",
    )
    try:
        with _OldWheel.open(wheel) as source:
            _check(wheel, source.read_dist_info("RECORD"))
            install(source, destination, {"INSTALLER": b"foretaste\n"})
    except PortError:
        raise
    except (ValueError, KeyError, zipfile.BadZipFile) as error:
        raise UserError(
            "FT661", f"the wheel {wheel.name} is not sound: {error}", where=wheel.name
        ) from error


def _check(wheel: Path, record: str) -> None:
    """Refuse an archive that can be read in two ways, leads out, fills the disk, or is not its record.

    Raises:
        ValueError: it does; says how.
    """
    hashes = {row[0]: row[1] for row in csv.reader(record.splitlines()) if len(row) > 1}
    with zipfile.ZipFile(wheel) as archive:
        entries = archive.infolist()
        if len({entry.filename for entry in entries}) < len(entries):
            raise ValueError("a name stands in it twice")
        if sum(entry.file_size for entry in entries) > _LARGEST_UNPACKED:
            raise ValueError("it unpacks to too much")
        for entry in entries:
            _check_entry(archive, entry, hashes)


def _check_entry(
    archive: zipfile.ZipFile, entry: zipfile.ZipInfo, hashes: Mapping[str, str]
) -> None:
    name = entry.filename
    if name.startswith("/") or ".." in Path(name).parts:
        raise ValueError(f"it names {name}, outside of the environment")
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise ValueError(f"{name} is a link")
    if entry.is_dir() or Path(name).name in UNHASHED:
        return
    if not hashes.get(name):
        raise ValueError(f"{name} is in the archive and not recorded with a hash")
    with archive.open(entry) as file:
        if not hashes_to(file, hashes[name]):
            raise ValueError(f"{name} is not the file that its RECORD names")
