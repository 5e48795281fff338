"""Upstream: what was found in a culprit's own repository."""

from __future__ import annotations

from dataclasses import dataclass

from foretaste.taste.bisect import Answer, Bisected


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamCommit:
    """One commit as people know it: `date` is its committer's, in seconds since 1970 (UTC)."""

    oid: str
    subject: str
    author: str
    date: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedCommit:
    """One trial of a commit: what it answered, and why where that is unclear."""

    commit: str
    answer: Answer
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamFinding:
    """The first bad commit of a release, or those among which it could not be told.

    `span` is how many commits lie between the two tags, `straight` whether only first parents
    were followed; `bisected` says the rest. `commits` are its commits as people know them, `tried`
    all trials in the order in which they ended.
    """

    place: str
    name: str
    old: str
    new: str
    old_tag: str
    new_tag: str
    span: int
    straight: bool
    bisected: Bisected
    commits: tuple[UpstreamCommit, ...]
    tried: tuple[TriedCommit, ...]
