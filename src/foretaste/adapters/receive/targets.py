"""Targets: what a ref that is pushed to, with the push's options, stands for.

`refs/for/<branch>` proposes; a topic comes by `git push -o topic=NAME` or as part of the ref,
`refs/for/<branch>%topic=NAME`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from foretaste.core.naming import branch_fault
from foretaste.ports.errors import UserError
from foretaste.report.plain import plain

FOR: Final = "refs/for/"
BRANCHES: Final = "refs/heads/"
TAGS: Final = "refs/tags/"

_TOPIC = re.compile(r"[^\W_][\w./+#@-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Commits proposed to a guarded branch."""

    branch: str
    topic: str = ""
    approve: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A branch, pushed to directly."""

    branch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A tag."""

    name: str


Target = Review | Branch | Tag


def target(ref: str, options: Sequence[str], guarded: Collection[str]) -> Target:
    """Return what the ref stands for.

    Raises:
        UserError: a name or an option is not well formed, the branch is not guarded, or the ref
            is none that anyone may push to.
    """
    if ref.startswith(FOR):
        return _review(ref.removeprefix(FOR), options, guarded)
    if options:
        _told(options)
    if ref.startswith(BRANCHES):
        return Branch(branch=_well_formed(ref.removeprefix(BRANCHES)))
    if ref.startswith(TAGS):
        return Tag(name=_well_formed(ref.removeprefix(TAGS)))
    raise UserError("FT311", f"only the gate writes {plain(ref)[:100]}")


def _review(name: str, options: Sequence[str], guarded: Collection[str]) -> Review:
    branch, _, written = (name, "", "") if name in guarded else name.partition("%")
    _well_formed(branch)
    if branch not in guarded:
        known = ", ".join(sorted(guarded)) or "none yet"
        raise UserError(
            "FT319",
            f"{branch} is no guarded branch of this project",
            hint=f"the guarded branches are: {known}",
        )
    topic, approve = _told([*filter(None, written.split(",")), *options])
    return Review(branch=branch, topic=topic, approve=approve)


def _told(options: Sequence[str]) -> tuple[str, bool]:
    """Read the topic and whether to approve; an option that nobody knows is no option."""
    topic, approve = "", False
    for option in options:
        key, _, value = option.partition("=")
        if key == "topic":
            topic = _topic(value)
        elif option == "approve":
            approve = True
        else:
            raise UserError(
                "FT318",
                f"there is no push option {plain(option)[:60]!r}",
                hint="the options are: -o topic=NAME, -o approve",
            )
    return topic, approve


def _topic(value: str) -> str:
    if not _TOPIC.fullmatch(value):
        raise UserError(
            "FT318",
            f"{plain(value)[:60]!r} cannot be a topic",
            hint="a topic has 1 to 100 letters, digits and . / + # @ _ - , the first no sign",
        )
    return value


def _well_formed(name: str) -> str:
    fault = branch_fault(name)
    if fault:
        raise UserError("FT305", f"{plain(name)[:60]!r} cannot be a branch", hint=fault)
    return name
