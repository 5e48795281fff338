"""Releases: what they say of themselves, read from their unpacked files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from foretaste.adapters.uv.interpreters import Interpreters
from foretaste.adapters.uv.packages import Packages
from foretaste.ports.environments import Say
from foretaste.ports.releases import Pin, Release


class UvReleases:
    """Reads releases from the packages that environments are made of."""

    def __init__(self, packages: Packages, interpreters: Interpreters) -> None:
        self._packages = packages
        self._interpreters = interpreters

    def read(self, pins: Sequence[Pin], python: str, say: Say) -> Mapping[str, Release]:
        """Return what the releases say of themselves, by normalised name.

        Raises:
            UserError: one cannot be had, or is not what it says.
            TransientError: the index is out of reach, the disk is full.
        """
        interpreter = self._interpreters.find(python)
        missing = self._packages.missing(pins, interpreter)
        if missing:
            say(f"unpacking {len(missing)} release(s) for Python {interpreter.minor}")
        packages = self._packages.have(pins, interpreter)
        return {pin.name: each.release for pin, each in zip(pins, packages, strict=True)}

    def markers(self, python: str) -> Mapping[str, str]:
        """Return what environment markers are evaluated with (PEP 508), without `extra`.

        Raises:
            UserError: no such interpreter.
        """
        return self._interpreters.find(python).markers
