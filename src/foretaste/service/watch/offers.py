"""Offers: what the index has that is newer than what a branch pins.

A candidate is a release with its very files: the same version with another file is another
candidate (attack C38), and what was said of the one says nothing of the other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from packaging.version import InvalidVersion, Version

from foretaste.config.watching import Rules
from foretaste.ports.index import IndexFile, IndexPage

MOST = 50
"""Releases of one package that count, the newest; more say nothing that these do not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A release that is newer than what is pinned.

    `uploaded` is when the last of its files came, in seconds since 1970 (UTC), as the index says or
    else as it was first seen; `ready` is when it may land. `files` are names with digests.
    """

    name: str
    version: str
    uploaded: float
    ready: float
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """When files were first seen, in seconds since 1970; for indexes that tell no upload times."""

    first: Mapping[str, float]
    now: float

    def at(self, file: IndexFile) -> float:
        """Return when a file came to the index, as far as anybody knows."""
        if file.uploaded is not None:
            return file.uploaded.timestamp()
        return self.first.get(digest_of(file), self.now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What decides when a release is old enough."""

    rules: Rules
    seen: Seen


def digest_of(file: IndexFile) -> str:
    """Return what names a file's very bytes, or the nearest to it that the index tells."""
    return file.sha256 or file.url


def releases(page: IndexPage) -> dict[str, tuple[IndexFile, ...]]:
    """Return the files of each release that is there and not yanked (PEP 592), by version."""
    found: dict[str, list[IndexFile]] = {}
    for file in page.files:
        if file.yanked is None:
            found.setdefault(file.version, []).append(file)
    return {version: tuple(files) for version, files in found.items()}


def offers(
    pins: Mapping[str, str], pages: Mapping[str, IndexPage], terms: Terms
) -> tuple[Candidate, ...]:
    """Return what is newer than the pins, by name and from the oldest to the newest."""
    return tuple(
        candidate
        for name, pinned in sorted(pins.items())
        if name in pages
        for candidate in _newer(name, pinned, pages[name], terms)
    )


def candidate_of(name: str, version: str, page: IndexPage, terms: Terms) -> Candidate | None:
    """Return one release as a candidate, None where it is not there or yanked."""
    files = releases(page).get(version)
    if files is None:
        return None
    uploaded = max(map(terms.seen.at, files))
    return Candidate(
        name=name,
        version=version,
        uploaded=uploaded,
        ready=uploaded + terms.rules.age_of(name, version),
        files=tuple(sorted((file.filename, digest_of(file)) for file in files)),
    )


def subject_of(ref: Sequence[str], pins: Mapping[str, str], candidates: Sequence[Candidate]) -> str:
    """Return a digest of what is asked: the same pins and the same files, the same answer."""
    asked = [list(ref), sorted(pins.items())]
    offered = [[each.name, each.version, each.files] for each in candidates]
    return hashlib.sha256(json.dumps([asked, offered]).encode()).hexdigest()[:20]


def withdrawn(candidate: Candidate, page: IndexPage | None) -> str:
    """Return why a candidate is not what it was: yanked, gone, replaced; "" where it is.

    A file more, which is how a release is uploaded, takes nothing away.
    """
    said = f"{candidate.name} {candidate.version}"
    files = {} if page is None else {file.filename: file for file in page.files}
    there = [file for file in files.values() if file.version == candidate.version]
    if not there:
        return f"{said} is not on the index any more"
    yanked = [file.yanked for file in there if file.yanked is not None]
    if len(yanked) == len(there):
        return f"{said} was yanked" + (f": {yanked[0]}" if yanked[0] else "")
    for filename, digest in candidate.files:
        if filename not in files or files[filename].yanked is not None:
            return f"{filename} of {said} was withdrawn"
        if digest_of(files[filename]) != digest:
            return f"{filename} of {said} was replaced by another file"
    return ""


def _newer(name: str, pinned: str, page: IndexPage, terms: Terms) -> Iterator[Candidate]:
    here = _version(pinned)
    if here is None:
        return
    found = [(version, text) for text in releases(page) if (version := _version(text)) is not None]
    newer = sorted(
        (version, text)
        for version, text in found
        if version > here and (here.is_prerelease or not version.is_prerelease)
    )
    for _, text in newer[-MOST:]:
        candidate = candidate_of(name, text, page, terms)
        if candidate is not None:
            yield candidate


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None
