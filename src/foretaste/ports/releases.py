"""Releases: which of them an environment holds, and what they say of themselves.

A `Resolver` answers which releases fit together as of a time; `Releases` has each one here,
unpacked and never run, and reads its metadata.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from urllib.parse import quote

from foretaste.ports.environments import Say


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """One release, exactly.

    `hashes` are those of the files that may be used ("sha256:…"), at least one. `wheel` is the
    path of a wheel that was built here, or "" for one of the index's files.
    """

    name: str
    version: str
    hashes: tuple[str, ...] = ()
    wheel: str = ""

    @property
    def line(self) -> str:
        """The pin as a line of a requirements file, and of `EnvironmentSpec.pins`."""
        hashes = "".join(f" --hash={each}" for each in sorted(self.hashes))
        if self.wheel:
            return f"{self.name} @ file://{quote(self.wheel)}{hashes}"
        return f"{self.name}=={self.version}{hashes}"


Pins = Mapping[str, Pin]
"""Pins by normalised name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What is to be resolved.

    `requirements` and `constraints` are PEP 508 texts. Nothing moves backwards: of a package in
    `base` no older version is taken, and the base's own version is always allowed, whatever its
    upload time and whether it was yanked. Where `only` is not None, just these packages (and what
    they force) leave their base version; a requirement that names a yanked release by `==` gets
    it. `as_of` None is now. `excluded` are releases that may not be taken (specifiers by name,
    such as "!=2.1.0"). `build_constraints` hold for what must be built from an sdist, `extra_build`
    are requirements more for single sdists' builds, by name (uv's `extra-build-dependencies`).
    `hashes` are those ("sha256:…") of the files that the base was locked with, by name.
    """

    python: str
    requirements: tuple[str, ...]
    constraints: tuple[str, ...] = ()
    base: Mapping[str, str] = field(default_factory=dict)
    only: frozenset[str] | None = None
    as_of: datetime | None = None
    excluded: Mapping[str, str] = field(default_factory=dict)
    build_constraints: tuple[str, ...] = ()
    extra_build: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    hashes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Resolver(Protocol):
    """Chooses releases, by upload time."""

    def resolve(self, asking: Asking, say: Say) -> Pins:
        """Return a pin for everything that is needed.

        Raises:
            UserError: no releases fit together (FT621), no such interpreter (FT625).
            TransientError: the index is out of reach.
        """
        ...

    def pin(self, asking: Asking, say: Say) -> Pins:
        """Return pins for exactly the versions of `asking.base`, yanked or not, resolving nothing.

        Of files that the base was locked with, just these are taken; where the index has none of
        them (any more), that is said.

        Raises:
            UserError: a version is not on the index (any more), or has no file that fits.
            TransientError: the index is out of reach.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """What a release says of itself; read from its unpacked files, nothing of it was run.

    `requires` are its `Requires-Dist` lines. `owns` are the importable paths that it brings, each
    a first folder or module below site-packages ("jinja2", "six.py"), deeper where a namespace is
    shared ("sphinxcontrib/applehelp"). `starts` are files that run code whenever an interpreter
    starts (`.pth` with code, `sitecustomize`), `scripts` its console scripts, `plugins` entry
    points by group ("pytest11": …).
    """

    name: str
    version: str
    requires: tuple[str, ...] = ()
    requires_python: str = ""
    owns: tuple[str, ...] = ()
    starts: tuple[str, ...] = ()
    scripts: tuple[str, ...] = ()
    plugins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class Releases(Protocol):
    """Has releases here, unpacked, each once."""

    def read(self, pins: Sequence[Pin], python: str, say: Say) -> Mapping[str, Release]:
        """Return what the releases say of themselves, by normalised name.

        Raises:
            UserError: one cannot be had, built or read.
            TransientError: the index is out of reach, the disk is full.
        """
        ...

    def markers(self, python: str) -> Mapping[str, str]:
        """Return what environment markers are evaluated with (PEP 508), without `extra`.

        Raises:
            UserError: no such interpreter.
        """
        ...
