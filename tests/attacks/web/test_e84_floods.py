"""E84: slow readers, huge limits and endless bodies cost the attacker, not the gate.

Ten thousand connections are more than a shared test machine should see; the cap is made small
instead and overrun several times. No pattern of a user's is ever a regular expression here.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from foretaste.adapters.clock import SystemClock
from foretaste.web.stream import Hub
from tests.attacks.web.conftest import LIMITS
from tests.fakes.sample_gate import SampleGate

ASK = b"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


@contextmanager
def line_to(port: int, *, narrow: bool = False) -> Iterator[socket.socket]:
    """Open a connection that asks for live events, with a tiny buffer where `narrow`."""
    with socket.socket() as line:
        if narrow:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        line.settimeout(20)
        line.connect(("127.0.0.1", port))
        line.sendall(ASK)
        yield line


def first_line(line: socket.socket) -> bytes:
    """Read the status line of the answer."""
    got = b""
    while b"\r\n" not in got:
        part = line.recv(64)
        assert part, "no answer"
        got += part
    return got.partition(b"\r\n")[0]


def until(condition: object, news: SampleGate, *, tell: bool = False) -> None:
    """Wait until it is true, letting events happen meanwhile where asked; at most 30 s."""
    assert callable(condition)
    clock = SystemClock()
    deadline = clock.monotonic() + 30
    while not condition():
        assert clock.monotonic() < deadline, "too late"
        if tell:
            news.news.tell("change", "x" * 4_000)
        news.news.wait(news.news.newest(), 0.005)


def test_more_streams_than_there_may_be(app: FastAPI, port: int, sample: SampleGate) -> None:
    hub: Hub = app.state.hub
    with ExitStack() as lines:
        opened = [lines.enter_context(line_to(port)) for _ in range(LIMITS.streams)]
        assert {first_line(line) for line in opened} == {b"HTTP/1.1 200 OK"}

        for _ in range(3 * LIMITS.streams):
            with line_to(port) as line:
                assert first_line(line) == b"HTTP/1.1 503 Service Unavailable"
        assert hub.listening == LIMITS.streams

    until(lambda: hub.listening == 0, sample)
    with line_to(port) as line:
        assert first_line(line) == b"HTTP/1.1 200 OK"


def test_readers_that_do_not_read_are_dropped(app: FastAPI, port: int, sample: SampleGate) -> None:
    hub: Hub = app.state.hub
    with ExitStack() as lines:
        slow = [lines.enter_context(line_to(port, narrow=True)) for _ in range(3)]
        assert {first_line(line) for line in slow} == {b"HTTP/1.1 200 OK"}
        until(lambda: hub.listening == 3, sample)

        until(lambda: hub.listening == 0, sample, tell=True)

        with line_to(port) as line:
            assert first_line(line) == b"HTTP/1.1 200 OK"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/changes?limit=1000000000",
        "/api/v1/changes?limit=0",
        "/api/v1/changes?limit=1e9",
        "/api/v1/changes?limit=" + "9" * 5000,
        "/api/v1/changes?project=" + "x" * 5000,
        "/api/v1/builds/b1/log?offset=-1",
        "/api/v1/builds/b1/log?offset=" + "9" * 400,
        "/builds/b1?from=0",
        "/builds/b1?last=1000000000",
        "/builds/b1/tail?offset=0&line=1&style=" + "x" * 400,
    ],
)
def test_what_asks_for_too_much_is_refused(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 422


def test_a_log_of_any_length_is_answered_in_bounded_parts(
    client: TestClient, sample: SampleGate
) -> None:
    sample.logs["b1"] = b"\x1b]" * 2**20 + b"\n" + b"y\n" * 2**20

    part = client.get("/api/v1/builds/b1/log?offset=5")
    page = client.get("/builds/b1")
    tail = client.get("/builds/b1/tail?offset=0&line=1")

    assert len(part.content) == 2**20
    assert page.text.count("<div id=L") == 100_000
    assert tail.text.count("<div id=L") == 5_000
    assert len(tail.content) < 2**20
