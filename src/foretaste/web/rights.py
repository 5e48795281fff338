"""Rights: one table of what can be asked of the gate, and who may ask it.

The API, the pages and the test of the whole role matrix read this table and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from foretaste.core.names import ChangeId
from foretaste.report.views import ChangeView
from foretaste.service import intents
from foretaste.service.access import Principal, Role
from foretaste.service.intents import Intent
from foretaste.web.problems import NO_ROLE, Problem

MakeIntent = Callable[[ChangeId, int, str], Intent]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verb:
    """One thing that can be asked: any of `roles` allows it, and `owner` the change's owner."""

    name: str
    roles: frozenset[Role]
    owner: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeVerb(Verb):
    """A verb about one change; `make(change, revision, by)` is the intent, `label` a button."""

    make: MakeIntent
    label: str
    about: str


APPROVERS = frozenset({Role.APPROVE})
OPERATORS = frozenset({Role.OPERATE})

CHANGE_VERBS: Mapping[str, ChangeVerb] = {
    verb.name: verb
    for verb in (
        ChangeVerb(
            name="approve",
            roles=APPROVERS,
            make=lambda change, revision, by: intents.Approve(
                change=change, revision=revision, by=by
            ),
            label="Approve",
            about="Say that this revision may land.",
        ),
        # An approver takes back no approval but their own, so approving is right enough for it.
        ChangeVerb(
            name="withdraw",
            roles=APPROVERS | OPERATORS,
            owner=True,
            make=lambda change, _, by: intents.Withdraw(change=change, by=by),
            label="Withdraw approval",
            about="Take back the asker's approval.",
        ),
        ChangeVerb(
            name="abandon",
            roles=OPERATORS,
            owner=True,
            make=lambda change, _, by: intents.Abandon(change=change, by=by),
            label="Abandon",
            about="Close the change.",
        ),
        ChangeVerb(
            name="reopen",
            roles=OPERATORS,
            owner=True,
            make=lambda change, _, by: intents.Reopen(change=change, by=by),
            label="Reopen",
            about="Open an abandoned change again.",
        ),
        ChangeVerb(
            name="enqueue",
            roles=OPERATORS,
            make=lambda change, _, by: intents.Enqueue(change=change, by=by),
            label="Try again",
            about="Have the change looked at again, whatever its last verdict was.",
        ),
        ChangeVerb(
            name="dequeue",
            roles=OPERATORS,
            make=lambda change, _, by: intents.Dequeue(change=change, by=by),
            label="Dequeue",
            about="Have the change leave its queue.",
        ),
    )
}

GATE_VERBS: Mapping[str, Verb] = {
    verb.name: verb
    for verb in (
        Verb(name="promote", roles=OPERATORS),
        Verb(name="hold", roles=OPERATORS),
        Verb(name="resume", roles=OPERATORS),
    )
}


def allowed(verb: Verb, who: Principal, change: ChangeView | None = None) -> bool:
    """Whether `who` may ask for `verb`, about `change` where it is about one."""
    owns = verb.owner and change is not None and bool(change.owner) and change.owner == who.name
    return owns or any(who.may(role) for role in verb.roles)


def require(verb: Verb, who: Principal, change: ChangeView | None = None) -> None:
    """Pass if `who` may.

    Raises:
        Problem: 403, naming the roles that may.
    """
    if allowed(verb, who, change):
        return
    roles = " or ".join(sorted(role.value for role in verb.roles))
    owner = ", or be the change's owner" if verb.owner else ""
    raise Problem(
        HTTPStatus.FORBIDDEN,
        NO_ROLE,
        what=f"{who.name} may not {verb.name}",
        hint=f"ask the gate's owner for a token with the role {roles}{owner}",
    )
