"""Git over HTTP, as an ASGI application that is mounted at `/git`.

Three addresses of git's smart protocol for each project, and nothing else. Reading is free unless
told otherwise; every push shows a token with the role push, as the password of whatever user.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from foretaste.adapters.git.shelf import Shelf
from foretaste.adapters.receive import hooks
from foretaste.adapters.receive.backend import (
    GoneError,
    Limits,
    Receive,
    Request,
    Send,
    TooLargeError,
    serve,
)
from foretaste.adapters.receive.desk import Desk
from foretaste.adapters.receive.gate import Gate, Push
from foretaste.adapters.receive.listener import Listener
from foretaste.core.naming import project_fault
from foretaste.service.access import Principal, Role

Scope = MutableMapping[str, Any]

READ: Final = "git-upload-pack"
WRITE: Final = "git-receive-pack"
_PATH = re.compile(r"/([^/]+)/(info/refs|git-upload-pack|git-receive-pack)")
_PROTOCOL = re.compile(r"[a-z0-9=:.,-]{1,100}")
MORE_HEADERS: Final[Mapping[int, list[tuple[bytes, bytes]]]] = {
    401: [(b"www-authenticate", b'Basic realm="Foretaste", charset="UTF-8"')],
    503: [(b"retry-after", b"5")],
}
ENCODINGS: Final = frozenset({"", "identity", "gzip", "x-gzip"})
"""How a body may be packed; the backend unpacks it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """On what terms the forge serves.

    `pack` is the largest pack that a push may bring, in bytes; a body may be twice that, so that
    git can tell its sender why it refused. `readers` and `writers` run at once, `waiting` is how
    many requests may wait for their turn; those beyond are told to come again.
    """

    token_to_read: bool = False
    pack: int = 512 * 2**20
    readers: int = 8
    writers: int = 8
    waiting: int = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class _Call:
    """What one request asks for: the project, the service, whether it only begins a talk."""

    project: str
    service: str
    begins: bool
    method: str
    headers: Mapping[str, str]
    address: str

    @property
    def path(self) -> str:
        """The path below the project that the backend is asked for."""
        return "info/refs" if self.begins else self.service


class Forge:
    """The application; `folder` is the gate's own, for the hooks and their socket."""

    def __init__(self, shelf: Shelf, folder: Path, gate: Gate, terms: Terms | None = None) -> None:
        self._shelf = shelf
        self._gate = gate
        self._terms = terms or Terms()
        self._hooks = folder / "hooks"
        self._socket = folder / "push.sock"
        self._listener = Listener(self._socket, Desk(shelf, gate).decide)
        self._turns = {
            READ: asyncio.Semaphore(self._terms.readers),
            WRITE: asyncio.Semaphore(self._terms.writers),
        }
        self._waiting = 0

    def start(self) -> None:
        """Write the hooks, remove what a killed gate left, and listen; before the first request."""
        self._shelf.sweep()
        hooks.install(self._hooks, self._socket)
        self._listener.start()

    def close(self) -> None:
        """Stop answering pushes; after the last request."""
        self._listener.close()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        call = _call(scope)
        if call is None:
            await _say(send, 404, "there is nothing here: git's smart protocol only")
            return
        if call.method != ("GET" if call.begins else "POST"):
            await _say(send, 405, f"{call.path} is asked otherwise")
            return
        who = await self._who(call)
        refused = self._refused(call, who)
        if refused is not None:
            status, text = refused
            await _say(send, status, text)
            return
        await self._in_turn(call, who, receive, send)

    async def _who(self, call: _Call) -> Principal | None:
        header = call.headers.get("authorization", "")
        return await asyncio.to_thread(self._gate.authenticate, header) if header else None

    def _refused(self, call: _Call, who: Principal | None) -> tuple[int, str] | None:
        """Return status and words where the caller may not, or asks for what is not there.

        Rights come first: who may not read learns nothing of which projects there are.
        """
        return self._not_allowed(call, who) or self._not_answered(call)

    def _not_allowed(self, call: _Call, who: Principal | None) -> tuple[int, str] | None:
        # A token that is shown must be right, even where none is needed to read: whoever shows a
        # wrong one is told at once, and not at the first push.
        shown = "authorization" in call.headers
        needed = call.service == WRITE or self._terms.token_to_read or shown
        if needed and who is None:
            return 401, "error[FT324]: a token is needed, as the password of any user name"
        if call.service == WRITE and who is not None and not who.may(Role.PUSH):
            return 403, f"error[FT320]: {who.name} may not push"
        return None

    def _not_answered(self, call: _Call) -> tuple[int, str] | None:
        if project_fault(call.project) or call.project not in self._gate.projects():
            return 404, f"error[FT306]: there is no project {call.project!a}"
        if call.headers.get("content-encoding", "") not in ENCODINGS:
            return 415, "error[FT326]: the body may be gzipped, and in no other way packed"
        # Only a courtesy: the body is counted as it comes, whatever its sender said of it.
        length = call.headers.get("content-length", "")
        if length.isdecimal() and int(length) > 2 * self._terms.pack:
            return 413, self._too_large()
        return None

    def _too_large(self) -> str:
        return f"error[FT326]: a push brings at most {self._terms.pack} bytes"

    async def _in_turn(
        self, call: _Call, who: Principal | None, receive: Receive, send: Send
    ) -> None:
        if self._waiting >= self._terms.waiting:
            await _say(send, 503, "error[FT325]: too much at once; come again in a moment")
            return
        answer = _Answer(send)
        try:
            async with self._turn(call.service):
                await self._serve(call, who, receive, answer)
        except TooLargeError:
            await answer.instead(413, self._too_large())
        except GoneError:
            await answer.instead(500, "error[FT323]: git broke off; nothing was changed")

    @asynccontextmanager
    async def _turn(self, service: str) -> AsyncIterator[None]:
        self._waiting += 1
        try:
            await self._turns[service].acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._turns[service].release()

    async def _serve(
        self, call: _Call, who: Principal | None, receive: Receive, answer: _Answer
    ) -> None:
        env = self._environment(call)
        if call.service == READ or call.begins or who is None:
            await serve(self._request(call, env), receive, answer)
            return
        push = Push(project=call.project, by=who, address=call.address)
        with self._listener.expected(push) as identity:
            env |= {"FORETASTE_PUSH": identity, "REMOTE_USER": who.name}
            await serve(self._request(call, env), receive, answer)

    def _request(self, call: _Call, env: Mapping[str, str]) -> Request:
        settings = {
            "core.hooksPath": str(self._hooks),
            "receive.maxInputSize": str(self._terms.pack),
            "receive.procReceiveRefs": "refs",
            "receive.advertisePushOptions": "true",
            "receive.autogc": "false",
            "http.receivepack": "true",
            "http.getanyfile": "false",
        }
        return Request(
            command=self._shelf.git.command(None, ("http-backend",), settings),
            folder=str(self._shelf.folder),
            env=env,
            limits=Limits(body=2 * self._terms.pack),
            carry_through=call.service == WRITE,
        )

    def _environment(self, call: _Call) -> dict[str, str]:
        """Return the CGI's environment: of the request, only what git needs and we understand.

        The body's length is kept from git: told one, it waits for ever where a sender goes away
        (git 2.39 reads on at the end of its input); untold, it reads to the end, which we make.
        """
        given = {
            "GIT_PROJECT_ROOT": str(self._shelf.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": f"/{call.project}.git/{call.path}",
            "REQUEST_METHOD": call.method,
            "QUERY_STRING": f"service={call.service}" if call.begins else "",
            "CONTENT_TYPE": "" if call.begins else f"application/x-{call.service}-request",
        }
        protocol = call.headers.get("git-protocol", "")
        if _PROTOCOL.fullmatch(protocol):
            given["GIT_PROTOCOL"] = protocol
        if call.headers.get("content-encoding", "") in {"gzip", "x-gzip"}:
            given["HTTP_CONTENT_ENCODING"] = "gzip"
        return self._shelf.git.environment(given)


class _Answer:
    """The way back, which knows whether anything went it."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._begun = False

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        self._begun = True
        await self._send(message)

    async def instead(self, status: int, text: str) -> None:
        """Say this, unless an answer has begun: then it breaks off, which git notices."""
        if not self._begun:
            await _say(self._send, status, text)


def _call(scope: Scope) -> _Call | None:
    """Read the request; None where it is for no address of git's smart protocol."""
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    matched = _PATH.fullmatch(path)
    if matched is None:
        return None
    name, last = matched.groups()
    query = dict(
        pair.partition("=")[::2] for pair in scope["query_string"].decode("latin-1").split("&")
    )
    begins = last == "info/refs"
    service = query.get("service", "") if begins else last
    if service not in {READ, WRITE}:
        return None
    headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
    host = headers.get("host", "localhost")
    return _Call(
        project=name.removesuffix(".git"),
        service=service,
        begins=begins,
        method=scope["method"],
        headers=headers,
        address=f"{scope.get('scheme', 'http')}://{host}{scope.get('root_path', '')}/{name}",
    )


async def _say(send: Send, status: int, text: str) -> None:
    """Answer in words; git shows its user those of a plain text."""
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
    ]
    headers += MORE_HEADERS.get(status, [])
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{text}\n".encode()})
