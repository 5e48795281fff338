"""Forms: what people send from pages: signing in and out, and the verbs about a change."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, Field
from starlette.responses import RedirectResponse, Response

from foretaste.web.acts import act, answered
from foretaste.web.api import BIGGEST, DeskHere, Name
from foretaste.web.pages import page
from foretaste.web.rights import CHANGE_VERBS, ChangeVerb
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


def _about_change(verb: ChangeVerb) -> Callable[..., Response]:
    def endpoint(
        request: Request, desk: DeskHere, change: Name, sent: Annotated[VerbForm, Form()]
    ) -> Response:
        who = signed_in(request, sent.csrf)
        answered(act(desk, who, verb, change=change, revision=sent.revision))
        return _to(f"/changes/{quote(change, safe='')}")

    return endpoint


for _verb in CHANGE_VERBS.values():
    router.post(f"/changes/{{change}}/{_verb.name}")(_about_change(_verb))


def local(address: str) -> str:
    """Return an address of our own, the first page for any other."""
    ours = address.startswith("/") and not address.startswith(("//", "/\\"))
    return address if ours and address.isprintable() and "\\" not in address else "/"


def _to(address: str) -> RedirectResponse:
    return RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER)
