"""The backend: one `git http-backend` (CGI) for one request, streamed both ways.

Nothing of a request is held but the piece on its way, and the loop waits for nobody. A sender who
goes away in the middle of a push leaves git an input that ends too early, which git takes back;
once a push has come whole, it is carried through whoever waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final

LOG = logging.getLogger(__name__)

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

CHUNK: Final = 65536
ERROR_KEPT: Final = 4096
ENDING_SECONDS: Final = 5.0


class GoneError(Exception):
    """The other side went away before its request was whole, or sends nothing any more."""


class TooLargeError(Exception):
    """The request is larger than is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one request may take: bytes of its body, seconds between two pieces, seconds in all."""

    body: int
    silence: float = 60.0
    whole: float = 900.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request for the backend: how to start it, in which environment, and its limits.

    `carry_through` where it is to come to its end once its body is there, whoever waits for it.
    """

    command: list[str]
    folder: str
    env: Mapping[str, str] = field(default_factory=dict)
    limits: Limits
    carry_through: bool


async def serve(request: Request, receive: Receive, send: Send) -> None:
    """Run the backend for one request and send what it answers.

    Raises:
        TooLargeError: the body was larger than allowed; nothing was sent yet.
        GoneError: the other side is gone, or the backend said nothing; nothing was sent yet.
    """
    process = await asyncio.create_subprocess_exec(
        *request.command,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=request.folder,
        env=dict(request.env),
        start_new_session=True,
    )
    run = _Run(request, process, receive, send)
    try:
        async with asyncio.timeout(request.limits.whole):
            await run.through()
    except TimeoutError:
        raise GoneError from None
    finally:
        await asyncio.shield(run.end())


class _Run:
    """One running backend, and the three streams that are moved at once."""

    def __init__(
        self,
        request: Request,
        process: asyncio.subprocess.Process,
        receive: Receive,
        send: Send,
    ) -> None:
        self._request = request
        self._process = process
        self._receive = receive
        self._send = send
        self._errors = asyncio.create_task(self._read_errors())
        self._gone = False

    async def through(self) -> None:
        """Move everything until the backend has answered; raise as `serve` does.

        The answer's end is sent when the body has come to its end too: a sender whose push is
        refused half-way would else not see why.
        """
        feeding = asyncio.create_task(self._feed())
        answering = asyncio.create_task(self._answer())
        try:
            await asyncio.wait({feeding, answering}, return_when=asyncio.FIRST_COMPLETED)
            if feeding.done():
                feeding.result()
                await self._watched(answering)
            await answering
            await feeding
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            for task in (feeding, answering):
                task.cancel()
            await asyncio.gather(feeding, answering, return_exceptions=True)

    async def end(self) -> None:
        """See that nothing of the backend is left: by itself at first, then by force."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            async with asyncio.timeout(ENDING_SECONDS):
                await self._ended()
        except TimeoutError:
            self._kill()
            await self._ended()
        said = await self._errors
        if self._process.returncode:
            LOG.warning("git http-backend ended with %s: %s", self._process.returncode, said)

    async def _ended(self) -> None:
        while self._process.stdout is not None and await self._process.stdout.read(CHUNK):
            continue
        await self._process.wait()

    async def _watched(self, answering: asyncio.Task[None]) -> None:
        """Wait for the answer; a reader who goes away in between needs none."""
        if self._request.carry_through:
            return
        leaving = asyncio.create_task(self._left())
        await asyncio.wait({leaving, answering}, return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            self._kill()
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)

    async def _left(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            continue

    async def _feed(self) -> None:
        """Move the body into the backend; what it will not read any more is read over."""
        stdin = self._process.stdin
        if stdin is None:
            raise GoneError
        size = 0
        more = read = True
        while more:
            message = await self._next()
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > self._request.limits.body:
                raise TooLargeError
            read = read and await _written(stdin, chunk)
            more = message.get("more_body", False)
        stdin.close()

    async def _next(self) -> MutableMapping[str, Any]:
        try:
            async with asyncio.timeout(self._request.limits.silence):
                message = await self._receive()
        except TimeoutError:
            raise GoneError from None
        if message["type"] == "http.disconnect":
            raise GoneError
        return message

    async def _answer(self) -> None:
        """Send what the backend answers, but its end: the head, then the body piece by piece."""
        stdout = self._process.stdout
        if stdout is None:
            raise GoneError
        try:
            head = await stdout.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            raise GoneError from None
        status, headers = _head(head)
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        while chunk := await stdout.read(CHUNK):
            await self._send({"type": "http.response.body", "body": chunk, "more_body": True})

    async def _read_errors(self) -> str:
        stderr = self._process.stderr
        kept = b""
        while stderr is not None and (chunk := await stderr.read(CHUNK)):
            kept = (kept + chunk)[-ERROR_KEPT:]
        return kept.decode("utf-8", "replace").strip()

    def _kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            # Its session is its own, so the group is everything that it started.
            os.killpg(self._process.pid, signal.SIGKILL)


async def _written(stdin: asyncio.StreamWriter, chunk: bytes) -> bool:
    """Write the piece; False where nobody reads any more."""
    try:
        stdin.write(chunk)
        await stdin.drain()
    except ConnectionError:
        return False
    return True


def _head(head: bytes) -> tuple[int, list[tuple[bytes, bytes]]]:
    """Read the CGI's head: its status, 200 where it names none, and its headers."""
    status = 200
    headers: list[tuple[bytes, bytes]] = []
    for line in head.strip().split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"status":
            status = int(value.split()[0])
        else:
            headers.append((name.strip().lower(), value.strip()))
    return status, headers
