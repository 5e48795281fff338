"""The shield: what every request passes before anything else looks at it, mounts included.

Plain ASGI, since it must not gather bodies or streams: allowed hosts (against DNS rebinding),
a cap on bodies, HEAD answered from GET, and the headers that keep a page harmless.
"""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from foretaste.web.answers import HEADERS, answer_problem
from foretaste.web.problems import ELSEWHERE, TOO_LARGE, UNUSABLE, Problem

# The largest body that the API or a form needs is a list of 100 changes.
BODY_LIMIT = 64 * 2**10
LENGTH_DIGITS = 15
EVENTS_PATH = "/api/v1/events"


class Shield:
    """Wraps the whole application; `free` are path prefixes whose bodies are not capped."""

    def __init__(self, app: ASGIApp, hosts: Iterable[str], free: Iterable[str] = ()) -> None:
        self._app = app
        self._hosts = frozenset(host.lower() for host in hosts)
        self._free = tuple(free)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in or answer it with a problem."""
        match scope["type"]:
            case "http":
                await self._http(scope, receive, _with_headers(send))
            case "websocket":
                # There are none here; saying so before the handshake also keeps them unhijacked.
                await send({"type": "websocket.close", "code": 1008})
            case _:
                await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        free = any(_below(scope["path"], prefix) for prefix in self._free)
        try:
            self._check_host(scope)
            if not free:
                receive = _capped(Headers(scope=scope), receive)
                scope, send = _head_as_get(scope, send)
        except Problem as problem:
            await answer_problem(Request(scope), problem)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _check_host(self, scope: Scope) -> None:
        named = Headers(scope=scope).getlist("host")
        if len(named) != 1:
            raise Problem(
                HTTPStatus.BAD_REQUEST, UNUSABLE, what=f"{len(named)} hosts are named, not one"
            )
        if host_name(named[0]) not in self._hosts:
            raise Problem(HTTPStatus.MISDIRECTED_REQUEST, ELSEWHERE)


def host_name(host: str) -> str:
    """Return the name of a `Host` header or an origin's authority, without its port."""
    host = host.lower()
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0].removesuffix(".")


def _below(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix}/")


def _with_headers(send: Send) -> Send:
    """Add the headers that the answer has not set by itself (an artefact's own policy stays)."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending


def _capped(headers: Headers, receive: Receive) -> Receive:
    """Refuse a body that says that it is too large, and stop one that does not say so."""
    told = headers.get("content-length", "0")
    if not (told.isascii() and told.isdigit()):
        raise Problem(HTTPStatus.BAD_REQUEST, UNUSABLE, what="Content-Length is no number")
    if len(told) > LENGTH_DIGITS or int(told) > BODY_LIMIT:
        raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LARGE)
    taken = 0

    async def receiving() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > BODY_LIMIT:
            raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, TOO_LARGE)
        return message

    return receiving


def _head_as_get(scope: Scope, send: Send) -> tuple[Scope, Send]:
    """Answer HEAD as GET without the body; live events have no end and stay as they are."""
    if scope["method"] != "HEAD" or scope["path"] == EVENTS_PATH:
        return scope, send

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return {**scope, "method": "GET"}, sending
