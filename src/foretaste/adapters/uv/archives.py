"""Archives: sdists, fetched from the simple index by their hash and unpacked as data.

Nothing in them runs: they are read here and built in the sandbox.
"""

from __future__ import annotations

import hashlib
import shutil
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from foretaste.adapters.uv.folders import make_whole
from foretaste.ports.errors import TransientError, UserError

if TYPE_CHECKING:
    from pypi_simple import DistributionPackage

_LARGEST = 256 * 2**20
_LARGEST_UNPACKED = 2**30
_MOST_FILES = 100_000


class Archives:
    """Keeps what was fetched from the simple index at `index` unpacked below `folder`, by hash."""

    def __init__(self, folder: Path, index: str) -> None:
        self._folder = folder
        self._index = index

    def packages(self, name: str) -> Sequence[DistributionPackage]:
        """Return every file that the index shows for a project.

        Raises:
            UserError: the index has no such project.
            TransientError: the index is out of reach.
        """
        # It brings an HTML parser along, half a second of a gate's start.
        from pypi_simple import NoSuchProjectError, PyPISimple  # noqa: PLC0415 - only when asked

        try:
            with PyPISimple(self._index) as client:
                return client.get_project_page(name).packages
        except NoSuchProjectError as error:
            raise UserError("FT621", f"the index has no project {name}") from error
        except (OSError, ValueError) as error:
            raise TransientError(
                "FT623", f"the index cannot be asked for {name}: {error}"
            ) from error

    def kept(self, digest: str) -> Path | None:
        """Return the files of an sdist that is here already, None where it is not."""
        folder = self._folder / digest
        return folder if folder.exists() else None

    def unpacked(self, package: DistributionPackage) -> Path:
        """Return the folder with an sdist's files, fetched by hash.

        Raises:
            UserError: the index gives no hash, or the file is not what it names.
            TransientError: it cannot be fetched.
        """
        digest = package.digests.get("sha256", "")
        if not digest:
            raise UserError("FT629", f"the index gives no hash for {package.filename}")
        folder = self._folder / digest
        if not folder.exists():
            archive = self._folder / f"{digest}.tar.gz"
            self._fetch(package, archive, digest)
            make_whole(folder, lambda made: _unpack(archive, made))
            archive.unlink()
        return folder

    def _fetch(self, package: DistributionPackage, archive: Path, digest: str) -> None:
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        # It brings an HTML parser along, half a second of a gate's start.
        from pypi_simple import PyPISimple  # noqa: PLC0415 - only when an index is asked

        try:
            with PyPISimple(self._index) as client:
                client.download_package(package, archive, verify=True)
        except (OSError, ValueError) as error:
            raise TransientError(
                "FT623", f"{package.filename} cannot be fetched: {error}"
            ) from error
        if archive.stat().st_size > _LARGEST:
            archive.unlink()
            raise UserError("FT629", f"{package.filename} is too large")
        if hashlib.sha256(archive.read_bytes()).hexdigest() != digest:
            archive.unlink()
            raise UserError("FT629", f"{package.filename} is not the file that the index names")


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack regular files only, below their first folder; never a link or a device.

    Python's own `filter="data"` can be escaped on some of the versions that we run on
    (CVE-2025-4517), so names are checked here and nothing but bytes is written.
    """
    total = 0
    with tarfile.open(archive, "r:*") as unpacked:
        for number, member in enumerate(unpacked):
            total += member.size
            if number > _MOST_FILES or total > _LARGEST_UNPACKED:
                raise UserError("FT629", f"{archive.name} unpacks to too much")
            parts = [part for part in Path(member.name).parts[1:] if part != "."]
            if member.isreg() and parts and ".." not in parts:
                _unpack_file(unpacked, member, folder.joinpath(*parts))
    for path in folder.rglob("*"):
        if path.is_dir():
            # Builds read it as another user, whatever the umask is here.
            path.chmod(0o755)


def _unpack_file(unpacked: tarfile.TarFile, member: tarfile.TarInfo, target: Path) -> None:
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    source = unpacked.extractfile(member)
    if source is not None:
        with target.open("wb") as copy:
            shutil.copyfileobj(source, copy)
        target.chmod(0o755 if member.mode & 0o100 else 0o644)
