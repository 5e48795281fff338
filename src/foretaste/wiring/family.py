"""The family of a demo: real projects and releases, or the bundled ones, as a data file tells.

A family's files say which releases there are, in which order they are proposed, and what came out
when each state was tried by hand. The demo compares with that; it decides nothing by it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Final

from foretaste.adapters.uv.archives import Archives
from foretaste.ports.errors import TransientError

DATA: Final = resources.files("foretaste") / "demo_data"

Fill = Callable[[Path], None]
"""Writes the files of a release into an empty folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """One change of the demo; `expected` is what came of it by hand: merged, or a reason."""

    id: str
    project: str
    version: str
    parent: str
    depends_on: tuple[str, ...]
    expected: str
    shows: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Projects with their first releases, and the changes that are proposed to them, in order."""

    name: str
    branch: str
    python: str
    settings: str
    projects: Mapping[str, str]
    changes: tuple[Proposed, ...]
    releases: Mapping[tuple[str, str], Mapping[str, Any]]
    shared: Mapping[str, str]

    @property
    def bundled(self) -> bool:
        """Whether its releases come with Foretaste, and are none of the index's."""
        return bool(self.shared)

    def write(self, project: str, version: str, folder: Path, archives: Archives) -> None:
        """Write the files of one release into a folder.

        Raises:
            TransientError: it is not here and cannot be fetched.
        """
        if self.bundled:
            for path, text in self._files(project, version).items():
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(text, encoding="utf-8")
            return
        _copy(self.fetched(project, version, archives), folder)

    def fetched(self, project: str, version: str, archives: Archives) -> Path:
        """Return the unpacked sdist of a release, fetched by the hash that the family names.

        Raises:
            TransientError: it is not here and cannot be fetched.
        """
        release = self.releases[project, version]
        digest = str(release["sha256"])
        kept = archives.kept(digest)
        if kept is not None:
            return kept
        for package in archives.packages(project):
            if package.digests.get("sha256") == digest:
                return archives.unpacked(package)
        what = f"the index shows no {release['sdist']} with the hash that is known"
        raise TransientError("FT623", what, hint="the demo runs with what is bundled instead")

    def _files(self, project: str, version: str) -> dict[str, str]:
        release = self.releases[project, version]
        below = release.get("of")
        files = self._files(project, str(below)) if below else dict(self.shared)
        return {**files, **release.get("files", {})}


def _copy(source: Path, target: Path) -> None:
    """Copy regular files, each with its mode; an sdist was unpacked with nothing else in it."""
    for path in sorted(source.rglob("*")):
        place = target / path.relative_to(source)
        if path.is_dir():
            place.mkdir(parents=True, exist_ok=True)
        else:
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(path.read_bytes())
            place.chmod(path.stat().st_mode & 0o777)


def load_family(name: str) -> Family:
    """Read one of the families that come with Foretaste: `family` or `mini`."""
    table = tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))
    return Family(
        name=table["name"],
        branch=table["branch"],
        python=table["python"],
        settings=(DATA / table["settings"]).read_text(encoding="utf-8"),
        projects={each["name"]: each["base"] for each in table["project"]},
        changes=tuple(_proposed(each) for each in table["change"]),
        releases={(each["project"], each["version"]): each for each in table["release"]},
        shared=table.get("shared", {}).get("files", {}),
    )


def _proposed(table: Mapping[str, Any]) -> Proposed:
    return Proposed(
        id=table["id"],
        project=table["project"],
        version=table["version"],
        parent=table["parent"],
        depends_on=tuple(table.get("depends_on", ())),
        expected=table.get("reason", table["expected"]),
        shows=table["shows"],
    )
