"""Forms: what people send from pages: signing in and out, and the verbs about a change."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from foretaste.web.acts import act, answered
from foretaste.web.api import BIGGEST, DeskHere, Name
from foretaste.web.pages import page
from foretaste.web.problems import NO_PAGE, Problem
from foretaste.web.rights import CHANGE_VERBS
from foretaste.web.visitor import forget, from_here, remember, signed_in

router = APIRouter(include_in_schema=False)


class VerbForm(BaseModel):
    """What a button sends: the proof that it is ours, and the revision that was shown."""

    csrf: Annotated[str, Field(max_length=200)] = ""
    revision: Annotated[int, Field(ge=0, le=BIGGEST)] = 0


WRONG = "This token is not known here, or it has expired or been revoked."


@router.post("/sign-in")
def sign_in(
    request: Request,
    desk: DeskHere,
    token: Annotated[str, Form(max_length=200)] = "",
    onward: Annotated[str, Form(alias="next", max_length=500)] = "/",
) -> Response:
    """Keep a good token in a cookie and go where the reader came from."""
    from_here(request)
    token = token.strip()
    if desk.guard.authenticate(token) is None:
        return page(
            request, "sign_in.html", HTTPStatus.UNAUTHORIZED, onward=local(onward), wrong=WRONG
        )
    answer = _to(local(onward))
    remember(request, answer, token)
    return answer


@router.post("/sign-out")
def sign_out(request: Request, csrf: Annotated[str, Form(max_length=200)] = "") -> Response:
    """Forget the token; it counts on until it is revoked."""
    signed_in(request, csrf)
    answer = _to("/")
    forget(answer)
    return answer


@router.post("/changes/{change}/{verb}")
def act_on(
    request: Request,
    desk: DeskHere,
    *,
    change: Name,
    verb: str,
    sent: Annotated[VerbForm, Form()],
) -> Response:
    """Ask for a verb about a change, then show the change again."""
    if verb not in CHANGE_VERBS:
        raise Problem(HTTPStatus.NOT_FOUND, NO_PAGE)
    who = signed_in(request, sent.csrf)
    answered(act(desk, who, CHANGE_VERBS[verb], change=change, revision=sent.revision))
    return _to(f"/changes/{quote(change, safe='')}")


def local(address: str) -> str:
    """Return an address of our own, the first page for any other."""
    ours = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if ours and address.isprintable() and "\\" not in address else "/"


def _to(address: str) -> RedirectResponse:
    return RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)
