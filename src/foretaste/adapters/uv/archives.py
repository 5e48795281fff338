"""Archives: sdists, fetched from the simple index by their hash and unpacked as data.

Nothing in them runs: they are read here and built in the sandbox.
"""

from __future__ import annotations

import errno
import functools
import hashlib
import lzma
import re
import shutil
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self

from foretaste.adapters.uv.folders import make_whole
from foretaste.ports.errors import TransientError, UserError

if TYPE_CHECKING:
    from pypi_simple import DistributionPackage

_LARGEST = 256 * 2**20
_LARGEST_UNPACKED = 2**30
_MOST_FILES = 100_000
# What stands before a member's own header: longer names and times, of some hundred bytes.
_LARGEST_HEADER = 2**16
_HEADERS = frozenset({tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE,
                      tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK})  # fmt: skip
# What an index may take between two of its words, in seconds.
_SECONDS = 60.0
_SHA256 = re.compile(r"[0-9a-f]{64}")
_WHO = re.compile(r"(?<=://)[^/@\s]+@")
# Of an archive that cannot be read: some of them are no errors of archives.
_UNREADABLE = (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError,
               ValueError, ArithmeticError, RuntimeError)  # fmt: skip
# Of names in it that cannot stand beside one another on a disk; those of streams have no number.
_OF_THE_ARCHIVE = frozenset({None, errno.EEXIST, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG})


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
                return client.get_project_page(name, timeout=_SECONDS).packages
        except NoSuchProjectError as error:
            raise UserError("FT621", f"the index has no project {name}") from error
        except (OSError, ValueError) as error:
            raise TransientError(
                "FT623", f"the index cannot be asked for {name}: {_without_password(error)}"
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
        # It becomes a path: what is none could lead anywhere.
        if not _SHA256.fullmatch(digest):
            raise UserError("FT629", f"the index gives no hash for {package.filename}")
        folder = self._folder / digest
        if not folder.exists():
            archive = self._folder / f"{digest}.{package.filename.rpartition('.')[2]}"
            self._fetch(package, archive, digest)
            try:
                make_whole(folder, lambda made: _unpack(archive, made))
            except _UNREADABLE as error:
                raise UserError("FT629", f"{package.filename} does not unpack: {error}") from error
            finally:
                archive.unlink()
        return folder

    def with_file(self, package: DistributionPackage, use: Callable[[Path], None]) -> None:
        """Have a file, fetched by hash under its own name, for as long as `use` takes.

        Raises:
            UserError: the index gives no hash, or the file is not what it names.
            TransientError: it cannot be fetched.
        """
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=self._folder, prefix=".file-") as folder:
            file = Path(folder, Path(package.filename).name)
            self._fetch(package, file, package.digests.get("sha256", ""))
            use(file)

    def _fetch(self, package: DistributionPackage, archive: Path, digest: str) -> None:
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        # It brings an HTML parser along, half a second of a gate's start.
        from pypi_simple import PyPISimple  # noqa: PLC0415 - only when an index is asked

        try:
            with PyPISimple(self._index) as client:
                client.download_package(
                    package,
                    archive,
                    verify=True,
                    progress=lambda _length: _Bounded(package.filename),
                    timeout=_SECONDS,
                )
        except (OSError, ValueError) as error:
            why = _without_password(error)
            raise TransientError("FT623", f"{package.filename} cannot be fetched: {why}") from error
        if hashlib.sha256(archive.read_bytes()).hexdigest() != digest:
            archive.unlink()
            raise UserError("FT629", f"{package.filename} is not the file that the index names")


class _Bounded:
    """Counts what comes of a file, and ends it where it is too much."""

    def __init__(self, filename: str) -> None:
        self._filename = filename
        self._left = _LARGEST

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Do nothing: what has come is removed by whoever fetches it."""

    def update(self, increment: int) -> None:
        """Count so many bytes.

        Raises:
            UserError: it is too large.
        """
        self._left -= increment
        if self._left < 0:
            raise UserError("FT629", f"{self._filename} is too large")


def _without_password(error: Exception) -> str:
    """Return what an error says, addresses in it without user and password."""
    return _WHO.sub("", str(error))


def _unpack(archive: Path, folder: Path) -> None:
    """Unpack regular files only, below their first folder; never a link or a device.

    Python's own `filter="data"` can be escaped on some of the versions that we run on
    (CVE-2025-4517), so names are checked here and nothing but bytes is written.
    """
    try:
        if archive.suffix == ".zip":
            with zipfile.ZipFile(archive) as zipped:
                _write_all(_zipped(zipped), archive, folder)
        else:
            with tarfile.open(archive, "r:*", tarinfo=_Header) as unpacked:
                _write_all(_tarred(unpacked), archive, folder)
    except OSError as error:
        if error.errno in _OF_THE_ARCHIVE:
            raise tarfile.TarError(str(error)) from error
        raise
    for path in folder.rglob("*"):
        if path.is_dir():
            # Builds read it as another user, whatever the umask is here.
            path.chmod(0o755)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Member:
    """One entry of an archive; `open` is None for what is no regular file."""

    name: str
    size: int
    runs: bool
    open: Callable[[], IO[bytes] | None] | None


class _Header(tarfile.TarInfo):
    """A header of a tar: those that stand before a member's are read whole, however long."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """Return the header in a block.

        Raises:
            TarError: what it heads is more than can be read into memory, or less than nothing.
        """
        found = super().frombuf(buf, encoding, errors)
        if found.size < 0 or (found.type in _HEADERS and found.size > _LARGEST_HEADER):
            raise tarfile.ReadError("a header of it is too large")
        if found.type == tarfile.GNUTYPE_SPARSE:
            raise tarfile.ReadError("it holds a file with holes")
        return found

    def _proc_gnusparse_10(self, *_: object) -> None:
        """Refuse a list of holes: it would be read to its end, which may never come."""
        raise tarfile.ReadError("it holds a file with holes")


def _tarred(archive: tarfile.TarFile) -> Iterator[_Member]:
    for member in archive:
        yield _Member(
            name=member.name,
            size=member.size,
            runs=bool(member.mode & 0o100),
            open=functools.partial(archive.extractfile, member) if member.isreg() else None,
        )


def _zipped(archive: zipfile.ZipFile) -> Iterator[_Member]:
    for member in archive.infolist():
        mode = member.external_attr >> 16
        # Archives made on other systems give no mode at all.
        regular = not member.is_dir() and stat.S_IFMT(mode) in {0, stat.S_IFREG}
        yield _Member(
            name=member.filename,
            size=member.file_size,
            runs=bool(mode & 0o100),
            open=functools.partial(archive.open, member) if regular else None,
        )


def _write_all(members: Iterator[_Member], archive: Path, folder: Path) -> None:
    total = 0
    for number, member in enumerate(members):
        total += member.size
        if number > _MOST_FILES or total > _LARGEST_UNPACKED or member.size < 0:
            raise UserError("FT629", f"{archive.name} unpacks to too much")
        parts = [part for part in Path(member.name).parts[1:] if part != "."]
        if member.open is not None and parts and ".." not in parts:
            _write(member, member.open, folder.joinpath(*parts))


def _write(member: _Member, opened: Callable[[], IO[bytes] | None], target: Path) -> None:
    target.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    source = opened()
    if source is not None:
        with source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy)
        target.chmod(0o755 if member.runs else 0o644)
