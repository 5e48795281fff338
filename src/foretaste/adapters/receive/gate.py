"""The gate as a push sees it: what the forge asks of the service, and what a push is."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from foretaste.core.change import Unreleased
from foretaste.core.names import ChangeId
from foretaste.ports.errors import UserError
from foretaste.service.access import Principal
from foretaste.service.intents import Answer, Propose


def _nothing(_project: str) -> None:
    """Do nothing about a project whose refs moved."""


def _no_unreleased(text: str) -> Unreleased:
    """Refuse every state of a dependency that is not released."""
    raise UserError("FT947", f"this gate knows no {text}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """What wiring connects the forge with; each is called from threads, several at once.

    `authenticate` gets the whole Authorization header. `propose` answers when what it says is
    stored. `propose_together` does so for several branches, all or none; without it an atomic push
    may propose to one branch only. `describe` gives a change's state as a sentence, and its page's
    address. `guarded` names a project's guarded branches. `moved` is told of a project whose
    branches an import has made. `unreleased` finds what a Depends-On line NAME@URL@REF names, and
    raises a UserError where it may not be asked for; `lands_unreleased` tells whether a change with
    such a line may land.
    """

    authenticate: Callable[[str], Principal | None]
    propose: Callable[[Propose], Answer]
    describe: Callable[[ChangeId], tuple[str, str]]
    guarded: Callable[[str], Collection[str]]
    projects: Callable[[], Collection[str]]
    propose_together: Callable[[tuple[Propose, ...]], tuple[Answer, ...]] | None = None
    moved: Callable[[str], None] = _nothing
    unreleased: Callable[[str], Unreleased] = _no_unreleased
    lands_unreleased: Callable[[], bool] = bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """Who pushes to which project; `address` is the project's address, to be shown in hints."""

    project: str
    by: Principal
    address: str = "<this remote>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What a push asks of one ref; `old` and `new` are full object ids, zeros for no such ref."""

    ref: str
    old: str
    new: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """All that one push asks: its commands, options (`git push -o`), and whether all or none."""

    commands: tuple[Command, ...]
    options: tuple[str, ...] = ()
    atomic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a ref of a push was refused, and the way that works."""

    code: str
    what: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What became of a push: lines for its sender, and for each ref "" or why it was refused."""

    lines: tuple[str, ...]
    refs: tuple[tuple[str, str], ...]
