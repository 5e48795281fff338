"""Snapshots: a folder's files as they are at one moment, kept under the digest of their content.

What was copied is what is digested, so a file that changes meanwhile makes another snapshot and
never a wrong name. Fulfils the ports `Trees` and `Bases`: builds start from the snapshot itself.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from foretaste.adapters.folders.listing import Entry, entries, unreadable
from foretaste.config.tree import MOST_FILES, FolderTree
from foretaste.ports.clock import Clock
from foretaste.ports.errors import PermanentError, TransientError, UserError
from foretaste.ports.executor import Source

Listed = Callable[[Path], Sequence[str] | None]
"""Says which files of a folder are the project's (git does), None where nobody knows."""

# A job's own folder holds twice as much (`Confinement.disk`), and its tests write there too.
MOST_BYTES = 2**30
_CHUNK = 2**20
# So many are kept; those that a build may still start from are left alone, in seconds.
_KEPT = 20
_IN_USE = 6 * 3600.0
_MAKING = ".making-"


class FolderSnapshots:
    """Keeps snapshots below `cache`; `listed` says which files are a project's."""

    def __init__(self, cache: Path, clock: Clock, listed: Listed) -> None:
        self._cache = cache
        self._clock = clock
        self._listed = listed
        cache.mkdir(mode=0o755, parents=True, exist_ok=True)
        cache.chmod(0o755)
        self._prune(f"{_MAKING}*", 0)

    def take(self, project: str, folder: Path, paths: Sequence[str] | None = None) -> Source:
        """Copy the folder's files as they are now, and return the source that names the copy.

        `paths` are the files that are taken; None is all that are the project's.

        Raises:
            UserError: there is no such folder, it is too large, or a file cannot be read.
            TransientError: the disk is full.
        """
        if not folder.is_dir():
            raise UserError("FT635", "there is no such folder", where=str(folder))
        wanted = self._listed(folder) if paths is None else paths
        found = _bounded(folder, list(entries(folder, wanted)))
        with self._writing() as made:
            digest = _copy(folder, found, made)
            self._into_place(made, self._place(digest))
        source = Source(project=project, commit=digest, tree=digest)
        # Marked as in use before others are looked at: it may have been taken long ago.
        self.folder(source)
        self._prune("[0-9a-f]*", _KEPT)
        return source

    def export(self, source: Source, into: Path) -> None:
        """Write the snapshot's files to `into` (created; must not exist), links as links.

        Raises:
            PermanentError: there is no such snapshot.
            TransientError: the disk is full.
        """
        kept = self.folder(source)
        try:
            shutil.copytree(kept, into, symlinks=True)
        except (OSError, shutil.Error) as error:
            shutil.rmtree(into, ignore_errors=True)
            raise TransientError("FT630", f"a tree could not be written: {error}") from error

    def read(self, source: Source, path: str) -> bytes | None:
        """Return a file's bytes, None where the snapshot has no such file.

        Raises:
            PermanentError: there is no such snapshot.
        """
        return FolderTree(folder=self.folder(source)).read(path)

    def folder(self, source: Source) -> Path:
        """Return the snapshot's folder, which nobody may write to.

        Raises:
            PermanentError: there is no such snapshot.
        """
        place = self._place(source.commit)
        now = self._clock.wall()
        try:
            os.utime(place, (now, now))
        except OSError:
            raise PermanentError(
                "FT636", f"the snapshot {source.commit[:12]} is gone", where=source.project
            ) from None
        return place

    def _place(self, digest: str) -> Path:
        # Hashed once more: a digest that somebody made up must not be a path of his choice.
        return self._cache / hashlib.sha256(digest.encode()).hexdigest()[:32]

    @contextmanager
    def _writing(self) -> Iterator[Path]:
        try:
            made = Path(tempfile.mkdtemp(dir=self._cache, prefix=_MAKING))
            made.chmod(0o755)
        except OSError as error:
            raise TransientError("FT630", f"no room for a snapshot: {error}") from error
        try:
            yield made
        finally:
            shutil.rmtree(made, ignore_errors=True)

    def _into_place(self, made: Path, place: Path) -> None:
        try:
            made.rename(place)
        except OSError as error:
            # Taken before, of the same content.
            if error.errno not in {errno.ENOTEMPTY, errno.EEXIST}:
                raise TransientError("FT630", f"a snapshot cannot be kept: {error}") from error

    def _prune(self, names: str, kept: int) -> None:
        """Remove of these folders the ones that were used longest ago."""
        found = [path for path in self._cache.glob(names) if path.is_dir()]
        used = sorted((path.stat().st_mtime, path) for path in found)
        for when, path in used[: max(0, len(used) - kept)]:
            if self._clock.wall() - when > _IN_USE:
                shutil.rmtree(path, ignore_errors=True)


def _bounded(folder: Path, found: list[Entry]) -> list[Entry]:
    """Return the entries.

    Raises:
        UserError: there are too many, or they are too large; says which folder has most.
    """
    size = sum(entry.size for entry in found)
    if len(found) <= MOST_FILES and size <= MOST_BYTES:
        return found
    shares: dict[str, int] = {}
    for entry in found:
        top = entry.path.partition("/")[0]
        shares[top] = shares.get(top, 0) + entry.size + 1
    largest = max(shares, key=lambda top: shares[top])
    raise UserError(
        "FT633",
        f"the project has {len(found)} files of {size // 2**20} MiB in all; "
        f"at most {MOST_FILES} files and {MOST_BYTES // 2**20} MiB are taken",
        where=str(folder / largest),
        hint=f"most of it is {largest!r}: name it in .gitignore if tests do not need it",
    )


def _copy(folder: Path, found: list[Entry], into: Path) -> str:
    """Copy the entries, and return the digest of what was copied.

    Raises:
        UserError: a file cannot be read, or grew beyond all bounds.
        TransientError: the disk is full.
    """
    digest = hashlib.sha256()
    left = MOST_BYTES
    folders = {into}
    for entry in sorted(found, key=lambda entry: entry.path):
        target = into / entry.path
        try:
            _make(target.parent, folders)
            kind, content, size = _one(folder / entry.path, target, entry)
        except FileNotFoundError:
            # Gone since it was listed: the snapshot is of the moment after that.
            continue
        left -= size
        if left < 0:
            raise UserError("FT633", "the project grows while it is read", where=str(folder))
        digest.update(f"{kind} {content} {len(entry.path)} ".encode())
        digest.update(os.fsencode(entry.path))
    return digest.hexdigest()


def _make(folder: Path, made: set[Path]) -> None:
    """Make a folder below those that were made, open to the sandbox's user whatever the umask.

    Never through a link that was copied: a file that git still knows may lie below one by now.

    Raises:
        FileNotFoundError: there is something else in its place.
    """
    if folder in made:
        return
    _make(folder.parent, made)
    try:
        folder.mkdir()
    except FileExistsError:
        raise FileNotFoundError(str(folder)) from None
    folder.chmod(0o755)
    made.add(folder)


def _one(source: Path, target: Path, entry: Entry) -> tuple[str, str, int]:
    """Copy one entry; return its kind, the digest of its content, and its size."""
    if entry.link:
        aim = source.readlink()
        target.symlink_to(aim)
        return "link", hashlib.sha256(os.fsencode(aim)).hexdigest(), 0
    try:
        opened = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise unreadable(source, error) from error
    with os.fdopen(opened, "rb") as file:
        try:
            content, size = _content(file.fileno(), target)
        except OSError as error:
            raise TransientError("FT630", f"a snapshot could not be written: {error}") from error
    target.chmod(0o755 if entry.executable else 0o644)
    return "program" if entry.executable else "file", content, size


# linux/fs.h; what btrfs and XFS copy without copying.
_FICLONE = 0x40049409


def _content(source: int, target: Path) -> tuple[str, int]:
    """Copy an open file; return the digest of the copy, and its size."""
    digest, size = hashlib.sha256(), 0
    with target.open("x+b") as copy:
        try:
            fcntl.ioctl(copy.fileno(), _FICLONE, source)
        except OSError:
            while data := os.read(source, _CHUNK):
                copy.write(data)
                digest.update(data)
                size += len(data)
            return digest.hexdigest(), size
        while data := copy.read(_CHUNK):
            digest.update(data)
            size += len(data)
    return digest.hexdigest(), size
