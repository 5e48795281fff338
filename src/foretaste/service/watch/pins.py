"""Pins: what all files of a branch hold, and the hashes of what the index shows."""

from __future__ import annotations

from collections.abc import Mapping

from foretaste.ports.index import IndexPage

Hashes = Mapping[tuple[str, str], tuple[str, ...]]
"""The hashes ("sha256:…") of all files of a release, by normalised name and version."""


def hashes_of(pages: Mapping[str, IndexPage]) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the hashes of every release on the pages; yanked files are left out."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for name, page in pages.items():
        for file in page.files:
            if file.sha256 and file.yanked is None:
                key = (name, file.version)
                found[key] = (*found.get(key, ()), f"sha256:{file.sha256}")
    return found
