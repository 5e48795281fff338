"""Placeholders: wheels without content that stand for releases which uv cannot see by itself.

uv, which must never build anything on this side, does not see a release that has no wheel, and
takes an older one that has, without a word. So every such release is shown to it as a wheel in a
folder. A placeholder that says nothing of what the release needs is the most that it could be: if
uv does not take it, it would not take the release either. If uv does, the release is had or built,
and a placeholder with its true metadata takes the place; until nothing changes.

uv takes what is in a folder whatever the time that it was asked to go back to, so only what may be
seen is put there.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from foretaste.adapters.uv.folders import make_whole
from foretaste.adapters.uv.locking import only_one

# A time that is in every archive, so that the same placeholder is the same file.
_TIME = (1980, 1, 1, 0, 0, 0)
# Folders of placeholders; one check makes a handful.
MOST_KEPT = 200
_TAGS = ("py2-none-any", "py3-none-any")


@dataclass(frozen=True, slots=True, kw_only=True)
class Placeholder:
    """A release as uv is shown it; `requires` None is that nobody has looked yet."""

    name: str
    version: str
    requires: tuple[str, ...] | None = None

    @property
    def filename(self) -> str:
        """The name of its file."""
        return f"{self._stem}-py2.py3-none-any.whl"

    @property
    def _stem(self) -> str:
        return f"{self.name.replace('-', '_')}-{self.version}"

    def write(self, folder: Path) -> None:
        """Write it into a folder."""
        info = f"{self._stem}.dist-info"
        metadata = ["Metadata-Version: 2.1", f"Name: {self.name}", f"Version: {self.version}"]
        metadata += [f"Requires-Dist: {' '.join(each.split())}" for each in self.requires or ()]
        content = {
            f"{info}/METADATA": "\n".join(metadata) + "\n",
            f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: foretaste\nRoot-Is-Purelib: true\n"
            + "".join(f"Tag: {tag}\n" for tag in _TAGS),
        }
        content[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in (*content, f"{info}/RECORD"))
        with zipfile.ZipFile(folder / self.filename, "w") as archive:
            for path, text in content.items():
                archive.writestr(zipfile.ZipInfo(path, _TIME), text)


def folder_of(placeholders: Iterable[Placeholder], below: Path) -> Path:
    """Return a folder with just these placeholders; the same ones are written once."""
    shown = sorted(placeholders, key=lambda each: each.filename)
    said = [(each.filename, each.requires or ()) for each in shown]
    folder = below / hashlib.sha256(repr(said).encode()).hexdigest()[:32]
    with only_one(below):
        is_new = not folder.exists()
        if is_new:
            make_whole(folder, lambda made: _fill(made, shown))
        # What was used last is removed last.
        os.utime(folder)
        if is_new:
            _prune(below)
    return folder


def _prune(below: Path) -> None:
    """Remove the folders that were used longest ago; whoever uses one has used it just now."""
    oldest_first = sorted(below.iterdir(), key=lambda path: path.stat().st_mtime)
    for folder in oldest_first[:-MOST_KEPT]:
        shutil.rmtree(folder, ignore_errors=True)


def _fill(folder: Path, placeholders: Iterable[Placeholder]) -> None:
    for each in placeholders:
        each.write(folder)
