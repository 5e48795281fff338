"""Tags: which of a repository's tags stand for a release of a package.

People write them in many ways: `1.2.3`, `v1.2.3`, `kazoo-2.1`, `rel_1_4_0`, `release/1.2`,
`pydantic-core/v2.0`. A tag stands for a version when all that is before its number is the
package's name or a word for "version", and the number is that version by PEP 440.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

MOST_SHOWN = 5

_WORDS = r"(?:(?:r|rel|releases?|tags?|v|ver|version)[-_./@]*)*"


def tag_of(tags: Iterable[str], name: str, version: str) -> str:
    """Return the tag that stands for the version, "" where none does.

    Where several do, one that names the package comes first, then the shortest.
    """
    wanted = _version(version)
    found = [
        (not named, len(tag), tag)
        for tag, named, number in _read(tags, name)
        if number == wanted and wanted is not None
    ]
    return min(found)[2] if found else ""


def near(tags: Iterable[str], name: str, version: str) -> tuple[str, ...]:
    """Return a few tags whose numbers come nearest to the version, to show what there is."""
    wanted = _version(version)
    read = sorted((number, tag) for tag, _, number in _read(tags, name))
    place = sum(wanted is not None and number < wanted for number, _ in read)
    begin = max(0, min(place - MOST_SHOWN // 2, len(read) - MOST_SHOWN))
    return tuple(tag for _, tag in read[begin : begin + MOST_SHOWN])


def looked_for(name: str, version: str) -> tuple[str, ...]:
    """Return examples of the tags that would have stood for the version."""
    return (version, f"v{version}", f"{name}-{version}", f"{name}/v{version}", f"release-{version}")


def _read(tags: Iterable[str], name: str) -> list[tuple[str, bool, Version]]:
    """Return those of the tags that give a version: whether they name the package, and which."""
    spelled = "[-_.]*".join(map(re.escape, canonicalize_name(name).split("-")))
    named = rf"(?P<name>(?:py(?:thon)?[-_.]*)?{spelled}[-_./@]+)?"
    form = re.compile(rf"{_WORDS}{named}{_WORDS}(?P<number>[0-9].*)")
    read = []
    for tag in tags:
        found = form.fullmatch(tag.casefold())
        version = _version(found["number"]) if found else None
        if found and version is not None:
            read.append((tag, found["name"] is not None, version))
    return read


def _version(text: str) -> Version | None:
    """Return the version that a text is, with `_` or `-` for its points where need be."""
    for spelled in (text, text.replace("_", "."), text.replace("-", ".")):
        try:
            return Version(spelled)
        except InvalidVersion:
            continue
    return None
