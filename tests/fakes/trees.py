"""Trees without git: a commit is a name that a test gives to a few files."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Mapping
from pathlib import Path

from foretaste.ports.errors import PermanentError
from foretaste.ports.executor import Source


class PlainTrees:
    """Fulfils `foretaste.ports.environments.Trees` from dictionaries of path and content.

    `exports` counts how often a tree was written out, by commit. A path that ends in `*` is
    executable; a content that begins with `-> ` is a symbolic link.
    """

    def __init__(self) -> None:
        self._files: dict[str, dict[str, bytes]] = {}
        self.exports: dict[str, int] = {}

    def commit(self, project: str, files: Mapping[str, str | bytes]) -> Source:
        """Keep the files and return the source that names them."""
        content = {
            path: data if isinstance(data, bytes) else data.encode() for path, data in files.items()
        }
        tree = hashlib.sha1(repr(sorted(content.items())).encode(), usedforsecurity=False)
        commit = hashlib.sha1(f"{project} {tree.hexdigest()}".encode(), usedforsecurity=False)
        self._files[commit.hexdigest()] = content
        return Source(project=project, commit=commit.hexdigest(), tree=tree.hexdigest())

    def export(self, source: Source, into: Path) -> None:
        """Write the files to `into`, which must not exist."""
        files = self._of(source)
        into.mkdir(parents=True)
        self.exports[source.commit] = self.exports.get(source.commit, 0) + 1
        for name, data in files.items():
            path = into / name.removesuffix("*")
            path.parent.mkdir(parents=True, exist_ok=True)
            if data.startswith(b"-> "):
                path.symlink_to(data.removeprefix(b"-> ").decode())
                continue
            path.write_bytes(data)
            path.chmod(0o755 if name.endswith("*") else 0o644)

    def read(self, source: Source, path: str) -> bytes | None:
        """Return a file's bytes, None where the tree has no such file."""
        return self._of(source).get(path)

    def _of(self, source: Source) -> dict[str, bytes]:
        if source.commit not in self._files:
            raise PermanentError("FT303", f"no commit {source.commit}", where=source.project)
        return self._files[source.commit]


class FullDisk(PlainTrees):
    """Trees that fit on no disk; `tried` are the commits that were to be written out."""

    def __init__(self) -> None:
        super().__init__()
        self.tried: list[str] = []

    def export(self, source: Source, into: Path) -> None:
        """Make the folder, and no more."""
        self.tried.append(source.commit)
        into.mkdir(parents=True)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
