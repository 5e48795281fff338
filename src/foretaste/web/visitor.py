"""Visitor: who looks at a page, told by a cookie, and the proof that a form is one of ours.

The cookie holds the token itself and counts for pages alone: the API wants the token in its
header, so no other site can make a browser act there.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from http import HTTPStatus
from typing import cast
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from foretaste.ports.errors import PortError
from foretaste.service.access import Principal
from foretaste.service.faces import Desk
from foretaste.web.problems import ELSEWHERE, NO_TOKEN, Problem

COOKIE = "foretaste_token"
# Browsers say themselves where a request comes from; `none` is an address typed by hand.
OURS = frozenset({"same-origin", "none"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Who looks, None for anybody, and what a form of theirs must carry."""

    who: Principal | None = None
    csrf: str = ""


class Forms:
    """Knows the forms that this process handed out; older ones must be loaded again."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def proof(self, token: str) -> str:
        """Return what a form carries for the holder of `token`."""
        return hmac.new(self._key, token.encode(), hashlib.sha256).hexdigest()

    def check(self, token: str, proof: str) -> None:
        """Pass if the form is one of ours for this token.

        Raises:
            Problem: it is not.
        """
        if not hmac.compare_digest(self.proof(token).encode(), proof.encode()):
            raise Problem(
                HTTPStatus.FORBIDDEN,
                ELSEWHERE,
                what="the form is not one that this gate handed out to you",
                hint="go back, load the page again and send it from there",
            )


def desk_of(request: Request) -> Desk:
    """Return what the application is wired to."""
    return cast("Desk", request.app.state.desk)


def visitor_of(request: Request) -> Visitor:
    """Return who looks at a page; anybody where the cookie or the tokens are no good."""
    token = request.cookies.get(COOKIE, "")
    if not token:
        return Visitor()
    try:
        who = desk_of(request).guard.authenticate(token)
    except PortError:
        who = None
    forms = cast("Forms", request.app.state.forms)
    return Visitor(who=who, csrf=forms.proof(token)) if who else Visitor()


def signed_in(request: Request, csrf: str) -> Principal:
    """Return who sent a form, after checking that they meant to.

    Raises:
        Problem: 401 without a good cookie, 403 where the form is not ours.
    """
    from_here(request)
    token = request.cookies.get(COOKIE, "")
    who = desk_of(request).guard.authenticate(token) if token else None
    if who is None:
        raise Problem(HTTPStatus.UNAUTHORIZED, NO_TOKEN, hint="sign in with your token first")
    cast("Forms", request.app.state.forms).check(token, csrf)
    return who


def bearer(request: Request) -> Principal:
    """Return who sends a request to the API; its header alone counts.

    Raises:
        Problem: 403 where a browser was led here, 401 without a good token.
    """
    from_here(request)
    shown = request.headers.getlist("authorization")
    if not shown and COOKIE in request.cookies:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            ELSEWHERE,
            what="a cookie counts on pages only",
            hint="send the token as `Authorization: Bearer TOKEN`",
        )
    token = shown[0] if len(shown) == 1 else ""
    scheme, _, value = token.partition(" ")
    good = scheme.lower() == "bearer" and value
    who = desk_of(request).guard.authenticate(value.strip()) if good else None
    if who is None:
        raise Problem(HTTPStatus.UNAUTHORIZED, NO_TOKEN)
    return who


def from_here(request: Request) -> None:
    """Pass if no other site's page made the browser send this.

    Raises:
        Problem: 403.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if (site and site not in OURS) or (origin is not None and not _same(origin, request)):
        raise Problem(HTTPStatus.FORBIDDEN, ELSEWHERE)


def _same(origin: str, request: Request) -> bool:
    return urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower()


def remember(request: Request, response: Response, token: str) -> None:
    """Keep the token in a cookie that no script can read and no other site's page sends."""
    response.set_cookie(
        COOKIE,
        token,
        path="/",
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )


def forget(response: Response) -> None:
    """Take the cookie away."""
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
