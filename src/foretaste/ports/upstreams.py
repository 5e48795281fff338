"""Upstreams: the git repositories of dependencies, and wheels of their commits.

An upstream belongs to others: it is read, nothing is ever written to it, and nothing of it is run
outside the sandbox.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from foretaste.ports.environments import Say
from foretaste.ports.executor import Source
from foretaste.ports.releases import Pin
from foretaste.taste.upstream import UpstreamCommit


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """The commits that one commit has and another has not.

    `commits` are ids with their parents', parents before children. `fork` is the newest commit
    that both have, "" where that is the older one itself. `straight` says that only first parents
    were followed, since there were too many commits otherwise.
    """

    commits: tuple[tuple[str, tuple[str, ...]], ...]
    fork: str = ""
    straight: bool = False


class Upstream(Protocol):
    """One repository, as it was when it was opened."""

    @property
    def place(self) -> str:
        """The folder or address that it came from."""
        ...

    def tags(self) -> Mapping[str, str]:
        """Return the commit of each tag, by the tag's name."""
        ...

    def find(self, ref: str) -> str:
        """Return the commit that a branch, a tag or a full commit id stands for.

        Raises:
            UserError: there is none (FT962).
        """
        ...

    def between(self, old: str, new: str) -> Between:
        """Return the commits that `new` has and `old` has not.

        Raises:
            UserError: the two have no commit in common, or too many lie between (FT964).
        """
        ...

    def commit(self, oid: str) -> UpstreamCommit:
        """Return a commit as people know it."""
        ...

    def source(self, oid: str) -> Source:
        """Return the tree of a commit, for the `Trees` that belong to the same place."""
        ...


class Upstreams(Protocol):
    """Opens repositories of others."""

    def open(self, place: str) -> Upstream:
        """Bring a repository's branches and tags here, from a folder or an address.

        Raises:
            UserError: the place is no repository, or not one that may be asked (FT960, FT961).
            TransientError: it took too long, or the disk is full.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeWheel:
    """A wheel that is to be made of a tree.

    `name` is what the tree must turn out to be, normalised. `version` is told to projects that
    ask git for theirs. What builds it is resolved as of `as_of` (None: now) under the constraints.
    """

    source: Source
    name: str
    version: str
    python: str = ""
    as_of: datetime | None = None
    build_constraints: tuple[str, ...] = ()
    extra_build: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class TreeWheels(Protocol):
    """Makes wheels of trees, in the sandbox and without network, each once."""

    def make(self, wanted: TreeWheel, say: Say) -> Pin:
        """Return the wheel as a pin.

        Raises:
            UserError: it does not build, or is another package (FT626, FT627, FT965).
            TransientError: the index is out of reach, the disk is full.
        """
        ...
