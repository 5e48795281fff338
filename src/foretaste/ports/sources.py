"""Sources of releases: what an sdist holds, and folders taken as sources of builds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from foretaste.ports.executor import Source


class SdistFiles(Protocol):
    """Has the files of sdists here, unpacked as data, each fetched by its hash."""

    def sdist(self, name: str, version: str) -> Path:
        """Return the folder with the files of a release's sdist, which nobody may write to.

        Raises:
            UserError: the release has no sdist (FT637), or it is not taken.
            TransientError: it cannot be fetched.
        """
        ...


class Snapshots(Protocol):
    """Takes folders as sources of builds."""

    def take(self, project: str, folder: Path, paths: Sequence[str] | None = None) -> Source:
        """Copy a folder's files as they are now, and return the source that names the copy.

        `paths` are the files that are taken; None is all that are the project's.

        Raises:
            UserError: there is no such folder, it is too large, or a file cannot be read.
            TransientError: the disk is full.
        """
        ...
