"""The stream: live events to many listeners, from one place that waits for the gate's news.

Server-sent events whose ids are event numbers: a browser that comes back says which it saw last
and misses nothing. Streams are counted, and a listener that does not read is dropped.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from typing import TypeVar

import anyio
import anyio.lowlevel
import anyio.to_thread
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from foretaste.service.faces import Feed, Notice
from foretaste.web.problems import BUSY, Problem

T = TypeVar("T")
# One thread waits for news, the others answer those who come or come back.
ASKING = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamLimits:
    """Times are in seconds.

    `streams` is far above what people have open and far below what a process has descriptors;
    `backlog` notices may wait for one listener; further back than `catch_up` events a listener
    is told to look at everything anew.
    """

    streams: int = 100
    backlog: int = 500
    catch_up: int = 1_000
    send: float = 20.0
    quiet: float = 15.0
    wait: float = 1.0


@dataclass(slots=True, eq=False)
class Listener:
    """One open stream: what waits for it, and the way to end it."""

    waiting: asyncio.Queue[Notice]
    scope: anyio.CancelScope = field(default_factory=anyio.CancelScope)
    seen: int = 0

    def offer(self, notice: Notice) -> None:
        """Put one notice up; one that finds no room ends the stream."""
        try:
            self.waiting.put_nowait(notice)
        except asyncio.QueueFull:
            self.scope.cancel()


class Hub:
    """Waits for the feed while anybody listens, and hands its notices to all of them."""

    def __init__(self, feed: Feed, limits: StreamLimits) -> None:
        self.limits = limits
        self._feed = feed
        self._listeners: set[Listener] = set()
        self._pump: asyncio.Task[None] | None = None
        self._threads: anyio.CapacityLimiter | None = None

    @property
    def listening(self) -> int:
        """How many streams are open."""
        return len(self._listeners)

    @asynccontextmanager
    async def joined(self) -> AsyncIterator[Listener]:
        """Open a stream; it ends with the block.

        Raises:
            Problem: 503, there are too many.
        """
        if self.listening >= self.limits.streams:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, BUSY)
        listener = Listener(waiting=asyncio.Queue(self.limits.backlog))
        self._listeners.add(listener)
        try:
            newest = await self._ask(self._feed.newest)
            listener.seen = newest
            if self._pump is None or self._pump.done():
                self._pump = asyncio.create_task(self._pumping(newest))
            yield listener
        finally:
            self._listeners.discard(listener)
            if not self._listeners and self._pump is not None:
                self._pump.cancel()
                self._pump = None

    async def missed(self, after: int, upto: int) -> tuple[Notice, ...]:
        """Return what a listener that saw `after` has not; too much becomes one notice."""
        if after > upto or upto - after > self.limits.catch_up:
            return (Notice(seq=upto, kind="gate"),)
        if after == upto:
            return ()
        return await self._ask(partial(self._feed.since, after, upto - after))

    async def _pumping(self, seq: int) -> None:
        try:
            while True:
                newest = await self._ask(partial(self._feed.wait, seq, self.limits.wait))
                while seq < newest:
                    notices = await self._ask(partial(self._feed.since, seq, self.limits.catch_up))
                    seq = notices[-1].seq if notices else newest
                    self._hand_out(notices)
        finally:
            # Where the feed failed nobody may believe that all is quiet: browsers come back.
            for listener in self._listeners:
                listener.scope.cancel()

    def _hand_out(self, notices: tuple[Notice, ...]) -> None:
        for listener in self._listeners:
            for notice in notices:
                listener.offer(notice)

    async def _ask(self, question: Callable[[], T]) -> T:
        """Ask the feed from a thread of the hub's own, so that waiting takes none from pages."""
        self._threads = self._threads or anyio.CapacityLimiter(ASKING)
        return await anyio.to_thread.run_sync(
            question, abandon_on_cancel=True, limiter=self._threads
        )


class EventStream(Response):
    """The answer that goes on: notices after number `after` (None: from now on)."""

    def __init__(self, hub: Hub, after: int | None) -> None:
        super().__init__(headers={"X-Accel-Buffering": "no"}, media_type="text/event-stream")
        del self.headers["content-length"]
        self._hub = hub
        self._after = after

    async def __call__(self, _: Scope, receive: Receive, send: Send) -> None:
        """Send until the client goes away, reads too slowly, or the feed fails."""
        async with self._hub.joined() as listener:
            begun = listener.seen
            missed = await self._hub.missed(begun if self._after is None else self._after, begun)
            with listener.scope:
                await send(
                    {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
                )
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(_until_gone, receive, listener)
                    await self._write(listener, send, missed)
            with anyio.move_on_after(1.0):
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _write(self, listener: Listener, send: Send, missed: tuple[Notice, ...]) -> None:
        await self._send(listener, send, b"retry: 2000\n\n" + _events(missed) + _at(listener.seen))
        while True:
            notices = await _gathered(listener, self._hub.limits.quiet)
            fresh = tuple(notice for notice in notices if notice.seq > listener.seen)
            await self._send(listener, send, _events(fresh) or b": quiet\n\n")

    async def _send(self, listener: Listener, send: Send, data: bytes) -> None:
        with anyio.move_on_after(self._hub.limits.send) as waiting:
            await send({"type": "http.response.body", "body": data, "more_body": True})
        if waiting.cancelled_caught:
            listener.scope.cancel()
            await anyio.lowlevel.checkpoint()


async def _until_gone(receive: Receive, listener: Listener) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    listener.scope.cancel()


async def _gathered(listener: Listener, quiet: float) -> tuple[Notice, ...]:
    """Return all that waits, at once; nothing after `quiet` seconds without news."""
    notices = []
    with anyio.move_on_after(quiet):
        notices.append(await listener.waiting.get())
    while not listener.waiting.empty():
        notices.append(listener.waiting.get_nowait())
    return tuple(notices)


def _at(seq: int) -> bytes:
    """Tell a browser the number that it is at, without an event."""
    return f"id: {seq}\n\n".encode()


def _events(notices: tuple[Notice, ...]) -> bytes:
    """Write notices; only the last of one number carries it as id, so that none can be missed."""
    numbers = [notice.seq for notice in notices]
    return b"".join(
        _event(notice, last=place == len(numbers) or numbers[place] != notice.seq)
        for place, notice in enumerate(notices, start=1)
    )


def _event(notice: Notice, *, last: bool) -> bytes:
    data = json.dumps({"seq": notice.seq, "kind": notice.kind, "subject": notice.subject})
    number = f"id: {notice.seq}\n" if last else ""
    return f"{number}event: {notice.kind}\ndata: {data}\n\n".encode()
