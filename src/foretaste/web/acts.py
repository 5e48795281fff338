"""The API's writing half: each verb of the table of rights as a request with a bearer token."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from foretaste.core.names import ChangeId
from foretaste.service.access import Principal
from foretaste.service.faces import Desk
from foretaste.service.intents import Answer, Hold, Intent, Promote, Resume
from foretaste.web.answers import Shown
from foretaste.web.api import BIGGEST, ERRORS, DeskHere, Error, Name, change_or_404
from foretaste.web.problems import MEDIA_TYPE, Problem
from foretaste.web.rights import CHANGE_VERBS, GATE_VERBS, ChangeVerb, require
from foretaste.web.visitor import bearer

# What the gate answers when it cannot store anything now: worth another try, unlike a refusal.
NOT_NOW = frozenset({"FT503", "FT510"})


class Body(BaseModel):
    """What a request may hold, and nothing else."""

    model_config = ConfigDict(extra="forbid")


class AtRevision(Body):
    """Which revision is meant; 0, the newest."""

    revision: Annotated[int, Field(ge=0, le=BIGGEST)] = 0


class Which(Body):
    """The changes meant, in the order in which they are to stand."""

    changes: Annotated[list[Annotated[str, Field(max_length=200)]], Field(min_length=1)]


class Why(Body):
    """The reason, for those who wonder."""

    why: Annotated[str, Field(min_length=1, max_length=500)]


class Taken(BaseModel):
    """The gate did as asked, and has stored it; the changes that it was about."""

    changes: list[str]


def typed(request: Request) -> None:
    """Pass if a body, where there is one, says that it is JSON.

    Raises:
        Problem: 415.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    empty = request.headers.get("content-length", "0") == "0"
    if kind != "application/json" and not (
        empty and not kind and "transfer-encoding" not in request.headers
    ):
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, MEDIA_TYPE)


def who_asks(request: Request) -> Principal:
    """Return who asks, before anything is read of what they ask.

    Raises:
        Problem: 401, 403 or 415.
    """
    who = bearer(request)
    typed(request)
    return who


Who = Annotated[Principal, Depends(who_asks)]

REFUSALS: dict[int | str, dict[str, Any]] = {
    **ERRORS,
    **{
        int(status): {"model": Error, "description": status.phrase}
        for status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT)
    },
}
router = APIRouter(prefix="/api/v1", responses=REFUSALS)


def answered(answer: Answer) -> tuple[str, ...]:
    """Return the changes that an intent was about.

    Raises:
        Problem: 409 where the gate refused, 503 where it stopped or could not store it.
    """
    if answer.taken:
        return answer.changes
    status = HTTPStatus.CONFLICT
    if answer.code in NOT_NOW:
        status = HTTPStatus.SERVICE_UNAVAILABLE
    raise Problem(status, answer.code, what=answer.what, hint=answer.hint)


def act(desk: Desk, who: Principal, verb: ChangeVerb, *, change: str, revision: int) -> Answer:
    """Ask for a verb about one change, if `who` may.

    Raises:
        Problem: 404 where there is no such change, 403 where they may not.
    """
    view = change_or_404(desk, change)
    require(verb, who, view)
    return desk.submit(verb.make(ChangeId(view.change), revision, who.name))


def _about_change(verb: ChangeVerb) -> Callable[..., Response]:
    def endpoint(
        desk: DeskHere, who: Who, change: Name, body: AtRevision | None = None
    ) -> Response:
        revision = 0 if body is None else body.revision
        return _taken(act(desk, who, verb, change=change, revision=revision))

    return endpoint


for _verb in CHANGE_VERBS.values():
    router.add_api_route(
        f"/changes/{{change}}/{_verb.name}",
        _about_change(_verb),
        methods=["POST"],
        name=_verb.name,
        description=_verb.about,
        response_model=Taken,
        tags=["changes"],
    )


@router.post("/promote", response_model=Taken, tags=["gate"])
def promote(desk: DeskHere, who: Who, body: Which) -> Response:
    """Have these changes stand at the front of their queues, in this order."""
    require(GATE_VERBS["promote"], who)
    for change in body.changes:
        change_or_404(desk, change)
    wanted = tuple(ChangeId(change) for change in body.changes)
    return _submitted(desk, Promote(changes=wanted, by=who.name))


@router.post("/hold", response_model=Taken, tags=["gate"])
def hold(desk: DeskHere, who: Who, body: Why) -> Response:
    """Have the gate start and land nothing."""
    require(GATE_VERBS["hold"], who)
    return _submitted(desk, Hold(why=body.why, by=who.name))


@router.post("/resume", response_model=Taken, tags=["gate"])
def resume(desk: DeskHere, who: Who) -> Response:
    """Have the gate go on."""
    require(GATE_VERBS["resume"], who)
    return _submitted(desk, Resume(by=who.name))


def _submitted(desk: Desk, intent: Intent) -> Response:
    return _taken(desk.submit(intent))


def _taken(answer: Answer) -> Response:
    return Shown({"changes": list(answered(answer))})
