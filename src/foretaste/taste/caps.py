"""Caps: the specifier that keeps a release out and lets the version of the base in.

A hold is written so that it needs no change when something in between appears: "<2.1.0" says more
than "==2.0.1". Where that would keep the base's version out as well (PEP 440: "<2.0" excludes 2.0's
own pre-releases) or let the new one in, the new version alone is excluded.
"""

from __future__ import annotations

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.version import InvalidVersion, Version


def cap_of(old: str | None, new: str | None, failing: tuple[str, ...] = ()) -> str:
    """Return the specifier that holds a package back, admitting `old`.

    `failing` are other versions that are known to fail: the cap begins at the first of them that
    is newer than `old`, and those that are older are excluded one by one. Of a package that
    vanishes (`new` is None), the old version is what is held.
    """
    if new is None:
        return f"=={old}"
    newer = [version for version in failing if old is None or _is_newer(version, old)]
    first = _first((*newer, new))
    older = [f"!={version}" for version in failing if version not in newer and version != new]
    for cap in (f"<{_public(first)}", f"!={new}"):
        whole = ",".join([cap, *older])
        if old is None or (_allows(whole, old) and not _allows(whole, new)):
            return whole
    return f"==={old}"


def limit_of(version: str) -> str:
    """Return the specifier that lets a version in and nothing that is newer and was not tried."""
    return f"<={_public(version)}"


def exclusion_of(new: str | None, failing: tuple[str, ...]) -> str:
    """Return the specifier that excludes just the versions that fail."""
    fails = dict.fromkeys((*failing, *([] if new is None else [new])))
    return ",".join(f"!={version}" for version in fails)


def _first(versions: tuple[str, ...]) -> str:
    """Return the oldest version; where one of them is not of PEP 440, the last."""
    try:
        return min(versions, key=Version)
    except InvalidVersion:
        return versions[-1]


def _is_newer(version: str, than: str) -> bool:
    try:
        return Version(version) > Version(than)
    except InvalidVersion:
        return False


def _public(version: str) -> str:
    """Return the version without its local part, which "<" does not take."""
    return version.partition("+")[0]


def _allows(specifier: str, version: str) -> bool:
    try:
        return SpecifierSet(specifier).contains(version, prereleases=True)
    except (InvalidSpecifier, InvalidVersion):
        return False
