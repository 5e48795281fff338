"""The port Upstreams on plain git: repositories of others, copied to a shelf of our own.

An upstream is fetched into a bare repository that we made, without hooks, submodules, helpers or
credentials, and read there: git never runs in a folder of someone else's. What looks like an
option or a transport that runs commands is no place. Its objects are checked as they come; flaws
that old repositories are known to have, and that harm nobody who only reads, are let pass.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from foretaste.adapters.git.command import Call
from foretaste.adapters.git.objects import Objects
from foretaste.adapters.git.refs import OID, checked
from foretaste.adapters.git.shelf import Shelf
from foretaste.ports.errors import PermanentError, UserError
from foretaste.ports.executor import Source
from foretaste.ports.upstreams import Between
from foretaste.report.plain import one_line
from foretaste.taste.upstream import UpstreamCommit

# More than lie between two releases of nearly all projects; a bisection keeps a bit for each pair.
MOST_COMMITS: Final = 5000
TRANSPORTS: Final = ("https", "http", "git", "file")
OLD_FLAWS: Final = ("badTimezone", "missingSpaceBeforeDate", "zeroPaddedFilemode")
EVERYTHING: Final = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")

_ADDRESS = re.compile(rf"({'|'.join(TRANSPORTS)})://[^\s\x00-\x1f\x7f]+")
_FIELDS: Final = 4


class GitUpstreams:
    """Keeps upstreams on a shelf that holds nothing else; an upstream that is there is updated.

    It fulfils `foretaste.ports.upstreams.Upstreams`.
    """

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf

    def open(self, place: str) -> GitUpstream:
        """Bring a repository's branches and tags here, from a folder or an address.

        Raises:
            UserError: the place is no repository, or not one that may be asked.
            TransientError: it took too long, or the disk is full.
        """
        address = address_of(place)
        project = f"upstream-{hashlib.sha256(address.encode()).hexdigest()[:24]}"
        repository = self._shelf.create(project)
        allowed = address.partition("://")[0]
        settings = [f"protocol.{allowed}.allow=always"]
        settings += [f"fetch.fsck.{flaw}=ignore" for flaw in OLD_FLAWS]
        options = [each for setting in settings for each in ("-c", setting)]
        fetch = ("fetch", "--quiet", "--prune", "--no-recurse-submodules", "--no-write-fetch-head")
        arguments = (*options, *fetch, "--end-of-options", address, *EVERYTHING)
        try:
            self._shelf.git.ask(repository, Call(arguments=arguments))
        except PermanentError as error:
            what = f"the repository cannot be fetched: {error.what.removeprefix('git -c: ')}"
            hint = "give a folder with a git repository, or an address that anybody may read"
            raise UserError("FT961", what, where=place, hint=hint) from error
        return GitUpstream(self._shelf, project, place)


class GitUpstream:
    """One upstream on the shelf; it fulfils `foretaste.ports.upstreams.Upstream`."""

    def __init__(self, shelf: Shelf, project: str, place: str) -> None:
        self._shelf = shelf
        self._project = project
        self._place = place
        self._objects = Objects(shelf)

    @property
    def place(self) -> str:
        """The folder or address that it came from."""
        return self._place

    def tags(self) -> Mapping[str, str]:
        """Return the commit of each tag, by the tag's name; tags of other things are left out."""
        form = "%(objecttype) %(objectname) %(*objecttype) %(*objectname) %(refname:lstrip=2)"
        tags = {}
        for line in self._git("for-each-ref", f"--format={form}", "refs/tags").splitlines():
            kind, oid, *rest = line.split(" ", _FIELDS)
            if kind == "tag":
                kind, oid = rest[0], rest[1]
            if kind == "commit":
                tags[rest[2]] = oid
        return tags

    def find(self, ref: str) -> str:
        """Return the commit that a branch, a tag or a full commit id stands for.

        Raises:
            UserError: there is none.
        """
        listed = self._git("for-each-ref", "--format=%(refname)", "refs/tags", "refs/heads")
        known = set(listed.splitlines())
        named = [each for each in (f"refs/tags/{ref}", f"refs/heads/{ref}") if each in known]
        wanted = named[0] if named else ref if OID.fullmatch(ref) else ""
        outcome = self._shelf.git.ask(
            self._shelf.path(self._project),
            Call(
                arguments=(
                    "rev-parse",
                    "--verify",
                    "--quiet",
                    "--end-of-options",
                    f"{wanted}^{{commit}}",
                ),
                statuses=(0, 1, 128),
            ),
        )
        if not wanted or outcome.status:
            hint = "give a branch, a tag or a whole commit id"
            what = f"there is no {one_line(ref)!r} in it"
            raise UserError("FT962", what, where=self._place, hint=hint)
        return outcome.text

    def between(self, old: str, new: str) -> Between:
        """Return the commits that `new` has and `old` has not.

        Raises:
            UserError: the two have no commit in common, or too many lie between.
        """
        fork = self._fork(old, new)
        commits = self._listed(old, new)
        straight = len(commits) > MOST_COMMITS
        if straight:
            commits = self._listed(old, new, "--first-parent")
        if len(commits) > MOST_COMMITS:
            what = f"{len(commits)} commits lie between, at most {MOST_COMMITS} are looked through"
            raise UserError("FT964", what, where=self._place)
        return Between(commits=commits, fork="" if fork == old else fork, straight=straight)

    def commit(self, oid: str) -> UpstreamCommit:
        """Return a commit as people know it."""
        form = "--format=%ct%x00%an <%ae>%x00%s"
        told = self._git("log", "-1", "--no-show-signature", form, checked(oid))
        seconds, author, subject = told.split("\0", 2)
        return UpstreamCommit(
            oid=oid,
            subject=one_line(subject),
            author=one_line(author),
            date=float(seconds),
        )

    def source(self, oid: str) -> Source:
        """Return the tree of a commit, for the trees on the same shelf."""
        tree = self._objects.tree(self._project, oid)
        return Source(project=self._project, commit=oid, tree=tree)

    def _fork(self, old: str, new: str) -> str:
        asked = ("merge-base", checked(old), checked(new))
        outcome = self._shelf.git.ask(
            self._shelf.path(self._project), Call(arguments=asked, statuses=(0, 1))
        )
        if outcome.status:
            what = f"{old[:12]} and {new[:12]} have no commit in common"
            raise UserError("FT964", what, where=self._place)
        return outcome.text.splitlines()[0]

    def _listed(self, old: str, new: str, *options: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
        asked = ("rev-list", "--topo-order", "--reverse", "--parents", *options)
        lines = self._git(*asked, checked(new), f"^{checked(old)}").splitlines()
        split = [line.split(" ") for line in lines]
        return tuple((commit, tuple(parents)) for commit, *parents in split)

    def _git(self, *arguments: str) -> str:
        return self._shelf.git.run(self._shelf.path(self._project), *arguments)


def address_of(place: str) -> str:
    """Return the address to fetch from.

    Raises:
        UserError: it is none, or one over which git would start something else.
    """
    if _ADDRESS.fullmatch(place):
        return place
    folder = Path(place)
    if place and place[0] != "-" and folder.is_dir():
        return folder.resolve().as_uri()
    hint = f"give a folder, or an address that begins with {', '.join(TRANSPORTS[:-1])}"
    raise UserError("FT960", f"{one_line(place)!r} is no repository that can be read", hint=hint)
