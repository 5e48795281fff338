"""Release: what a dossier knows of one release of a package."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseFacts:
    """One release: where its files come from, and what it does beside being imported.

    `hashes` are those of the files that may be used ("sha256:…"); where `built`, of the sdist from
    which a wheel was built here. `uploaded` is in seconds since 1970 (UTC), 0.0 where unknown.
    `yanked` is None, or the reason that was given ("" for none); `vanished` is whether the index
    no longer shows it. `starts`, `scripts` and `plugins` are as in `ports.releases.Release`.
    `builds` is whether it builds the project and is not installed beside it. `origin` is "" for a
    release of the index; of an unreleased state it is where it comes from, "git+URL@REF" or a
    folder, and then it has no hashes.
    """

    name: str
    version: str
    hashes: tuple[str, ...] = ()
    built: bool = False
    uploaded: float = 0.0
    yanked: str | None = None
    vanished: bool = False
    starts: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    plugins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    builds: bool = False
    origin: str = ""

    @property
    def requirement(self) -> str:
        """What to ask for to get just this: `jinja2==3.0.3`, or `jinja2 @ git+…`."""
        return f"{self.name} @ {self.origin}" if self.origin else f"{self.name}=={self.version}"


Known = Mapping[tuple[str, str], ReleaseFacts]
"""What is known of releases, by name and version."""


def facts_of(releases: Iterable[ReleaseFacts]) -> Known:
    """Return the facts by name and version."""
    return {(each.name, each.version): each for each in releases}
