"""Unreleased: a branch or commit of a dependency that a change is tested with (`Depends-On`).

`Depends-On: NAME@URL@REF` names it. Only addresses that the gate's settings allow are asked, since
whoever may push makes the gate ask them. What the ref stands for is found out when the change is
pushed, and kept with the change: to test a ref that has moved, push again. Such a change is checked
and does not land, unless the settings say so (docs/decisions/0013).
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, urlsplit

from packaging.utils import canonicalize_name

from foretaste.config.document import read_document
from foretaste.config.load import PYPROJECT
from foretaste.config.mistakes import Mistake
from foretaste.core.change import Unreleased
from foretaste.core.names import Oid
from foretaste.core.naming import branch_fault
from foretaste.ports.errors import UserError
from foretaste.ports.upstreams import Upstreams
from foretaste.report.plain import one_line

_LINE: Final = re.compile(
    r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)@"
    r"(?:git\+)?(?P<url>[a-z]+://[^\s@?#%\\]+)@(?P<ref>[^\s@]+)"
)
_COMMIT: Final = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")

ReadFile = Callable[[str, str, str], bytes | None]
"""Reads a file of a commit: project, commit, path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependencies:
    """Finds unreleased states; `allowed` are the addresses that may be asked, as settings say."""

    upstreams: Upstreams
    read: ReadFile
    allowed: Callable[[], Sequence[str]]
    _one: threading.Lock = field(default_factory=threading.Lock)

    def find(self, text: str) -> Unreleased:
        """Return what a `Depends-On` line names, with what its ref stands for now.

        Raises:
            UserError: it is not well formed (FT947), may not be asked for (FT948), is not there
                (FT961, FT962), or is another package (FT949).
            TransientError: it cannot be had now.
        """
        name, url, ref = _parsed(text)
        if not any(_below(url, urlsplit(each)) for each in self.allowed()):
            raise UserError(
                "FT948",
                f"{one_line(url)} is no address that this gate asks",
                hint="the gate's settings list those that it does: unreleased.addresses",
            )
        # One at a time: two fetches into one repository stand in each other's way.
        with self._one:
            upstream = self.upstreams.open(url)
            commit = upstream.find(ref)
        source = upstream.source(commit)
        there = self._name(source.project, commit)
        if there not in {"", name}:
            what = f"{one_line(url)} is {there}, not {name}"
            raise UserError("FT949", what, hint="name the package that the repository holds")
        return Unreleased(name=name, url=url, ref=ref, commit=Oid(commit), place=source.project)

    def _name(self, place: str, commit: str) -> str:
        """Return what the tree says to be, "" where it does not say so without being built."""
        raw = self.read(place, commit, PYPROJECT)
        read = None if raw is None else read_document(PYPROJECT, raw)
        if read is None or isinstance(read, Mistake):
            return ""
        project = read.data.get("project")
        name = project.get("name") if isinstance(project, dict) else None
        return str(canonicalize_name(name)) if isinstance(name, str) else ""


def _parsed(text: str) -> tuple[str, str, str]:
    found = _LINE.fullmatch(text)
    hint = "Depends-On: NAME@https://HOST/PATH@REF, the ref a branch, a tag or a whole commit id"
    if found is None:
        raise UserError("FT947", f"{one_line(text)[:100]!r} names no state of a package", hint=hint)
    fault = "" if _COMMIT.fullmatch(found["ref"]) else branch_fault(found["ref"])
    if fault:
        raise UserError("FT947", f"{one_line(found['ref'])!r} is no ref: {fault}", hint=hint)
    return str(canonicalize_name(found["name"])), found["url"], found["ref"]


def _below(address: str, allowed: SplitResult) -> bool:
    """Whether an address is the allowed one or lies below it, by whole parts of its path."""
    try:
        url = urlsplit(address)
    except ValueError:
        return False
    if (url.scheme, url.netloc.lower()) != (allowed.scheme, allowed.netloc.lower()):
        return False
    parts = url.path.split("/")
    head = allowed.path.rstrip("/").split("/")
    return ".." not in parts and "." not in parts and parts[: len(head)] == head
