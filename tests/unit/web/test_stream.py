"""Live events can be resumed without a gap, are counted, and leave no one waiting for a dead feed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from foretaste.ports.errors import TransientError
from foretaste.service.faces import Notice
from foretaste.web.problems import Problem
from foretaste.web.stream import EventStream, Hub, StreamLimits
from tests.fakes.news import News

QUICK = StreamLimits(streams=2, backlog=4, catch_up=10, send=0.2, quiet=0.05, wait=0.05)
DEADLINE = 10.0


class Reader:
    """The other end of a stream: what was sent is parsed, and it can go away or stop reading."""

    def __init__(self) -> None:
        self.data = b""
        self.grown = asyncio.Event()
        self.left = asyncio.Event()
        self.reads = asyncio.Event()
        self.reads.set()
        self.ended = False

    async def send(self, message: Any) -> None:
        await self.reads.wait()
        self.data += message.get("body", b"")
        self.ended = not message.get("more_body", True)
        self.grown.set()

    async def receive(self) -> Any:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def until(self, words: bytes) -> None:
        """Wait until the words were sent."""
        async with asyncio.timeout(DEADLINE):
            while words not in self.data:
                await self.grown.wait()
                self.grown.clear()

    @property
    def events(self) -> list[tuple[str, dict[str, Any]]]:
        """What was sent so far: the id ("" without) and the data of each event."""
        found = []
        for block in self.data.decode().split("\n\n"):
            parts = dict(line.split(": ", 1) for line in block.splitlines())
            if "data" in parts:
                found.append((parts.get("id", ""), json.loads(parts["data"])))
        return found


def listening(hub: Hub, reader: Reader, after: int | None = None) -> asyncio.Task[None]:
    """Open a stream in a task of its own."""
    stream = EventStream(hub, after)
    return asyncio.create_task(stream({"type": "http"}, reader.receive, reader.send))


def in_a_loop(test: Callable[[], Awaitable[None]]) -> None:
    """Run a coroutine to its end."""

    async def whole() -> None:
        await test()

    asyncio.run(whole())


def test_what_happens_is_told_with_its_number() -> None:
    async def scene() -> None:
        news, reader = News(), Reader()
        news.tell()
        stream = listening(Hub(news, QUICK), reader)
        await reader.until(b"id: 1\n\n")

        news.tell("change", "23")
        await reader.until(b"23")

        assert reader.data.startswith(b"retry: 2000\n\n")
        assert reader.events == [("2", {"seq": 2, "kind": "change", "subject": "23"})]
        reader.left.set()
        await stream

    in_a_loop(scene)


def test_who_comes_back_is_told_what_was_missed() -> None:
    async def scene() -> None:
        news, reader = News(), Reader()
        for number in range(5):
            news.tell("change", str(number))
        stream = listening(Hub(news, QUICK), reader, after=2)

        await reader.until(b"id: 5\n\n")

        assert [number for number, _ in reader.events] == ["3", "4", "5"]
        reader.left.set()
        await stream

    in_a_loop(scene)


@pytest.mark.parametrize("after", [0, 99])
def test_who_was_away_too_long_or_comes_from_elsewhere_looks_at_everything(after: int) -> None:
    async def scene() -> None:
        news, reader = News(), Reader()
        for _ in range(20):
            news.tell()
        stream = listening(Hub(news, QUICK), reader, after=after)

        await reader.until(b"id: 20\n\n")

        assert reader.events == [("20", {"seq": 20, "kind": "gate", "subject": ""})]
        reader.left.set()
        await stream

    in_a_loop(scene)


def test_notices_of_one_event_share_its_number_and_the_last_carries_it() -> None:
    class Double(News):
        def since(self, seq: int, limit: int) -> tuple[Notice, ...]:
            return tuple(
                each
                for notice in super().since(seq, limit)
                for each in (notice, Notice(seq=notice.seq, kind="gate"))
            )

    async def scene() -> None:
        news, reader = Double(), Reader()
        stream = listening(Hub(news, QUICK), reader)
        await reader.until(b"id: 0\n\n")

        news.tell("build", "b1")
        await reader.until(b"gate")

        assert [(number, told["kind"]) for number, told in reader.events] == [
            ("", "build"),
            ("1", "gate"),
        ]
        reader.left.set()
        await stream

    in_a_loop(scene)


def test_a_quiet_stream_says_that_it_is_there() -> None:
    async def scene() -> None:
        reader = Reader()
        stream = listening(Hub(News(), QUICK), reader)

        await reader.until(b": quiet\n\n")

        assert reader.events == []
        reader.left.set()
        await stream

    in_a_loop(scene)


def test_streams_are_counted_and_given_back() -> None:
    async def scene() -> None:
        hub, readers = Hub(News(), QUICK), [Reader(), Reader()]
        streams = [listening(hub, reader) for reader in readers]
        for reader in readers:
            await reader.until(b"id: 0")

        with pytest.raises(Problem) as caught:
            await listening(hub, Reader())
        assert (caught.value.status, caught.value.headers) == (503, {"Retry-After": "5"})

        for reader in readers:
            reader.left.set()
        await asyncio.gather(*streams)
        assert hub.listening == 0

    in_a_loop(scene)


def test_one_feed_serves_all() -> None:
    async def scene() -> None:
        news, readers = News(), [Reader(), Reader()]
        hub = Hub(news, QUICK)
        streams = [listening(hub, reader) for reader in readers]
        for reader in readers:
            await reader.until(b"id: 0")

        news.tell("change", "7")
        for reader in readers:
            await reader.until(b'"7"')

        assert news.asked == 1
        for reader in readers:
            reader.left.set()
        await asyncio.gather(*streams)

    in_a_loop(scene)


@pytest.mark.parametrize("notices", [1, 9])
def test_who_does_not_read_is_dropped(notices: int) -> None:
    async def scene() -> None:
        news, reader = News(), Reader()
        hub = Hub(news, QUICK)
        stream = listening(hub, reader)
        await reader.until(b"id: 0")
        reader.reads.clear()

        for _ in range(notices):
            news.tell()
        async with asyncio.timeout(DEADLINE):
            await stream

        assert hub.listening == 0
        assert not reader.ended

    in_a_loop(scene)


def test_a_feed_that_fails_ends_the_streams() -> None:
    class Failing(News):
        def wait(self, seq: int, timeout: float) -> int:
            raise TransientError("FT510", f"no event after {seq} within {timeout}")

    async def scene() -> None:
        reader = Reader()
        hub = Hub(Failing(), QUICK)
        stream = listening(hub, reader)

        async with asyncio.timeout(DEADLINE):
            await stream

        assert hub.listening == 0

    in_a_loop(scene)


@pytest.mark.parametrize("last", ["-1", "x", "1.0", "9" * 20, "٣"])
def test_a_number_that_is_none_is_refused(client: TestClient, last: str) -> None:
    answer = client.get("/api/v1/events", headers={b"Last-Event-ID": last.encode()})

    assert answer.status_code == 400
    assert answer.json()["error"]["where"] == "Last-Event-ID"
