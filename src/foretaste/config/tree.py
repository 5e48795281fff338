"""Tree: a project's files as the configuration sees them: read, never run."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

# Files; what is found out about a project stands near the top of its tree.
MOST_FILES = 50_000
NOT_OF_THE_PROJECT = frozenset(
    {".git", ".hg", ".nox", ".tox", ".venv", "venv", "node_modules", "__pycache__", "build", "dist"}
)


class Tree(Protocol):
    """The files of one commit or folder; paths have `/` between their names."""

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, None where there is no such file."""
        ...

    def paths(self) -> Collection[str]:
        """Return the paths of all files."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenTree:
    """A tree of which every file is given."""

    files: Mapping[str, bytes] = field(default_factory=dict)

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, None where there is no such file."""
        return self.files.get(path)

    def paths(self) -> Collection[str]:
        """Return the paths of all files."""
        return self.files.keys()


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderTree:
    """A project's folder on disk, as a person has it; links out of it are not followed."""

    folder: Path

    def read(self, path: str) -> bytes | None:
        """Return a file's bytes, None where there is no such file in the folder."""
        wanted = self.folder / path
        try:
            if not wanted.resolve().is_relative_to(self.folder.resolve()):
                return None
            return wanted.read_bytes()
        except OSError:
            return None

    def paths(self) -> Collection[str]:
        """Return the paths of all files, but for those of environments, caches and builds."""
        found: list[str] = []
        for folder, inner, names in os.walk(self.folder):
            inner[:] = sorted(set(inner) - NOT_OF_THE_PROJECT)
            above = Path(folder).relative_to(self.folder)
            found += [(above / name).as_posix() for name in sorted(names)]
            if len(found) > MOST_FILES:
                break
        return found[:MOST_FILES]
